//! Attacks by a plugin that was asked to do something: whoever asked hears which failure it was, and
//! the next who asks gets an answer.

use regulars::model::FailureKind::*;
use regulars::model::*;
use serde_json::json;

use super::{assert_only_the_neighbour, assert_readable, visit};
use crate::served::Served;
use crate::world::World;

/// The mode, the failure, words that the problem must have, and its status and type over HTTP.
type Attack = (&'static str, FailureKind, &'static str, u16, &'static str);

const ATTACKS: &[Attack] = &[
    ("loop", OutOfFuel, "`runtime.fuel`", 502, "plugin-failed"),
    (
        "loop-calling",
        OutOfFuel,
        "`runtime.fuel`",
        502,
        "plugin-failed",
    ),
    (
        "log-flood",
        OutOfFuel,
        "`runtime.fuel`",
        502,
        "plugin-failed",
    ),
    (
        "memory-bomb",
        OutOfMemory,
        "`runtime.max_memory`",
        502,
        "plugin-failed",
    ),
    (
        "deep-recursion",
        StackOverflow,
        "its own stack",
        502,
        "plugin-failed",
    ),
    ("panic", Trap, "the guest panics", 502, "plugin-failed"),
    ("unreachable", Trap, "unreachable", 502, "plugin-failed"),
    (
        "oversized",
        OutputTooLarge,
        "`runtime.max_output_bytes`",
        502,
        "plugin-failed",
    ),
    ("deep-json", BadOutput, "", 502, "plugin-failed"),
    (
        "many-effects",
        TooManyEffects,
        "`runtime.max_effects`",
        502,
        "plugin-failed",
    ),
    (
        "forged-customer",
        MalformedEffect,
        "this call was about none",
        502,
        "plugin-failed",
    ),
    ("retry", Retry, "not today", 503, "plugin-busy"),
    ("permanent", Permanent, "not ever", 422, "plugin-declined"),
];

#[test]
fn action_that_misbehaves_fails_with_its_own_kind() {
    let world = World::new();
    let bad = world.hostile("bad", json!({ "mode": "ok" }));
    let served = Served::new(world);
    let call = |mode: &str| {
        served.post(
            "/v1/plugins/bad/actions/misbehave",
            json!({ "input": { "mode": mode } }),
        )
    };
    for (mode, expected, words, status, kind) in ATTACKS {
        let answer = call(mode);
        assert_eq!(answer.status, *status, "{mode}: {}", answer.text);
        let problem = answer.json();
        assert_eq!(problem["type"], format!("urn:regulars:problem:{kind}"));
        let detail = problem["detail"].as_str().unwrap();
        assert!(detail.contains(words), "{mode}: {detail}");
        let run = served.world.last_run(&bad);
        assert_eq!(problem["run"], run.id.to_string(), "{mode}");
        let RunOutcome::Failed { failure, .. } = run.outcome else {
            panic!("{mode} was not refused: {run:?}");
        };
        assert_eq!(failure, *expected, "{mode}");
        assert!(run.proposals.iter().all(|it| it.result.is_none()), "{mode}");
        // The next call is one like any other.
        let answer = call("ok");
        assert_eq!(answer.status, 200, "after {mode}: {}", answer.text);
        assert_eq!(answer.json()["output"], json!({ "text": "hello" }));
    }
    let memory = served.world.host.memory(&bad, None).unwrap();
    assert!(memory.entries.is_empty(), "{memory:?}");
}

#[test]
fn action_that_misbehaves_harms_no_neighbour() {
    let world = World::new();
    let bad = world.hostile("bad", json!({ "mode": "permanent" }));
    let good = world.hostile("good", json!({ "mode": "ok" }));
    for (mode, ..) in ATTACKS {
        let call = ActionCall {
            plugin: bad.clone(),
            action: "misbehave".to_owned(),
            customer: None,
            input: json!({ "mode": mode }),
            caller: regulars_manifest::Caller::Staff,
        };
        world.host.act(call).unwrap_err();
        assert_only_the_neighbour(&world, &good, visit(&world));
    }
    let customer = visit(&world);
    assert_readable(world, customer);
}
