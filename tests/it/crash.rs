//! A server under load is killed at random points and started again: nothing that it acknowledged is
//! gone, nothing was done twice, and what plugins remember is what the log says.
//!
//! `REGULARS_CRASH_CYCLES` sets how often, `REGULARS_CRASH_SEED` where.

pub mod ledger;
pub mod load;

use std::collections::BTreeMap;
use std::path::PathBuf;

use regulars::model::*;
use regulars::store::sqlite::{SqliteOptions, SqliteStore};
use regulars::store::{Change, Changeset, PageRequest, RetryQuery, ScheduleState, Store};

use self::ledger::Ledger;
use self::load::{Client, Random};
use crate::child::Serving;
use crate::program::Program;
use crate::world::{at, component, long};

/// Customers of whom only the clock takes notice: three pages of a fan-out.
const CROWD: u128 = 2_500;
/// Customers that each client writes about, alone.
const EACH: usize = 16;

#[test]
fn kill_at_any_point_loses_and_repeats_nothing() {
    let number = |name: &str| std::env::var(name).ok().map(|it| it.parse().unwrap());
    let cycles = number("REGULARS_CRASH_CYCLES").unwrap_or(if long() { 200 } else { 6 });
    let seed = number("REGULARS_CRASH_SEED").unwrap_or(7);
    let mut arena = Arena::new(seed);
    for cycle in 0..cycles {
        arena.cycle(cycle);
    }
    arena.end();
    println!("{cycles} kills, seed {seed}: {}", arena.told);
}

/// Counts over all cycles.
#[derive(Debug, Default)]
pub struct Told {
    acknowledged: u64,
    /// Sent, and not answered before the server was killed.
    unanswered: u64,
    /// Unanswered ones that had been recorded.
    recorded_all_the_same: u64,
    /// Events that were found waiting for plugins after a restart.
    waited: u64,
    /// Fan-outs that were found under way after a restart.
    fan_outs_cut: u64,
    fan_outs: u64,
}

impl std::fmt::Display for Told {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{} acknowledged; {} unanswered, {} of them recorded; {} events waited; {} fan-outs, {} found under way",
            self.acknowledged,
            self.unanswered,
            self.recorded_all_the_same,
            self.waited,
            self.fan_outs,
            self.fan_outs_cut,
        )
    }
}

struct Arena {
    program: Program,
    plugins: PathBuf,
    random: Random,
    clients: Vec<Client>,
    /// Records visits of one customer, to wait until the server is idle.
    pulse: Client,
    ledger: Ledger,
    key: String,
    told: Told,
}

impl Arena {
    fn new(seed: u64) -> Arena {
        let program = Program::new();
        let plugins = program.dir.path().join("plugins");
        std::fs::create_dir(&plugins).unwrap();
        std::fs::write(plugins.join("counter.wasm"), component("counter")).unwrap();
        let mut random = Random(seed);
        let mut next = CROWD;
        let mut client = |bulk, customers| {
            let first = next + 1;
            next += customers as u128;
            let ids = (first..=next).map(|it| CustomerId(uuid::Uuid::from_u128(it)));
            Client::new(bulk, ids.collect(), random.next())
        };
        let clients = vec![
            client(false, EACH),
            client(false, EACH),
            client(false, EACH),
            client(true, EACH),
        ];
        let pulse = client(false, 1);
        let mut arena = Arena {
            program,
            plugins,
            random,
            clients,
            pulse,
            ledger: Ledger::default(),
            key: String::new(),
            told: Told::default(),
        };
        arena.customers(next);
        let mut first = arena.start();
        arena.key = first.key.take().unwrap();
        first.kill();
        arena
    }

    fn db(&self) -> PathBuf {
        self.program.dir.path().join("crm.db")
    }

    fn store(&self) -> SqliteStore {
        SqliteStore::open(&self.db(), SqliteOptions::default()).unwrap()
    }

    fn start(&self) -> Serving {
        Serving::start(&self.db(), &self.plugins)
    }

    /// Everybody there is.
    fn customers(&self, count: u128) {
        let store = self.store();
        let mut changeset = Changeset::new();
        for id in 1..=count {
            changeset.push(Change::PutCustomer(Customer {
                id: CustomerId(uuid::Uuid::from_u128(id)),
                display_name: None,
                given_name: None,
                language: None,
                birthday: None,
                time_zone: None,
                level: Level::Low,
                topics: Default::default(),
                tags: Default::default(),
                since: at("2026-01-01T00:00:00Z"),
                version: 0,
            }));
        }
        store.commit(changeset).unwrap();
    }

