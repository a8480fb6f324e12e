//! The testing kit refuses what the host would refuse.

use hostile::Hostile;
use regulars_sdk::testing::{Run, Scene, past};
use regulars_sdk::{EffectKind, Failure};
use serde_json::json;

fn run(mode: &str) -> Run {
    let settings = json!({"mode": mode, "evidence": "another customer's"});
    Scene::<Hostile>::new()
        .settings(settings)
        .interaction_recorded(past("visit").id("visit-1"))
}

#[test]
fn kit_accepts_effects_within_the_rules() {
    assert_eq!(run("ok").suggestion().because.evidence, ["visit-1"]);
    assert_eq!(run("remember-count").remembered::<u64>("count"), 1);
    assert!(run("chain").has(EffectKind::Record));
}

#[test]
fn kit_refuses_effects_with_the_broken_rule() {
    for (mode, why) in [
        (
            "forged-evidence",
            "`suggest`: \"01890000-0000-7000-8000-000000000000\" is not in this customer's history",
        ),
        (
            "other-evidence",
            "`suggest`: \"another customer's\" is not in this customer's history",
        ),
        (
            "mixed",
            "`suggest`: \"01890000-0000-7000-8000-000000000000\" is not in this customer's history",
        ),
        ("empty-reason", "`suggest`: reason is empty"),
        ("no-evidence", "`suggest`: it cites no evidence"),
        ("ungranted", "the manifest does not propose `message`"),
        (
            "ungranted-record",
            "`record`: the manifest does not propose to record \"purchase\"",
        ),
    ] {
        assert_eq!(run(mode).refusals(), [why], "{mode}");
    }
}

#[test]
#[should_panic(expected = "the host would refuse this")]
fn refused_effect_fails_the_test() {
    let _ = run("mixed").has(EffectKind::Suggest);
}

#[test]
fn failures_are_told() {
    assert_eq!(run("retry").failure(), &Failure::retry("not today"));
    assert_eq!(run("permanent").failure(), &Failure::permanent("not ever"));
}

#[test]
fn counts_go_on_where_runs_are_applied() {
    let mut scene = Scene::<Hostile>::new().settings(json!({"mode": "remember-count"}));
    for count in 1..=3_u64 {
        let run = scene.interaction_recorded(past("visit"));
        assert_eq!(run.remembered::<u64>("count"), count);
        scene.apply(&run);
    }
}

#[test]
fn action_answers() {
    let mut scene = Scene::<Hostile>::new();
    let echo: serde_json::Value = scene.act("echo", json!({"text": "hello"})).output();
    assert_eq!(echo, json!({"text": "hello"}));
}
