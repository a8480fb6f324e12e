//! Misbehaving plugins over several events. Single runs: `hostile`.

use regulars::model::*;
use regulars::store::{PageRequest, TimelineQuery};
use serde_json::json;

use crate::world::{Moves, World};

/// Two installations want the same visit: one misbehaves as told, the other works.
struct Pair {
    world: World,
    customer: CustomerId,
    bad: InstallationId,
    good: InstallationId,
}

impl Pair {
    fn new(settings: Json) -> Pair {
        let world = World::new();
        let bad = world.hostile("bad", settings);
        let good = world.hostile("good", json!({ "mode": "ok" }));
        let customer = world.customer("Ada Lovelace").id;
        world.record(customer, "visit");
        Pair {
            world,
            customer,
            bad,
            good,
        }
    }

    /// The failure of the misbehaving run, after checking that nobody else was harmed by it.
    fn failure(&self) -> (FailureKind, String) {
        let run = self.world.last_run(&self.bad);
        assert_eq!(
            self.world.last_run(&self.good).outcome,
            RunOutcome::Completed
        );
        let cards = self.world.host.desk(self.customer).unwrap().cards;
        assert_eq!(
            cards.len(),
            1,
            "only the good plugin's card is on the desk: {cards:?}"
        );
        assert_eq!(cards[0].plugin, self.good);
        self.world.record(self.customer, "purchase");
        assert_eq!(
            self.world.last_run(&self.good).outcome,
            RunOutcome::Completed
        );
        match run.outcome {
            RunOutcome::Failed { failure, detail } => (failure, detail),
            RunOutcome::Completed => panic!("it was not refused: {run:?}"),
        }
    }
}

#[test]
fn another_customers_evidence_is_refused() {
    let world = World::new();
    let other = world.customer("Grace Hopper").id;
    let evidence = world.record(other, "visit").interaction.id;
    let settings = json!({ "mode": "other-evidence", "evidence": evidence.to_string() });
    let bad = world.hostile("bad", settings);
    let customer = world.customer("Ada Lovelace").id;
    world.record(customer, "visit");
    let RunOutcome::Failed { failure, .. } = world.last_run(&bad).outcome else {
        panic!("it was not refused");
    };
    assert_eq!(failure, FailureKind::BadEvidence);
    assert!(world.host.desk(customer).unwrap().cards.is_empty());
}

#[test]
fn one_invalid_effect_refuses_the_whole_run() {
    let pair = Pair::new(json!({ "mode": "mixed" }));
    assert_eq!(pair.failure().0, FailureKind::BadEvidence);
    let run = pair.world.runs(&pair.bad).pop().unwrap();
    assert_eq!(
        run.proposals.len(),
        2,
        "what was refused is kept for the developer"
    );
    for proposal in &run.proposals {
        assert_eq!(proposal.decision.outcome, VerdictOutcome::Deny);
        assert_eq!(proposal.result, None);
    }
}

#[test]
fn log_flood_is_cut_with_a_note() {
    let pair = Pair::new(json!({ "mode": "log-flood" }));
    let run = pair.world.last_run(&pair.bad);
    let bytes: usize = run.logs.iter().map(|line| line.text.len()).sum();
    assert!(bytes <= 64 * 1024, "{bytes} bytes of log were kept");
    assert!(
        run.logs.last().unwrap().text.contains("dropped"),
        "{:?}",
        run.logs.last()
    );
    assert_eq!(
        pair.world.last_run(&pair.good).outcome,
        RunOutcome::Completed
    );
}

#[test]
fn terminal_escapes_do_not_survive_in_logs() {
    let pair = Pair::new(json!({ "mode": "log-escape" }));
    let run = pair.world.last_run(&pair.bad);
    assert!(!run.logs.is_empty());
    for line in &run.logs {
        assert!(!line.text.chars().any(char::is_control), "{:?}", line.text);
    }
}

#[test]
fn plugin_that_asks_to_be_called_again_is_and_then_goes_to_the_dead_letter() {
    let world = World::new();
    let bad = world.hostile("bad", json!({ "mode": "retry" }));
    let customer = world.customer("Ada Lovelace").id;
    world.record(customer, "visit");
    world.record(customer, "purchase");
    assert_eq!(
        world.runs(&bad).len(),
        1,
        "the second event waits behind the first"
    );
    for _ in 0..20 {
        world.go_to(world.clock.now_plus_hours(12));
    }
    let runs = world.runs(&bad);
    assert_eq!(runs.len(), 10, "two events, five attempts each");
    let deferred = world.deferred();
    assert_eq!(deferred.len(), 2);
    assert!(
        deferred
            .iter()
            .all(|deferred| deferred.dead && deferred.attempts == 5)
    );
}

