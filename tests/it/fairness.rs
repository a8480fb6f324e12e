//! No plugin takes more than its share, and none that fails is called for ever: only it waits, what
//! waits is not lost, and keeps its order.

use jiff::SignedDuration;
use regulars::Host;
use regulars::config::Config;
use regulars::host::NewInteraction;
use regulars::model::*;
use regulars::runtime::RuntimeConfig;
use regulars::store::PageRequest;
use serde_json::json;

use crate::world::{Moves, World, builder, target_dir};

fn limits(change: impl FnOnce(&mut PluginLimits)) -> PluginLimits {
    let mut limits = PluginLimits::default();
    change(&mut limits);
    limits
}

impl World {
    fn customers(&self, count: usize) -> Vec<CustomerId> {
        (0..count)
            .map(|n| self.customer(&format!("C{n}")).id)
            .collect()
    }

    /// One visit of each, in turn, so many times.
    fn flood(&self, customers: &[CustomerId], times: usize) {
        let visits = (0..times).flat_map(|_| customers);
        let new = visits.map(|customer| NewInteraction::new(*customer, "visit"));
        for recorded in self.host.record_all(new.collect()) {
            recorded.unwrap();
        }
        self.host.settle().unwrap();
    }

    fn pass(&self, seconds: i64) {
        self.clock.advance(SignedDuration::from_secs(seconds));
        self.host.settle().unwrap();
    }

    fn state(&self, plugin: &InstallationId) -> InstallationState {
        self.host.installation(plugin).unwrap().state
    }

    fn trouble(&self, plugin: &InstallationId) -> Trouble {
        self.host.installation(plugin).unwrap().trouble.unwrap()
    }

    fn behave(&self, plugin: &InstallationId, mode: &str) {
        let settings = json!({ "mode": mode });
        self.host.set_plugin_settings(plugin, settings).unwrap();
    }

    /// What a plugin that counts remembers of a customer.
    fn count(&self, plugin: &InstallationId, customer: CustomerId) -> u64 {
        let memory = self.host.memory(plugin, Some(customer)).unwrap();
        memory
            .entries
            .values()
            .next()
            .map_or(0, |count| count.as_u64().unwrap())
    }

    /// Whether a plugin that counts was told of a customer's visits in their order, each once.
    fn in_order(&self, plugin: &InstallationId, customer: CustomerId, visits: u64) {
        let story = self
            .host
            .explain(customer, PageRequest::first(1000))
            .unwrap();
        let mut told = Vec::new();
        for it in story.items.iter().rev() {
            for run in it.runs.iter().filter(|it| it.run.installation == *plugin) {
                if let Some(proposal) = run.run.proposals.first()
                    && let Effect::Remember {
                        value: Some(value), ..
                    } = &proposal.effect
                {
                    told.push(value.as_u64().unwrap());
                }
            }
        }
        assert_eq!(told, (1..=visits).collect::<Vec<_>>());
    }

    /// The same file with another configuration.
    fn again(
        self,
        config: impl FnOnce(&mut Config),
        runtime: impl FnOnce(&mut RuntimeConfig),
    ) -> World {
        let World { host, clock, dir } = self;
        clock.advance(SignedDuration::from_millis(1));
        host.stop();
        drop(host);
        let mut its = Config {
            seed: Some(7),
            ..Config::default()
        };
        config(&mut its);
        let mut sandbox = RuntimeConfig {
            cache_dir: Some(target_dir().join("it-cache")),
            ..RuntimeConfig::default()
        };
        runtime(&mut sandbox);
        let host: Host = builder(dir.path(), &clock)
            .config(its)
            .runtime(sandbox)
            .build()
            .unwrap();
        World { host, clock, dir }
    }
}

#[test]
fn a_plugin_beyond_its_rate_waits_and_nobody_else_does() {
    let world = World::new();
    let slow = world.hostile("slow", json!({ "mode": "remember-count" }));
    let other = world.hostile("other", json!({ "mode": "remember-count" }));
    let two = limits(|it| it.runs_per_second = Some(2));
    world.host.set_plugin_limits(&slow, two).unwrap();
    let customers = world.customers(5);
    world.flood(&customers, 10);
    assert_eq!(world.runs(&other).len(), 50);
    assert_eq!(world.runs(&slow).len(), 20, "ten seconds' worth at once");
    // What comes later goes behind what waits.
    world.pass(1);
    assert_eq!(world.runs(&slow).len(), 22);
    world.flood(&customers, 1);
    assert_eq!(world.runs(&slow).len(), 22);
    assert_eq!(world.runs(&other).len(), 55);
    let world = world.restart();
    for _ in 0..40 {
        world.pass(1);
    }
    assert!(world.parked().is_empty());
    let runs = world.runs(&slow);
    assert_eq!(runs.len(), 55);
    assert!(
        runs.iter().all(|run| run.attempt == 1),
        "waiting is no attempt"
    );
    for customer in customers {
        world.in_order(&slow, customer, 11);
        world.in_order(&other, customer, 11);
    }
}

