//! The questions, the stored answers, and the silence otherwise.

use ask_once::AskOnce;
use regulars_sdk::testing::{Past, Scene, past};
use regulars_sdk::{Effect, EffectKind, Question};
use serde_json::{Value, json};

fn bought(category: &str) -> Past {
    past("purchase").data(json!({"total": 4.5, "lines": [{"category": category}]}))
}

fn coffee_drinker() -> Scene<AskOnce> {
    Scene::new().interactions((1..=5).map(|n| bought("Coffee ").days_ago(7 * n)))
}

/// Returns `count` visits on Tuesdays at 18:00 in Berlin, through a clock change, the last one a week ago.
fn tuesdays(count: u32) -> Scene<AskOnce> {
    let scene = Scene::new()
        .now("2026-04-21T16:00:00Z")
        .timezone("Europe/Berlin");
    scene.interactions((1..=count).map(|n| {
        let winter = u32::from(n > 3);
        past("visit").hours_ago(7 * 24 * n - winter)
    }))
}

#[test]
fn asks_about_nearly_constant_category() {
    let run = coffee_drinker().interaction_recorded(bought("coffee"));
    let question = run.question();
    assert_eq!(
        question.text,
        "You often choose coffee. May we ask what makes it the one for you?"
    );
    assert_eq!(
        question.because.reason,
        "6 of 6 things in 6 purchases were coffee."
    );
    assert_eq!(question.because.evidence.len(), 6);
}

#[test]
fn silent_below_share_or_number() {
    Scene::<AskOnce>::new()
        .interaction_recorded(bought("coffee"))
        .no_effects();
    let mixed = coffee_drinker().interactions([bought("tea"), bought("milk")]);
    { mixed }
        .interaction_recorded(bought("coffee"))
        .no_effects();
    let mut scene = coffee_drinker().interaction(bought("tea"));
    assert!(
        scene
            .interaction_recorded(bought("coffee"))
            .has(EffectKind::Ask),
        "6 of 7"
    );
}

#[test]
fn purchase_category_counts_without_lines() {
    let whole = || past("purchase").data(json!({"category": "Tea"}));
    let scene = Scene::<AskOnce>::new().interactions((0..5).map(|_| whole()));
    assert!(
        { scene }
            .interaction_recorded(whole())
            .question()
            .text
            .contains("tea")
    );
}

#[test]
fn units_and_amounts_alone_say_nothing() {
    let bare = || past("purchase").data(json!({"units": 2, "amount_usd": 11.77}));
    let scene = Scene::<AskOnce>::new().interactions((1..40).map(|n| bare().days_ago(n)));
    { scene }.interaction_recorded(bare()).no_effects();
}

#[test]
fn asks_about_time_of_week() {
    let run = tuesdays(7).interaction_recorded(past("visit"));
    assert_eq!(run.question().id, "why-time");
    assert_eq!(
        run.question().because.reason,
        "8 of 8 visits were at the same time of the week."
    );
    tuesdays(6).interaction_recorded(past("visit")).no_effects();
    let irregular = (1..=4).map(|n| past("visit").hours_ago(61 * n));
    { tuesdays(7).interactions(irregular) }
        .interaction_recorded(past("visit"))
        .no_effects();
}

#[test]
fn sunday_night_is_next_to_monday_morning() {
    // The week for comparisons starts at a Thursday's midnight.
    let at = |n: u32| {
        if n.is_multiple_of(2) {
            "23:40"
        } else {
            "00:20"
        }
    };
    let days = ["2026-03-04", "2026-03-12", "2026-03-18", "2026-03-26"];
    let visits = days
        .iter()
        .zip(0..)
        .map(|(day, n)| past("visit").at(&format!("{day}T{}:00Z", at(n))));
    let scene = Scene::<AskOnce>::new()
        .settings(json!({"min_visits": 4}))
        .interactions(visits);
    let mut scene = scene.now("2026-04-01T23:50:00Z");
    assert!(
        scene
            .interaction_recorded(past("visit"))
            .has(EffectKind::Ask)
    );
}

#[test]
fn once_and_never_again() {
    let mut scene = coffee_drinker();
    let run = scene.interaction_recorded(bought("coffee"));
    scene.apply(&run);
    scene.interaction_recorded(bought("coffee")).no_effects();
    scene.days_pass(3000);
    let visits = (1..=8).map(|n| past("visit").days_ago(7 * n));
    let mut scene = scene.interactions(visits);
    scene.interaction_recorded(past("visit")).no_effects();
}

#[test]
fn keeps_answer_as_stated() {
    let mut scene = coffee_drinker().settings(json!({"tag": "told us"}));
    let run = scene.interaction_recorded(bought("coffee"));
    scene.apply(&run);
    let answered = scene.question_answered(run.question(), " For my mother, she can't go out. ");
    assert_eq!(answered.effects()[1], Effect::Tag("told us".to_owned()));
    scene.apply(&answered);
    let told: Value = scene.act("answer", json!({})).output();
    assert_eq!(told["stated"]["answer"], "For my mother, she can't go out.");
    assert_eq!(told["asked"]["id"], "why-category");
}

#[test]
fn ignores_blank_and_foreign_answers() {
    let mut scene = coffee_drinker();
    let run = scene.interaction_recorded(bought("coffee"));
    scene.apply(&run);
    scene.question_answered(run.question(), "  ").no_effects();
    scene
        .question_answered(&Question::new("other", "?"), "yes")
        .no_effects();
    let told: Value = scene.act("answer", json!({})).output();
    assert_eq!(told["stated"], Value::Null);
}

#[test]
fn each_pattern_can_be_disabled() {
    let off = json!({"ask_about_purchases": false, "ask_about_visits": false});
    { coffee_drinker().settings(off.clone()) }
        .interaction_recorded(bought("coffee"))
        .no_effects();
    { tuesdays(9).settings(off) }
        .interaction_recorded(past("visit"))
        .no_effects();
}

#[test]
fn odd_data_does_not_panic() {
    let long = "x".repeat(100_000);
    let odd = [
        json!(null),
        json!("coffee"),
        json!({"lines": "coffee"}),
        json!({"lines": [null, 1, {"category": 4}, {"category": "  "}]}),
        json!({"category": {"name": "coffee"}}),
        json!({"category": long}),
    ];
    let mut scene = Scene::<AskOnce>::new();
    for data in odd {
        scene
            .interaction_recorded(past("purchase").data(data))
            .no_effects();
    }
}
