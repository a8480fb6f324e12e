use welcome_back::WelcomeBack;

use regulars_sdk::testing::{Scene, past};
use serde_json::json;

/// Ada, last here this many days ago.
fn ada(days: u32) -> Scene<WelcomeBack> {
    Scene::new()
        .customer(|c| c.given_name("Ada"))
        .interaction(past("visit").days_ago(days))
}

#[test]
fn returning_customer_is_welcomed_once() {
    let mut scene = ada(60);
    let run = scene.interaction_recorded(past("visit"));
    assert_eq!(run.suggestion().title, "Welcome Ada back");
    assert_eq!(run.suggestion().because.reason, "Away for 60 days.");
    assert_eq!(run.suggestion().because.evidence.len(), 2);

    scene.apply(&run); // keeps memory, timers and tags for the next event
    scene.days_pass(1);
    scene.interaction_recorded(past("visit")).no_effects();
}

#[test]
fn frequent_visitor_gets_no_card() {
    let run = ada(59).interaction_recorded(past("visit"));
    run.no_effects();
    run.logged("not away for long: 59 of 60 days");
}

#[test]
fn setting_changes_the_days_away() {
    let mut scene = ada(30).settings(json!({ "away_days": 30 }));
    let run = scene.interaction_recorded(past("visit"));
    assert_eq!(run.suggestion().because.reason, "Away for 30 days.");
}

#[test]
fn first_visit_is_no_return() {
    let run = Scene::<WelcomeBack>::new().interaction_recorded(past("visit"));
    run.no_effects();
    run.logged("no visit before this one");
}