#[test]
fn in_no_stretch_of_time_a_plugin_runs_more_often_than_it_may() {
    let world = World::new();
    let slow = world.hostile("slow", json!({ "mode": "ok" }));
    let one = limits(|it| it.runs_per_second = Some(1));
    world.host.set_plugin_limits(&slow, one).unwrap();
    let customers = world.customers(40);
    world.flood(&customers, 1);
    for millis in [1, 998, 1, 2500, 400, 600, 7000, 1, 60_000] {
        world.clock.advance(SignedDuration::from_millis(millis));
        world.host.settle().unwrap();
    }
    let mut at: Vec<Timestamp> = world.runs(&slow).iter().map(|run| run.started_at).collect();
    at.sort();
    assert_eq!(at.len(), 40 - world.parked().len());
    for (first, from) in at.iter().enumerate() {
        for (count, until) in at[first..].iter().enumerate() {
            let passed = until.duration_since(*from).as_millis() as usize;
            assert!(
                count < 10 + passed.div_ceil(1000) + 1,
                "{count} in {passed} ms"
            );
        }
    }
}

#[test]
fn fuel_is_rationed_by_the_minute() {
    let world = World::new();
    let hungry = world.hostile("hungry", json!({ "mode": "loop" }));
    let other = world.hostile("other", json!({ "mode": "ok" }));
    // Two runs that use up their whole budget.
    let allowed = limits(|it| it.fuel_per_minute = Some(600_000_000));
    world.host.set_plugin_limits(&hungry, allowed).unwrap();
    let customers = world.customers(8);
    world.flood(&customers, 1);
    assert_eq!(world.runs(&hungry).len(), 2);
    assert_eq!(world.runs(&other).len(), 8);
    let waiting = world.parked();
    assert_eq!(waiting.len(), 6);
    let said = &waiting.last().unwrap().error;
    assert!(
        said.contains("waits behind") || said.contains("fuel_per_minute"),
        "{said}"
    );
    assert!(
        waiting[0].error.contains("600000000"),
        "{}",
        waiting[0].error
    );
    // 10,000,000 a second.
    world.pass(4);
    assert_eq!(world.runs(&hungry).len(), 2);
    world.pass(1);
    assert_eq!(world.runs(&hungry).len(), 3);
    world.pass(60);
    world.pass(60);
    world.pass(60);
    assert_eq!(world.runs(&hungry).len(), 8);
    assert!(world.parked().is_empty());
}

#[test]
fn a_plugin_at_its_concurrency_loses_nothing() {
    let world = World::new();
    let plugin = world.hostile("counter", json!({ "mode": "remember-count" }));
    let hog = world.hostile("hog", json!({ "mode": "log-flood" }));
    let one = limits(|it| it.concurrent_runs = Some(1));
    world.host.set_plugin_limits(&plugin, one).unwrap();
    world.host.set_plugin_limits(&hog, one).unwrap();
    let customers = world.customers(10);
    world.flood(&customers, 2);
    assert!(world.parked().is_empty() || world.state(&hog) == InstallationState::Quarantined);
    for customer in customers {
        assert_eq!(world.count(&plugin, customer), 2);
        world.in_order(&plugin, customer, 2);
    }
}

#[test]
fn who_fails_again_and_again_is_quarantined_and_comes_back() {
    let mut world = World::new();
    let bad = world.hostile("bad", json!({ "mode": "permanent" }));
    let good = world.hostile("good", json!({ "mode": "remember-count" }));
    let ada = world.customer("Ada Lovelace").id;
    for _ in 0..19 {
        world.record(ada, "visit");
    }
    assert_eq!(world.state(&bad), InstallationState::Enabled);
    // One that goes well, and it starts from the beginning.
    world.behave(&bad, "remember-count");
    world.record(ada, "visit");
    world.behave(&bad, "permanent");
    for _ in 0..20 {
        world.record(ada, "visit");
    }
    assert_eq!(world.state(&bad), InstallationState::Quarantined);
    let trouble = world.trouble(&bad);
    assert!(trouble.reason.contains("20 runs in a row"), "{trouble:?}");
    assert!(trouble.reason.contains("not ever"), "{trouble:?}");
    assert_eq!(trouble.since, world.host.now());
    assert_eq!(trouble.next_trial, Some(world.clock.now_plus_minutes(1)));

    // What happens waits for it, and for it alone.
    let bob = world.customer("Bob").id;
    for customer in [ada, bob, ada] {
        world.record(customer, "visit");
    }
    assert_eq!(world.runs(&bad).len(), 40);
    assert_eq!(world.count(&good, ada), 42);
    assert_eq!(world.parked().len(), 3);

    // One event a minute later, and after that twice as long.
    for (rest, trial) in [
        (1, 1),
        (2, 2),
        (4, 3),
        (8, 4),
        (16, 5),
        (32, 6),
        (60, 7),
        (60, 8),
    ] {
        world = world.restart();
        assert_eq!(world.state(&bad), InstallationState::Quarantined);
        world.go_to(world.trouble(&bad).next_trial.unwrap() - SignedDuration::from_millis(1));
        assert_eq!(world.runs(&bad).len(), 39 + trial.max(1));
        world.go_to(world.trouble(&bad).next_trial.unwrap());
        assert_eq!(world.runs(&bad).len(), 40 + trial, "after {rest} min");
        // A failure for good is not tried again: that event is done, and another has come.
        assert_eq!(world.parked().len(), 2);
        world.record(bob, "visit");
        assert_eq!(world.trouble(&bad).trials, trial as u32);
    }

    world.behave(&bad, "remember-count");
    assert_eq!(world.state(&bad), InstallationState::Quarantined);
    world.record(ada, "visit");
    world.record(ada, "visit");
    world.go_to(world.clock.now_plus_hours(1));
    assert_eq!(world.state(&bad), InstallationState::Enabled);
    assert!(world.parked().is_empty());
    world.in_order(&bad, ada, 3);
}
