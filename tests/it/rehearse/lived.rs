//! A rehearsal comes to what a host came to that lived through it.

use std::collections::BTreeMap;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use regulars::clock::ManualClock;
use regulars::host::{InstallRequest, NewCustomer, NewInteraction};
use regulars::model::*;
use regulars::policy::ContactPolicy;
use regulars::rehearse::{Order, PluginReport, Rehearsal};
use regulars::store::{MessageQuery, PageRequest, RunQuery};
use serde_json::json;

use super::{FROM, arrive, did, rehearse, request, somebody};
use crate::world::{World, at, builder, component, long};

/// Minutes of a step. Schedules and the ends of quiet hours fall on steps.
const STEP: i64 = 10;
/// Minutes after a step at which people act, and at which follow-ups some days later are due. Nothing is due at the
/// same time by chance, and all of it at a time that the host is told of.
const LATER: i64 = 5;
/// Allows more than one message in sixty days, so that some are deferred.
const POLICY: &str = "[repeat]\ndays = 2\n";

/// Somebody who did something once, before any plugin is shown it.
const LONG_GONE: u128 = 9;

/// The customers: levels, tags, zones and birthdays of all sorts.
fn customers() -> Vec<NewCustomer> {
    let zones = [None, Some("Asia/Tokyo"), Some("America/New_York")];
    (0_u8..9)
        .map(|number| {
            let levels = [Level::Low, Level::Medium, Level::High];
            let name = format!("Customer {number}");
            NewCustomer {
                level: levels[usize::from(number) % 3],
                time_zone: zones[usize::from(number / 3)].map(str::to_owned),
                birthday: Some(format!("1980-03-{:02}", 2 + number).parse().unwrap()),
                tags: [(number % 2 == 0).then_some("regular".to_owned())]
                    .into_iter()
                    .flatten()
                    .collect(),
                // What an import does not tell is when it was made.
                since: (number % 2 == 0).then(|| at("2020-01-01T00:00:00Z")),
                ..somebody(&name, 0x1000 + u128::from(number))
            }
        })
        .chain(std::iter::once(NewCustomer {
            tags: ["regular".to_owned()].into(),
            level: Level::Medium,
            since: None,
            ..somebody("Long gone", 0x1000 + LONG_GONE)
        }))
        .collect()
}

/// The interactions before and in the window, oldest first: some customers come every evening, others now and then.
fn history(seed: u64, days: i64) -> Vec<NewInteraction> {
    let mut random = StdRng::seed_from_u64(seed);
    let from = at(FROM);
    let customers: Vec<CustomerId> = customers().iter().map(|it| it.id.unwrap()).collect();
    let long_gone = CustomerId(uuid::Uuid::from_u128(0x1000 + LONG_GONE));
    let mut all = vec![did(0x1fff, long_gone, "purchase", "2022-05-01T12:00:00Z")];
    for day in -40..days {
        for (place, customer) in customers.iter().enumerate().take(9) {
            let mut happens = |kind: &str, step: i64, data: Json| {
                let minutes = 24 * 60 * day + STEP * step + LATER;
                let when = from + jiff::SignedDuration::from_mins(minutes);
                let number = 0x2000 + all.len() as u128;
                let mut it = did(number, *customer, kind, &when.to_string());
                it.data = Some(data);
                all.push(it);
            };
            let step = 60 + place as i64;
            if place % 4 == 0 {
                happens("visit", step, json!({}));
            }
            match random.random_range(0..40) {
                0..9 => happens("purchase", step + 15, json!({ "category": "coffee" })),
                9 => happens("complaint", step - 30, json!({})),
                10 => happens("booking", step - 20, json!({})),
                11 => happens("feedback", step - 10, json!({})),
                12..14 => happens("visit", step - 40, json!({})),
                _ => {}
            }
        }
    }
    all.sort_by_key(|it| it.occurred_at);
    all
}

/// The plugins to install, with their settings.
type Plugin = (&'static str, &'static str, Json);

/// A host that lives through it, with the plugins, step by step.
fn live(plugins: &[Plugin], history: &[NewInteraction], days: i64) -> World {
    let world = with_policy(FROM, false);
    arrive(&world, &customers());
    let from = at(FROM);
    let before = |it: &&NewInteraction| it.occurred_at < Some(from);
    let past: Vec<NewInteraction> = history.iter().filter(before).cloned().collect();
    world.host.import(past).unwrap();
    for (name, id, settings) in plugins {
        install(&world, name, id, settings);
    }
    let mut comes = history.iter().filter(|it| !before(it)).peekable();
    for step in 0..days * 24 * 60 / STEP {
        let now = from + jiff::SignedDuration::from_mins(STEP * step);
        world.go_to(now);
        let later = now + jiff::SignedDuration::from_mins(LATER);
        world.go_to(later);
        while let Some(it) = comes.next_if(|it| it.occurred_at == Some(later)) {
            world.host.record(it.clone()).unwrap();
            world.host.settle().unwrap();
        }
    }
    assert!(comes.next().is_none());
    world
}

fn with_policy(now: &str, without_workers: bool) -> World {
    let dir = tempfile::tempdir().unwrap();
    let clock = ManualClock::new(at(now));
    let builder = builder(dir.path(), &clock).policy(ContactPolicy::read(POLICY).unwrap());
    let builder = if without_workers {
        builder.without_workers()
    } else {
        builder
    };
    let host = builder.build().unwrap();
    World { host, clock, dir }
}