#[test]
fn plugin_that_refuses_for_good_is_not_called_again() {
    let world = World::new();
    let bad = world.hostile("bad", json!({ "mode": "permanent" }));
    let customer = world.customer("Ada Lovelace").id;
    world.record(customer, "visit");
    world.go_to(world.clock.now_plus_hours(48));
    assert_eq!(world.runs(&bad).len(), 1);
    assert!(world.deferred().is_empty());
}

#[test]
fn timers_are_limited_per_customer() {
    let world = World::new();
    let plugin = world.hostile("hostile", json!({ "mode": "another-timer" }));
    let (ada, bob) = (world.customer("Ada Lovelace").id, world.customer("Bob").id);
    for _ in 0..20 {
        world.record(ada, "visit");
    }
    assert_eq!(world.last_run(&plugin).outcome, RunOutcome::Completed);
    world.record(ada, "visit");
    let RunOutcome::Failed { failure, detail } = world.last_run(&plugin).outcome else {
        panic!("it was not refused");
    };
    assert_eq!(failure, FailureKind::OverQuota);
    assert!(
        detail.contains("21 timers") && detail.contains("20 are the most"),
        "{detail}"
    );
    // Those of another customer are others; and what has fired is not set any more.
    world.record(bob, "visit");
    assert_eq!(world.last_run(&plugin).outcome, RunOutcome::Completed);
    world.go_to(world.clock.now_plus_hours(2));
    assert_eq!(world.runs(&plugin).len(), 22 + 21);
    world.record(ada, "visit");
    assert_eq!(world.last_run(&plugin).outcome, RunOutcome::Completed);
}

#[test]
fn timer_set_for_an_event_that_waited_long_does_not_fire_at_once() {
    let world = World::new();
    let plugin = world.hostile("hostile", json!({ "mode": "wake-again" }));
    let ada = world.customer("Ada Lovelace").id;
    let one = PluginLimits {
        runs_per_second: Some(1),
        ..PluginLimits::default()
    };
    world.host.set_plugin_limits(&plugin, one).unwrap();
    // Ten at once, and the eleventh waits.
    for _ in 0..11 {
        world.record(ada, "visit");
    }
    assert_eq!(world.runs(&plugin).len(), 10);
    world.go_to(world.clock.now_plus_minutes(30));
    let runs = world.runs(&plugin).len();
    assert!(world.deferred().is_empty());
    world.host.settle().unwrap();
    assert_eq!(world.runs(&plugin).len(), runs, "a minute has not passed");
    world.go_to(world.clock.now_plus_minutes(1));
    assert_eq!(world.runs(&plugin).len(), runs + 1);
}

#[test]
fn plugins_that_set_each_other_off_stop_at_the_end_of_the_chain() {
    let world = World::new();
    let chain = world.hostile("hostile", json!({ "mode": "chain" }));
    let customer = world.customer("Ada Lovelace").id;
    world.record(customer, "visit");
    let runs = world.runs(&chain);
    assert_eq!(runs.len(), 9, "the visit, and eight events that it caused");
    let last = &runs[0].proposals[0];
    assert_eq!(last.decision.outcome, VerdictOutcome::Deny);
    assert_eq!(last.decision.verdicts[0].rule, "chain");
}

#[test]
fn event_chains_are_bounded() {
    let world = World::new().again(|config| config.max_depth = 3, |_| ());
    let plugin = world.hostile("hostile", json!({ "mode": "branch" }));
    let customer = world.customer("Ada Lovelace").id;
    world.record(customer, "visit");
    let runs = world.runs(&plugin);
    let caused = |run: &Run| {
        let done = run.proposals.iter();
        done.filter(|it| it.decision.outcome == VerdictOutcome::Allow)
            .count()
    };
    let mut by_count: Vec<usize> = runs.iter().map(caused).collect();
    by_count.sort_unstable();
    by_count.reverse();
    // Of the twelve that it wants each time: ten of the visit, two of each of these and of those, and then none.
    let expected = [vec![10], vec![2; 10], vec![2; 20], vec![0; 40]].concat();
    assert_eq!(by_count, expected);
    let visit = &runs.last().unwrap().proposals[11].decision.verdicts[0];
    assert!(
        visit.rule == "chain" && visit.detail.contains("the 10 events"),
        "{visit:?}"
    );
}

#[test]
fn plugins_own_memory_counts_every_event_once_under_concurrency() {
    let world = World::new();
    let plugin = world.hostile("counter", json!({ "mode": "remember-plugin-count" }));
    let customers: Vec<CustomerId> = (0..20)
        .map(|n| world.customer(&format!("C{n}")).id)
        .collect();
    let new = (0..200)
        .map(|n| regulars::host::NewInteraction::new(customers[n % 20], "visit"))
        .collect();
    for recorded in world.host.record_all(new) {
        recorded.unwrap();
    }
    world.host.settle().unwrap();
    let memory = world.host.memory(&plugin, None).unwrap();
    let count: Vec<&Json> = memory.entries.values().collect();
    assert_eq!(count, [&json!(200)], "{memory:?}");
}