    /// The server works off what the last kill left and is checked, then it is put under load and
    /// killed. Every third time the load comes at once, in the middle of a fan-out.
    fn cycle(&mut self, cycle: u64) {
        let fan_out = cycle % 3 == 1;
        if fan_out {
            self.plan_fan_out(cycle);
        }
        let mut serving = self.start();
        // Now and then before anybody speaks to it, while it works off what it found.
        if self.random.below(6) == 0 {
            serving.kill();
            serving = self.start();
        }
        self.look_at_what_was_cut();
        self.send_again(&serving);
        if !fan_out {
            self.settle(&serving);
            self.check();
        }
        let acknowledgements = 1 + self.random.below(400);
        load::until_killed(
            &mut self.clients,
            &mut serving,
            &self.key,
            acknowledgements,
            &mut self.told,
        );
    }

    fn end(&mut self) {
        let serving = self.start();
        self.send_again(&serving);
        self.settle(&serving);
        self.check();
        // All of it again, by somebody who was not there.
        let rounds = self.ledger.rounds;
        self.ledger = Ledger::default();
        self.ledger.rounds = rounds;
        self.check();
        self.ledger.tasks(&self.store());
        let doctor = self.program.run(&["doctor", "--json"]).ok();
        assert_eq!(doctor.json()["errors"], 0, "{}", doctor.out);
    }

    /// Makes the plugin's schedule due, as of a day that it was not due on.
    fn plan_fan_out(&mut self, cycle: u64) {
        let store = self.store();
        let mut states = store.schedules().unwrap();
        let state: &mut ScheduleState = states.first_mut().unwrap();
        let day = jiff::civil::date(1900, 1, 1)
            .checked_add(jiff::Span::new().days(cycle as i64))
            .unwrap();
        let due_at = Timestamp::now() - jiff::SignedDuration::from_secs(1);
        assert!(state.cursor.is_none(), "a fan-out is under way");
        let planned = ScheduleState {
            date: day,
            due_at,
            ..state.clone()
        };
        let mut changeset = Changeset::new();
        changeset.push(Change::PutSchedule(planned));
        store.commit(changeset).unwrap();
        self.told.fan_outs += 1;
        self.ledger.rounds += 1;
    }

    /// Sends once more what was not answered.
    fn send_again(&mut self, serving: &Serving) {
        for client in &mut self.clients {
            self.told.recorded_all_the_same += client.send_again(serving, &self.key);
        }
    }

    /// Waits until nothing is left to do.
    fn settle(&mut self, serving: &Serving) {
        let store = self.store();
        // What waits is let in at the pace that a plugin may take; what is dead failed.
        let kept = |dead| {
            let query = RetryQuery {
                dead: Some(dead),
                ..RetryQuery::default()
            };
            store.deferred(&query, PageRequest::first(1)).unwrap().items
        };
        loop {
            let now = Timestamp::now();
            let due = |it: &ScheduleState| it.due_at <= now;
            if !store.schedules().unwrap().iter().any(due)
                && store.pending(None, 0, 1).unwrap().is_empty()
                && kept(false).is_empty()
            {
                break;
            }
            self.pulse.visit_and_wait(serving, &self.key);
        }
        assert!(kept(true).is_empty(), "a run failed");
    }

    fn check(&mut self) {
        let sent: BTreeMap<CustomerId, &[InteractionId]> = self
            .clients
            .iter()
            .chain([&self.pulse])
            .flat_map(Client::sent)
            .collect();
        self.ledger.read(&self.store());
        self.ledger.check(&self.store(), &sent);
    }

    /// Counts work that the kill interrupted and the restart has not finished yet.
    fn look_at_what_was_cut(&mut self) {
        let store = self.store();
        self.told.waited += store.pending(None, 0, 10_000).unwrap().len() as u64;
        let now = Timestamp::now();
        let due = |it: &ScheduleState| it.due_at <= now;
        let under_way = store.schedules().unwrap().iter().any(due);
        self.told.fan_outs_cut += u64::from(under_way);
    }
}
