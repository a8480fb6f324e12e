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

use crate::program::Program;
use crate::served::Served;
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

    /// The number that a counting plugin remembers of a customer.
    fn count(&self, plugin: &InstallationId, customer: CustomerId) -> u64 {
        let memory = self.host.memory(plugin, Some(customer)).unwrap();
        memory
            .entries
            .values()
            .next()
            .map_or(0, |count| count.as_u64().unwrap())
    }

    /// Asserts that a counting plugin saw a customer's visits in order, each once.
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
    pub fn again(
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
fn rate_limit_delays_one_plugin_alone() {
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
    assert!(world.deferred().is_empty());
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
fn rate_limit_holds_in_every_interval() {
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
    assert_eq!(at.len(), 40 - world.deferred().len());
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
    let (dead, waiting): (Vec<_>, Vec<_>) = world.deferred().into_iter().partition(|it| it.dead);
    assert_eq!((dead.len(), waiting.len()), (2, 6));
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
    assert!(world.deferred().iter().all(|it| it.dead));
}

#[test]
fn concurrency_limit_loses_no_event() {
    let world = World::new();
    let plugin = world.hostile("counter", json!({ "mode": "remember-count" }));
    let hog = world.hostile("hog", json!({ "mode": "log-flood" }));
    let one = limits(|it| it.concurrent_runs = Some(1));
    world.host.set_plugin_limits(&plugin, one).unwrap();
    world.host.set_plugin_limits(&hog, one).unwrap();
    let customers = world.customers(10);
    world.flood(&customers, 2);
    assert!(world.deferred().is_empty() || world.state(&hog) == InstallationState::Quarantined);
    for customer in customers {
        assert_eq!(world.count(&plugin, customer), 2);
        world.in_order(&plugin, customer, 2);
    }
}

#[test]
fn failing_plugin_is_quarantined_and_recovers() {
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
    assert!(trouble.reason.contains("with permanent"), "{trouble:?}");
    assert_eq!(trouble.since, world.host.now());
    assert_eq!(trouble.next_trial, Some(world.clock.now_plus_minutes(1)));

    // What happens waits for it, and for it alone.
    let bob = world.customer("Bob").id;
    for customer in [ada, bob, ada] {
        world.record(customer, "visit");
    }
    assert_eq!(world.runs(&bad).len(), 40);
    assert_eq!(world.count(&good, ada), 42);
    assert_eq!(world.deferred().len(), 3);

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
        assert_eq!(world.deferred().len(), 2);
        world.record(bob, "visit");
        assert_eq!(world.trouble(&bad).trials, trial as u32);
    }

    world.behave(&bad, "remember-count");
    assert_eq!(world.state(&bad), InstallationState::Quarantined);
    world.record(ada, "visit");
    world.record(ada, "visit");
    world.go_to(world.clock.now_plus_hours(1));
    assert_eq!(world.state(&bad), InstallationState::Enabled);
    assert!(world.deferred().is_empty());
    world.in_order(&bad, ada, 3);
}

#[test]
fn operator_sees_and_ends_a_quarantine() {
    let served = Served::new(World::new());
    let world = &served.world;
    let bad = world.hostile("bad", json!({ "mode": "permanent" }));
    let good = world.hostile("good", json!({ "mode": "ok" }));
    let customers = world.customers(25);
    world.flood(&customers, 1);
    assert_eq!(world.state(&bad), InstallationState::Quarantined);
    let runs = world.runs(&bad).len();
    // Those that were under way when it had failed often enough are let be.
    assert!((20..25).contains(&runs), "{runs}");
    assert_eq!(world.deferred().len(), 25 - runs);
    assert_eq!(world.runs(&good).len(), 25);

    let listed = served.get("/v1/plugins").json();
    let shown = &listed["items"][0];
    assert_eq!(shown["state"], "quarantined", "{shown}");
    assert!(
        shown["trouble"]["reason"]
            .as_str()
            .unwrap()
            .contains("20 runs in a row")
    );
    assert_eq!(shown["trouble"]["next_trial"], "2026-03-01T08:01:00Z");
    let program = Program::new();
    let db = world.dir.path().join("crm.db").display().to_string();
    let said = program.run(&["--db", &db, "plugin", "list"]).ok();
    for word in [
        "quarantined",
        "20 runs in a row",
        "with permanent",
        "next trial Sun 1 Mar 2026, 09:01",
    ] {
        assert!(said.out.contains(word), "“{word}” is not in:\n{}", said.out);
    }
    let echo = json!({ "input": { "text": "hello" } });
    let refused = served.post("/v1/plugins/bad/actions/echo", echo);
    assert_eq!(refused.status, 409);
    assert!(refused.text.contains("resume"), "{}", refused.text);

    world.behave(&bad, "ok");
    let resumed = served.post("/v1/plugins/bad/resume", json!({}));
    assert_eq!(resumed.json()["state"], "enabled", "{}", resumed.text);
    assert!(resumed.json().get("trouble").is_none());
    world.host.settle().unwrap();
    assert!(world.deferred().is_empty());
    assert_eq!(world.runs(&bad).len(), 25);
    // Once more changes nothing; what is switched off is not resumed.
    assert_eq!(served.post("/v1/plugins/bad/resume", json!({})).status, 200);
    served.post("/v1/plugins/bad/disable", json!({}));
    let refused = served.post("/v1/plugins/bad/resume", json!({}));
    assert!(
        refused.status == 409 && refused.text.contains("enable"),
        "{}",
        refused.text
    );
    assert_eq!(
        served.post("/v1/plugins/nobody/resume", json!({})).status,
        404
    );
}

#[test]
fn plugin_that_only_ever_asks_to_be_called_later_is_quarantined_too() {
    let world = World::new();
    let bad = world.hostile("bad", json!({ "mode": "retry" }));
    let customers = world.customers(30);
    world.flood(&customers, 1);
    assert_eq!(world.state(&bad), InstallationState::Quarantined);
    assert_eq!(world.deferred().len(), 30, "each of them is still to come");
    world.behave(&bad, "remember-count");
    world.host.resume_plugin(&bad).unwrap();
    let world = world.restart();
    world.pass(60);
    assert!(world.deferred().is_empty());
    for customer in customers {
        assert_eq!(world.count(&bad, customer), 1);
    }
}

#[test]
fn failure_that_an_operator_can_mend_is_not_held_against_a_plugin() {
    let world = World::new();
    let plugin = world.hostile("bad", json!({ "mode": "ungranted" }));
    let customers = world.customers(30);
    world.flood(&customers, 1);
    assert_eq!(world.runs(&plugin).len(), 30);
    assert_eq!(world.state(&plugin), InstallationState::Enabled);
}

#[test]
fn component_that_does_not_load_blocks_no_other() {
    let world = World::new();
    let big = world.hostile("big", json!({ "mode": "remember-count" }));
    let ada = world.customer("Ada Lovelace").id;
    world.record(ada, "visit");
    let version = world.host.installation(&big).unwrap().version;
    let world = world.again(|_| (), |runtime| runtime.max_component_bytes = 1000);
    assert_eq!(world.state(&big), InstallationState::Broken);
    let trouble = world.trouble(&big);
    assert!(
        trouble.reason.contains("runtime.max_component_bytes"),
        "{trouble:?}"
    );
    world.record(ada, "visit");
    world.record(ada, "visit");
    assert_eq!(world.deferred().len(), 2);
    let resumed = world.host.resume_plugin(&big).unwrap_err().to_string();
    assert!(resumed.contains("does not load"), "{resumed}");
    // Its settings can be changed; that it is broken is no part of what is stored.
    world.behave(&big, "ok");
    assert_eq!(world.state(&big), InstallationState::Broken);
    world.behave(&big, "remember-count");

    let world = world.restart();
    let shown = world.host.installation(&big).unwrap();
    assert_eq!(
        (shown.state, shown.trouble),
        (InstallationState::Enabled, None)
    );
    assert_eq!(shown.version, version + 2);
    world.host.settle().unwrap();
    assert!(world.deferred().is_empty());
    world.in_order(&big, ada, 3);
}

#[test]
fn deferred_events_expire() {
    let world = World::new().again(
        |config| {
            (config.waiting_most, config.waiting_days) = (10, 7);
            config.quarantine_rest = std::time::Duration::from_secs(120);
        },
        |_| (),
    );
    let bad = world.hostile("bad", json!({ "mode": "permanent" }));
    let (ada, bob) = (world.customer("Ada Lovelace").id, world.customer("Bob").id);
    for _ in 0..20 {
        world.record(ada, "visit");
    }
    world.flood(&[ada, bob], 8);
    assert_eq!(world.deferred().iter().filter(|it| !it.dead).count(), 16);
    world.behave(&bad, "remember-count");
    let trial = world.trouble(&bad).next_trial.unwrap();
    world.clock.set(trial - SignedDuration::from_millis(1));
    world.host.settle().unwrap();
    let all = world.deferred();
    assert_eq!(all.len(), 16, "nothing is lost");
    let (dead, waiting): (Vec<_>, Vec<_>) = all.into_iter().partition(|it| it.dead);
    assert_eq!((dead.len(), waiting.len()), (6, 10));
    assert!(
        dead.iter()
            .all(|it| it.error.contains("waiting_most") && it.attempts == 0)
    );
    assert!(
        dead.last().unwrap().event.seq < waiting[0].event.seq,
        "the oldest go first"
    );

    let world = world.restart();
    world.go_to(trial);
    assert_eq!(world.state(&bad), InstallationState::Enabled);
    assert_eq!(world.count(&bad, ada) + world.count(&bad, bob), 10);
    // And they wait so many days.
    let world = world.again(
        |config| (config.waiting_days, config.quarantine_after) = (7, 1),
        |_| (),
    );
    world.behave(&bad, "permanent");
    world.record(ada, "visit");
    world.record(ada, "visit");
    world
        .host
        .set_plugin_state(&bad, InstallationState::Disabled)
        .unwrap();
    world.go_to(world.clock.now_plus_hours(7 * 24 - 1));
    assert_eq!(world.deferred().iter().filter(|it| !it.dead).count(), 1);
    world.go_to(world.clock.now_plus_hours(2));
    let dead = world.deferred();
    assert!(dead.iter().all(|it| it.dead) && dead.len() == 7);
    assert!(dead[6].error.contains("7 days"), "{}", dead[6].error);
}

#[test]
fn action_beyond_limits_gets_retry_after() {
    let served = Served::new(World::new());
    let world = &served.world;
    world.hostile("ok", json!({ "mode": "ok" }));
    let echo = || {
        served.post(
            "/v1/plugins/ok/actions/echo",
            json!({ "input": { "text": "hello" } }),
        )
    };
    let set = served.send(
        "PUT",
        "/v1/plugins/ok/limits",
        Some(r#"{"runs_per_second": 1}"#),
        &[],
    );
    assert_eq!(set.json()["limits"], json!({ "runs_per_second": 1 }));
    for _ in 0..10 {
        assert_eq!(echo().status, 200);
    }
    let refused = echo();
    assert_eq!(refused.status, 429);
    assert_eq!(refused.headers["retry-after"], "1");
    assert_eq!(
        refused.json()["type"],
        "urn:regulars:problem:plugin-limited"
    );
    assert!(refused.text.contains("runs_per_second"), "{}", refused.text);
    world.clock.advance(SignedDuration::from_secs(1));
    assert_eq!(echo().status, 200);
    assert_eq!(echo().status, 429);

    for (body, field) in [
        (r#"{"runs_per_second": 0}"#, "/runs_per_second"),
        (r#"{"runs": 1}"#, "/runs"),
    ] {
        let refused = served.send("PUT", "/v1/plugins/ok/limits", Some(body), &[]);
        assert_eq!(refused.status, 422, "{}", refused.text);
        assert_eq!(refused.json()["field"], field, "{}", refused.text);
    }
    let program = Program::new();
    let db = world.dir.path().join("crm.db").display().to_string();
    let run = |more: &[&str]| {
        let mut all = vec!["--db", &db, "plugin", "limits", "ok"];
        all.extend(more);
        program.run(&all).ok().out
    };
    assert!(run(&["--fuel-per-minute", "600000000"]).contains("fuel per minute: 600,000,000"));
    let json: Json = serde_json::from_str(&run(&["--json"])).unwrap();
    assert_eq!(
        json,
        json!({ "runs_per_second": 1, "fuel_per_minute": 600_000_000 })
    );
    assert!(run(&["--default"]).contains("runs per second: the host’s default"));
    world.pass(1);
    assert_eq!(echo().status, 200);
}

#[test]
fn retries_of_simultaneous_failures_are_spread() {
    let world = World::new();
    world.hostile("bad", json!({ "mode": "retry" }));
    let customers = world.customers(10);
    world.flood(&customers, 1);
    let due: Vec<f64> = world
        .deferred()
        .iter()
        .map(|it| {
            it.due_at
                .unwrap()
                .duration_since(world.host.now())
                .as_secs_f64()
        })
        .collect();
    assert!(
        due.iter().all(|secs| (22.5..=30.0).contains(secs)),
        "{due:?}"
    );
    let mut different = due.clone();
    different.sort_by(f64::total_cmp);
    different.dedup();
    assert!(different.len() > 5, "{due:?}");
}

#[test]
fn waiting_request_names_plugins_that_have_not_run() {
    let served = Served::new(World::new());
    let world = &served.world;
    let bad = world.hostile("bad", json!({ "mode": "retry" }));
    world.hostile("good", json!({ "mode": "ok" }));
    let ada = world.customer("Ada Lovelace").id;
    let path = format!("/v1/customers/{ada}/interactions?wait=30s");
    let visit = || {
        let mut body = json!({ "kind": "visit" });
        body["id"] = json!("01970000-0000-7000-8000-000000000001");
        served.post(&path, body)
    };
    let said = visit();
    assert_eq!(said.status, 202, "{}", said.text);
    let said = said.json();
    assert_eq!(said["processed"], false, "{said}");
    assert_eq!(said["waiting"], json!(["bad"]), "{said}");
    assert_eq!(said["desk"]["cards"].as_array().unwrap().len(), 1, "{said}");
    // Said again it is as it was, until the plugin has run.
    assert_eq!(visit().json()["waiting"], json!(["bad"]));
    world.behave(&bad, "ok");
    world.pass(60);
    let said = visit();
    assert_eq!(said.status, 200, "{}", said.text);
    let said = said.json();
    assert_eq!(said["processed"], true, "{said}");
    assert!(said.get("waiting").is_none(), "{said}");
}

#[test]
fn actions_that_fail_again_and_again_quarantine_a_plugin_too() {
    let world = World::new();
    let bad = world.hostile("bad", json!({ "mode": "ok" }));
    let act = |mode: &str| {
        world.host.act(ActionCall {
            plugin: bad.clone(),
            action: "misbehave".to_owned(),
            customer: None,
            input: json!({ "mode": mode }),
            caller: regulars_manifest::Caller::Staff,
        })
    };
    // Declining is an answer, and one that goes well is a new beginning.
    for mode in [
        vec!["permanent"; 30],
        vec!["panic"; 19],
        vec!["ok"],
        vec!["panic"; 19],
    ]
    .concat()
    {
        assert_eq!(act(mode).is_ok(), mode == "ok");
    }
    world.host.settle().unwrap();
    assert_eq!(world.state(&bad), InstallationState::Enabled);
    act("unreachable").unwrap_err();
    world.host.settle().unwrap();
    assert_eq!(world.state(&bad), InstallationState::Quarantined);
    let trouble = world.trouble(&bad);
    assert!(
        trouble.reason.contains("20 actions in a row"),
        "{trouble:?}"
    );
    let refused = act("ok").unwrap_err().to_string();
    assert!(refused.contains("is quarantined"), "{refused}");
    // A plugin that nothing but actions calls is tried on one.
    world.clock.set(trouble.next_trial.unwrap());
    act("ok").unwrap();
    world.host.settle().unwrap();
    assert_eq!(world.state(&bad), InstallationState::Enabled);
}
