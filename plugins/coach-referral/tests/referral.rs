//! Referrals, questions, and customers who are left in peace.

use coach_referral::CoachReferral;
use regulars_sdk::testing::{Past, Scene, past};
use regulars_sdk::{EffectKind, Scope, instant};
use serde_json::{Value, json};

fn weighed(days_ago: u32, kg: f64) -> Past {
    past("measurement")
        .days_ago(days_ago)
        .data(json!({"metric": "weight_kg", "value": kg}))
}

fn goal(target: f64) -> Past {
    let goal = json!({"goal": {"metric": "weight_kg", "target": target}});
    past("note").days_ago(60).internal().data(goal)
}

/// Returns a customer with a visit every other day, up to the day before yesterday.
fn regular() -> Scene<CoachReferral> {
    let visits = (1..=12).map(|n| past("visit").days_ago(2 * n));
    Scene::new()
        .customer(|c| c.given_name("Ada"))
        .interactions(visits)
}

fn stuck() -> Scene<CoachReferral> {
    regular().interactions([
        goal(75.0),
        weighed(56, 82.4),
        weighed(30, 82.0),
        weighed(2, 82.1),
    ])
}

#[test]
fn refers_frequent_customer_without_progress() {
    let reading = json!({"reading": "https://gym.example/plateaus"});
    let run = stuck()
        .settings(reading)
        .interaction_recorded(past("visit"));
    let card = run.suggestion();
    assert_eq!(card.title, "Introduce Ada to a trainer");
    assert_eq!(
        card.because.reason,
        "13 visits in 30 days, and weight kg went from 82.4 to 82.1 in 54 days, the goal is 75."
    );
    assert!(
        card.body.ends_with("To read: https://gym.example/plateaus"),
        "{}",
        card.body
    );
    assert_eq!(
        card.because.evidence.len(),
        14,
        "two measurements and twelve visits"
    );
    assert_eq!(card.action.as_deref(), Some("why"));
}

#[test]
fn refers_on_event_of_measurement() {
    let scene = regular().interactions([goal(75.0), weighed(40, 82.4)]);
    assert!(
        { scene }
            .interaction_recorded(weighed(0, 82.4))
            .has(EffectKind::Suggest)
    );
}

#[test]
fn progress_needs_no_referral() {
    for last in [81.6, 75.0, 74.0] {
        let scene = regular().interactions([goal(75.0), weighed(56, 82.4), weighed(1, last)]);
        { scene }.interaction_recorded(past("visit")).no_effects();
    }
}

#[test]
fn moving_away_is_no_progress() {
    for (target, last) in [(75.0, 84.0), (90.0, 80.0)] {
        let scene = regular().interactions([goal(target), weighed(56, 82.4), weighed(1, last)]);
        assert!(
            { scene }
                .interaction_recorded(past("visit"))
                .has(EffectKind::Suggest)
        );
    }
}

#[test]
fn short_measurements_say_nothing() {
    let scene = regular().interactions([goal(75.0), weighed(27, 82.4), weighed(0, 82.4)]);
    let run = { scene }.interaction_recorded(past("visit"));
    run.no_effects();
    run.logged("not measured over 28 days");
    let once = regular().interactions([goal(75.0), weighed(40, 82.4)]);
    { once }.interaction_recorded(past("visit")).no_effects();
}

#[test]
fn infrequent_customer_needs_no_referral() {
    let mut scene = stuck().settings(json!({"visits": 14}));
    scene.interaction_recorded(past("visit")).no_effects();
    assert!(
        scene
            .interaction_recorded(past("visit"))
            .has(EffectKind::Suggest)
    );
}

#[test]
fn not_again_for_sixty_days() {
    let mut scene = stuck();
    let run = scene.interaction_recorded(past("visit"));
    scene.apply(&run);
    scene
        .interaction_recorded(past("visit"))
        .logged("suggested 0 days ago");
    let referred = scene.now_is() - 59 * instant::DAY;
    let mut scene = scene.memory(Scope::Customer, "referred-at", &referred);
    scene.interaction_recorded(past("visit")).no_effects();
    let mut scene = scene.memory(Scope::Customer, "referred-at", &(referred - instant::DAY));
    assert!(
        scene
            .interaction_recorded(past("visit"))
            .has(EffectKind::Suggest)
    );
}

#[test]
fn asks_once_for_missing_goal() {
    let mut scene = regular().interactions([weighed(56, 82.4), weighed(2, 82.4)]);
    let run = scene.interaction_recorded(past("visit"));
    let question = run.question();
    assert_eq!(question.text, "What are you training for at the moment?");
    scene.apply(&run);
    scene.interaction_recorded(past("visit")).no_effects();

    let answered = scene.question_answered(question, " a half marathon ");
    assert_eq!(
        answered.remembered::<String>("training-for"),
        "a half marathon"
    );
    scene.apply(&answered);
    scene.interaction_recorded(past("visit")).no_effects();
    let why: Value = scene.act("why", json!({})).output();
    assert_eq!(why["training_for"], "a half marathon");
}

#[test]
fn asking_can_be_disabled() {
    let mut scene = regular().settings(json!({"ask_for_goal": false}));
    scene.interaction_recorded(past("visit")).no_effects();
}

#[test]
fn last_stated_goal_counts() {
    let mut scene = stuck();
    scene.add(weighed(1, 82.0).data(json!({"goal": {"metric": "bench_kg", "target": 100}})));
    scene
        .interaction_recorded(past("visit"))
        .logged("bench kg was not measured");
}

#[test]
fn odd_data_does_not_panic() {
    let odd = [
        json!(null),
        json!([1, 2]),
        json!({"goal": "thin"}),
        json!({"goal": {"metric": 7, "target": "75"}}),
        json!({"metric": "weight_kg", "value": "heavy"}),
        json!({"metric": "weight_kg"}),
    ];
    let mut scene = stuck();
    for (n, data) in odd.into_iter().enumerate() {
        scene.add(past("measurement").days_ago(n as u32).data(data));
    }
    assert!(
        scene
            .interaction_recorded(past("visit"))
            .has(EffectKind::Suggest)
    );

    let at_goal = regular().interactions([goal(75.0), weighed(56, 75.0), weighed(1, 75.0)]);
    { at_goal }
        .interaction_recorded(past("visit"))
        .logged("the goal is reached");
}

#[test]
fn why_explains_what_it_sees() {
    let why: Value = stuck().act("why", json!({})).output();
    assert_eq!(why["visits"], 12);
    assert_eq!((&why["first"], &why["last"]), (&json!(82.4), &json!(82.1)));
    assert_eq!(why["goal"]["target"], 75.0);
    assert_eq!(why["would_refer"], true);
    let stranger: Value = Scene::<CoachReferral>::new().act("why", json!({})).output();
    assert_eq!(stranger["why"], "0 visits in 30 days; 12 are often");
}
