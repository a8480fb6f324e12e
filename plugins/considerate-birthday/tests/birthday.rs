//! The edge cases of birthdays and of considerate greetings.

use considerate_birthday::ConsiderateBirthday;
use regulars_sdk::testing::{Person, Scene, past};
use regulars_sdk::{Birthday, EffectKind, Level, Scope};
use serde_json::{Value, json};

/// Returns Ada, whose birthday is 4 May, at 09:00 on that day in Berlin. Her last visit was three days ago.
fn ada(say: impl FnOnce(Person) -> Person) -> Scene<ConsiderateBirthday> {
    Scene::new()
        .now("2026-05-04T07:00:00Z")
        .timezone("Europe/Berlin")
        .customer(|c| say(c.given_name("Ada").birthday(Birthday::new(1990, 5, 4))))
        .interaction(past("visit").days_ago(3))
}

#[test]
fn cue_names_recent_contacts() {
    let visits = (1..12).map(|n| past("visit").days_ago(2 * n));
    let run = ada(|c| c).interactions(visits).schedule("birthday");
    let cue = run.suggestion();
    assert_eq!(cue.title, "Wish Ada a happy birthday in person");
    assert_eq!(
        cue.body,
        "It is today. 12 visits in the last 30 days, most recently 2 days ago. A kind word is enough."
    );
    assert_eq!(cue.because.evidence.len(), 12);
    assert_eq!(run.remembered::<i32>("greeted"), 2026);
    assert!(!run.has(EffectKind::Message), "low is service only");
}

#[test]
fn message_needs_wanted_level() {
    let sent = |level, settings: Value| {
        let run = ada(|c| c.level(level))
            .settings(settings)
            .schedule("birthday");
        run.has(EffectKind::Message)
    };
    assert!(sent(Level::High, json!({})));
    assert!(!sent(Level::Medium, json!({})));
    assert!(sent(Level::Medium, json!({"message_at_medium": true})));
    assert!(!sent(Level::Low, json!({"message_at_medium": true})));
}

#[test]
fn message_is_signed_without_age() {
    let run = ada(|c| c.level(Level::High))
        .settings(json!({"signature": "Bo, of the gym"}))
        .schedule("birthday");
    let message = run.message();
    assert_eq!(
        message.body,
        "Dear Ada,\n\nwe wish you a happy birthday.\n\nBo, of the gym"
    );
    assert_eq!(message.dedupe_key, "birthday-2026");
    assert!(!format!("{:?}", run.effects()).contains("36"));
}

#[test]
fn never_the_only_contact() {
    let alone = || ada(|c| c.level(Level::High)).now("2026-05-04T07:00:00Z");
    let mut scene = alone().settings(json!({"min_contacts": 2}));
    let run = scene.schedule("birthday");
    run.no_effects();
    run.logged("out of nowhere");

    scene.add(past("message").outbound().days_ago(1));
    scene.add(past("note").days_ago(1));
    scene.schedule("birthday").no_effects();
    scene.add(past("purchase").days_ago(80));
    assert!(scene.schedule("birthday").has(EffectKind::Suggest));
}

#[test]
fn old_contacts_do_not_count() {
    let mut scene = ada(|c| c);
    scene.history_is([past("visit").days_ago(91)]);
    scene.schedule("birthday").no_effects();
    let mut scene = scene.settings(json!({"recent_days": 365}));
    assert!(
        scene
            .schedule("birthday")
            .suggestion()
            .body
            .contains("1 visit in the last 365 days")
    );
}

#[test]
fn once_a_year() {
    let mut scene = ada(|c| c);
    let run = scene.schedule("birthday");
    scene.apply(&run);
    let again = scene.schedule("birthday");
    again.no_effects();
    again.logged("greeted in 2026 already");
    let mut next_year = scene
        .now("2027-05-04T07:00:00Z")
        .interaction(past("visit").days_ago(1));
    assert!(next_year.schedule("birthday").has(EffectKind::Suggest));
}

#[test]
fn born_on_a_leap_day() {
    let greeted = |now: &str| {
        let scene = ada(|c| c.birthday(Birthday::new(1992, 2, 29)));
        let mut scene = scene.now(now).interaction(past("visit").days_ago(1));
        scene.schedule("birthday").has(EffectKind::Suggest)
    };
    assert!(
        greeted("2027-02-28T08:00:00Z"),
        "28 February in a common year"
    );
    assert!(!greeted("2027-03-01T08:00:00Z"));
    assert!(greeted("2028-02-29T08:00:00Z"));
    assert!(!greeted("2028-02-28T08:00:00Z"));
}

#[test]
fn unknown_year_is_greeted() {
    for birthday in [Birthday::yearless(5, 4), Birthday::new(1604, 5, 4)] {
        let run = ada(|c| c.birthday(birthday).level(Level::High)).schedule("birthday");
        assert!(!format!("{:?}", run.message()).contains("422"));
    }
}

#[test]
fn day_is_local_to_customer() {
    // 4 May in Auckland is still 3 May in UTC.
    let mut scene = ada(|c| c)
        .now("2026-05-03T21:00:00Z")
        .timezone("Pacific/Auckland");
    scene.add(past("visit").days_ago(1));
    assert!(scene.schedule("birthday").has(EffectKind::Suggest));
}

#[test]
fn odd_input_does_not_panic() {
    ada(|c| c.birthday(Birthday::yearless(4, 31)))
        .schedule("birthday")
        .no_effects();
    let nameless = Scene::<ConsiderateBirthday>::new()
        .now("2026-05-04T09:00:00Z")
        .customer(|c| {
            c.given_name("  ")
                .birthday(Birthday::yearless(5, 4))
                .level(Level::High)
        })
        .memory(Scope::Customer, "greeted", &"never")
        .interaction(past("visit").days_ago(1).data(json!(["odd"])))
        .schedule("birthday");
    assert_eq!(
        nameless.suggestion().title,
        "Wish them a happy birthday in person"
    );
    assert!(nameless.message().body.starts_with("we wish"));
}

#[test]
fn next_says_when_and_why() {
    let mut scene = ada(|c| c.birthday(Birthday::new(1992, 2, 29)));
    let next: Value = scene.act("next", json!({})).output();
    assert_eq!(next["date"], "2027-02-28");
    assert_eq!(next["in_days"], 300);
    assert_eq!(next["would_greet"], true);

    let mut stranger = Scene::<ConsiderateBirthday>::new();
    let next: Value = stranger.act("next", json!({})).output();
    assert_eq!(next["why"], "no birthday is known");
}