#[test]
fn action_output_outside_its_schema_fails() {
    let world = World::new();
    let plugin = world.hostile("hostile", json!({ "mode": "ok" }));
    let call = |action: &str| ActionCall {
        plugin: plugin.clone(),
        action: action.to_owned(),
        customer: None,
        input: json!({ "text": "hello" }),
        caller: regulars_manifest::Caller::Staff,
    };
    let reply = world.host.act(call("echo")).unwrap();
    assert_eq!(reply.output, json!({ "text": "hello" }));
    let error = world.host.act(call("lie")).unwrap_err();
    assert!(
        matches!(
            error,
            regulars::Error::Failed {
                failure: FailureKind::BadOutput,
                ..
            }
        ),
        "{error}"
    );
    assert_eq!(error.blame(), regulars::Blame::Guest);
}

#[test]
fn json_that_no_reader_would_take_back_is_refused() {
    for mode in ["deep-json", "deep-timer"] {
        let pair = Pair::new(json!({ "mode": mode }));
        let (failure, detail) = pair.failure();
        assert_eq!(failure, FailureKind::MalformedEffect, "{detail}");
        assert!(detail.contains("deep"), "{detail}");
        // Everything can still be read, also after a restart.
        let world = pair.world.restart();
        world.go_to(world.clock.now_plus_hours(1));
        let story = world
            .host
            .explain(pair.customer, PageRequest::first(100))
            .unwrap();
        assert!(!story.items.is_empty());
    }
}

#[test]
fn memory_has_an_end() {
    let world = World::new();
    let hoarder = world.hostile("hoarder", json!({ "mode": "hoard" }));
    let customer = world.customer("Ada Lovelace").id;
    for _ in 0..12 {
        world.record(customer, "visit");
    }
    let RunOutcome::Failed { failure, detail } = world.last_run(&hoarder).outcome else {
        panic!("it may remember for ever");
    };
    assert_eq!(failure, FailureKind::OverQuota, "{detail}");
    let memory = world.host.memory(&hoarder, Some(customer)).unwrap();
    assert!(memory.entries.len() <= 200, "{} keys", memory.entries.len());
}

#[test]
fn raising_a_level_asks_staff_once() {
    let world = World::new();
    let plugin = world.hostile("eager", json!({ "mode": "raise-level" }));
    let customer = world.customer("Ada Lovelace").id;
    for _ in 0..3 {
        world.record(customer, "visit");
    }
    assert_eq!(world.runs(&plugin).len(), 3);
    assert_eq!(
        world.tasks(customer).len(),
        1,
        "one task, however often it is proposed"
    );
    assert_eq!(world.host.customer(customer).unwrap().level, Level::Low);
}

#[test]
fn self_waking_plugin_is_woken_once_a_minute() {
    let world = World::new();
    let plugin = world.hostile("restless", json!({ "mode": "wake-again" }));
    let customer = world.customer("Ada Lovelace").id;
    world.record(customer, "visit");
    for _ in 0..10 {
        world.go_to(world.clock.now_plus_minutes(1));
    }
    assert_eq!(world.runs(&plugin).len(), 11, "the visit, and ten timers");
    // A host that was away does not make up for it.
    world.go_to(world.clock.now_plus_hours(1000));
    let runs = world.runs(&plugin).len();
    assert!(runs <= 13, "{runs}");
}

#[test]
fn another_customers_id_is_only_text() {
    let world = World::new();
    let other = world.customer("Grace Hopper").id;
    let settings = json!({ "mode": "forged-customer", "evidence": other.to_string() });
    let plugin = world.hostile("forger", settings);
    let customer = world.customer("Ada Lovelace").id;
    let before = world.host.customer(other).unwrap();
    world.record(customer, "visit");
    let run = world.last_run(&plugin);
    assert_eq!(
        run.outcome,
        RunOutcome::Completed,
        "no effect names a customer"
    );
    assert_eq!(world.host.customer(other).unwrap(), before);
    let memory = world.host.memory(&plugin, Some(other)).unwrap();
    assert!(memory.entries.is_empty(), "{memory:?}");
    let past = world
        .host
        .timeline(other, &TimelineQuery::default(), PageRequest::first(10))
        .unwrap();
    assert!(past.items.is_empty(), "{past:?}");
    assert!(
        world
            .host
            .explain(other, PageRequest::first(10))
            .unwrap()
            .items
            .iter()
            .all(|it| it.runs.is_empty())
    );
}