fn install(world: &World, name: &str, id: &str, settings: &Json) {
    let mut request = InstallRequest::new(component(name), name);
    request.id = Some(id.parse().unwrap());
    request.settings = Some(settings.clone());
    world.host.install(request).unwrap();
}

/// A plugin's results, as far as host and rehearsal both have them.
#[derive(Debug, Default, PartialEq)]
struct Account {
    runs: u64,
    failed: u64,
    /// The same inputs cost the same.
    fuel: u64,
    /// Proposed, allowed, deferred and denied, by kind.
    kinds: BTreeMap<String, [u64; 4]>,
    sent: u64,
    waiting: u64,
}

impl Account {
    fn of_lived(world: &World, id: &str) -> Account {
        let mut account = Account::default();
        let query = RunQuery {
            installation: Some(id.parse().unwrap()),
            ..RunQuery::default()
        };
        let mut page = PageRequest::first(1000);
        loop {
            let runs = world.host.runs(&query, page).unwrap();
            for run in runs.items {
                account.runs += 1;
                account.failed += u64::from(run.outcome != RunOutcome::Completed);
                account.fuel += run.fuel;
                for proposal in &run.proposals {
                    let kind = proposal.effect.kind().to_string();
                    let counts = account.kinds.entry(kind).or_default();
                    counts[0] += 1;
                    counts[match proposal.decision.outcome {
                        VerdictOutcome::Allow => 1,
                        VerdictOutcome::Defer { .. } => 2,
                        _ => 3,
                    }] += 1;
                }
            }
            page.after = runs.next;
            if page.after.is_none() {
                break;
            }
        }
        let all = MessageQuery::default();
        let messages = world.host.messages(&all, PageRequest::first(1000)).unwrap();
        for message in messages.items {
            let its = message.plugin.as_str() == id;
            account.sent += u64::from(its && message.state == MessageState::Sent);
            account.waiting += u64::from(its && message.state == MessageState::Queued);
        }
        account
    }

    fn of_rehearsed(came: &PluginReport) -> Account {
        let kinds = came.proposals.iter().map(|sum| {
            let counts = [sum.proposed, sum.allowed, sum.deferred, sum.denied];
            (sum.kind.to_string(), counts)
        });
        Account {
            runs: came.runs,
            failed: came.failed,
            fuel: came.fuel.total,
            kinds: kinds.collect(),
            sent: came.messages.sent,
            waiting: came.messages.waiting,
        }
    }
}

/// Asserts that the report and the host that lived through it agree on every plugin.
fn assert_same(report: &Rehearsal, world: &World) {
    let subject = std::iter::once((&report.plugin.id, &report.came));
    let beside = report.beside.iter().map(|it| (&it.id, &it.came));
    for (id, came) in subject.chain(beside) {
        let lived = Account::of_lived(world, id.as_str());
        assert!(lived.runs > 0, "{id} never ran");
        assert_eq!(Account::of_rehearsed(came), lived, "{id}");
    }
}

/// Lives through a history, then rehearses the first plugin beside the others: on a database with the imported
/// history, and on the database of the host that lived through it.
fn compare(plugins: &[Plugin], seed: u64, days: i64) -> Rehearsal {
    let history = history(seed, days);
    let lived = live(plugins, &history, days);
    lived.clock.advance(jiff::SignedDuration::from_millis(1));

    let (name, id, settings) = &plugins[0];
    let mut wanted = request(name, at(FROM), lived.host.now());
    wanted.id = Some(id.parse().unwrap());
    wanted.settings = Some(settings.clone());

    let imported = with_policy(&lived.host.now().to_string(), true);
    arrive(&imported, &customers());
    for part in history.chunks(1000) {
        imported.host.import(part.to_vec()).unwrap();
    }
    for (name, id, settings) in &plugins[1..] {
        install(&imported, name, id, settings);
    }
    let report = rehearse(&imported, wanted.clone());
    assert_same(&report, &lived);
    assert_same(&rehearse(&lived, wanted), &lived);
    report
}

#[test]
fn rehearsal_equals_a_live_host() {
    let write = |purpose: &str| json!({ "channels": ["desk"], "purpose": purpose });
    let plugins: [Plugin; 7] = [
        ("messenger", "carer", write("care")),
        ("messenger", "seller", write("offer")),
        ("scheduled", "scheduled", json!({})),
        ("ask-once", "ask-once", json!({})),
        ("considerate-birthday", "birthday", json!({})),
        ("hostile", "hostile", json!({ "mode": "chain" })),
        ("hostile", "complainer", json!({ "mode": "complain" })),
    ];
    let rounds = if long() { 6 } else { 1 };
    for seed in 0..rounds {
        let report = compare(&plugins, seed, 8);
        assert_eq!(report.order, Order::ByPerson);
        assert!(report.came.sent > 0, "nothing was ever sent");
        assert!(!report.came.rules.is_empty(), "no rule ever said no");
        let beside = |id: &str| {
            let found = report.beside.iter().find(|it| it.id.as_str() == id);
            &found.unwrap().came
        };
        assert!(beside("ask-once").asked > 0, "nothing was ever asked");
        assert!(report.occasions.schedules > 0 && report.occasions.timers > 0);
        assert!(report.occasions.caused > 0);
    }
}

#[test]
fn shared_memory_is_rehearsed_in_order_of_time() {
    let plugins: [Plugin; 2] = [
        ("counter", "counter", json!({})),
        ("ask-once", "ask-once", json!({})),
    ];
    let report = compare(&plugins, 7, 4);
    assert_eq!(report.order, Order::ByTime);
    assert!(report.came.tasks > 0, "nobody bought anything");
}
