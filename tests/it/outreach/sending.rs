use jiff::SignedDuration;
use regulars::model::*;
use regulars::outbox::SendError;
use serde_json::json;

use super::post::Post;
use super::{against, sender, sending};
use crate::world::{Moves, World, at, builder, component};

fn hours(world: &World, hours: i64) {
    use regulars::clock::Clock;
    world.go_to(world.clock.now() + SignedDuration::from_hours(hours));
}

#[test]
fn allowed_message_is_sent_and_reported_to_its_plugin() {
    let post = Post::new();
    let world = sending("", &post);
    let plugin = world.messenger("care", json!({ "subject": "Well done", "topic": "yoga" }));
    let ada = world.reachable("Ada Lovelace", Level::Medium);
    let patch = CustomerPatch {
        topics: Some(["yoga".to_owned()].into()),
        ..CustomerPatch::default()
    };
    world.host.update_customer(ada.id, &patch, None).unwrap();
    world.record(ada.id, "visit");
    let [envelope] = &post.taken()[..] else {
        panic!("one message goes")
    };
    assert_eq!(envelope.to.as_deref(), Some("ada.lovelace@example.org"));
    assert_eq!(envelope.attempt, 1);
    assert!(
        envelope
            .page
            .as_ref()
            .unwrap()
            .starts_with("https://crm.example.org/my/")
    );
    assert!(
        envelope
            .unsubscribe
            .as_ref()
            .unwrap()
            .ends_with("/unsubscribe")
    );
    let [message] = &world.messages(ada.id)[..] else {
        panic!("one message is kept")
    };
    assert_eq!(message.state, MessageState::Sent);
    assert_eq!(message.sent_at, Some(world.host.now()));
    assert_eq!(message.topic.as_deref(), Some("yoga"));
    assert_eq!(world.heard(&plugin, ada.id), ["message.sent"]);
    let history = world
        .host
        .timeline(
            ada.id,
            &Default::default(),
            regulars::store::PageRequest::first(10),
        )
        .unwrap();
    let outbound = history
        .items
        .iter()
        .find(|it| it.kind == "message")
        .unwrap();
    assert_eq!(outbound.direction, Direction::Outbound);
    assert_eq!(outbound.body.as_deref(), Some("It was good to see you."));
}

#[test]
fn message_for_the_desk_is_a_card() {
    let post = Post::new();
    let world = sending("", &post);
    world.messenger(
        "care",
        json!({ "channels": ["desk"], "subject": "Say hello" }),
    );
    let ada = world.reachable("Ada", Level::Medium);
    world.record(ada.id, "visit");
    assert!(post.taken().is_empty());
    let desk = world.host.desk(ada.id).unwrap();
    assert_eq!(desk.cards[0].title, "Say hello");
    assert_eq!(world.messages(ada.id)[0].channel.as_deref(), Some("desk"));
}

#[test]
fn temporary_failure_is_retried_then_final() {
    let post = Post::new();
    let world = sending("[quiet_hours]\nenabled = false", &post);
    let plugin = world.messenger("care", json!({}));
    let ada = world.reachable("Ada", Level::Medium);
    post.refuses([SendError::Transient("busy".to_owned())]);
    world.record(ada.id, "visit");
    let waiting = &world.messages(ada.id)[0];
    assert_eq!((waiting.state, waiting.attempts), (MessageState::Queued, 1));
    assert_eq!(waiting.detail.as_deref(), Some("busy"));
    world.go_to(world.host.now() + SignedDuration::from_secs(20));
    assert!(post.taken().is_empty(), "it is too early");
    world.go_to(world.clock.now_plus_minutes(1));
    assert_eq!(post.taken().len(), 1);
    assert_eq!(post.taken()[0].attempt, 2);

    let ben = world.reachable("Ben", Level::Medium);
    post.refuses(vec![SendError::Transient("busy".to_owned()); 100]);
    world.record(ben.id, "visit");
    for _ in 0..20 {
        hours(&world, 5);
    }
    let given_up = &world.messages(ben.id)[0];
    assert_eq!(
        (given_up.state, given_up.attempts),
        (MessageState::Failed, 8)
    );
    assert_eq!(world.heard(&plugin, ben.id), ["message.failed"]);
}

#[test]
fn bounced_address_gets_no_more_messages() {
    let post = Post::new();
    let world = sending("", &post);
    let plugin = world.messenger("care", json!({}));
    let ada = world.reachable("Ada", Level::Medium);
    post.refuses([SendError::NoSuchPoint("no such mailbox".to_owned())]);
    world.record(ada.id, "visit");
    assert_eq!(world.messages(ada.id)[0].state, MessageState::Bounced);
    assert_eq!(world.heard(&plugin, ada.id), ["message.bounced"]);
    hours(&world, 24 * 40);
    world.record(ada.id, "visit");
    assert!(post.taken().is_empty());
    let decision = world.last_decision(&plugin);
    assert_eq!(decision.outcome, VerdictOutcome::Deny);
}

#[test]
fn message_that_may_have_arrived_comes_again_under_its_id() {
    let post = Post::new();
    let world = sending("[quiet_hours]\nenabled = false", &post);
    world.messenger("care", json!({}));
    let ada = world.reachable("Ada", Level::Medium);
    post.panics_once();
    world.record(ada.id, "visit");
    assert_eq!(world.messages(ada.id)[0].state, MessageState::Queued);
    hours(&world, 1);
    let taken = post.taken();
    assert_eq!(taken.len(), 2);
    assert_eq!(taken[0].message.id, taken[1].message.id);
    assert_eq!(world.messages(ada.id)[0].state, MessageState::Sent);
}

#[test]
fn queued_messages_survive_a_restart() {
    let post = Post::new();
    let world = sending("", &post);
    world.messenger("care", json!({}));
    let ada = world.reachable("Ada", Level::Medium);
    world.go_to("2026-03-02T23:00:00Z".parse().unwrap());
    world.record(ada.id, "visit");
    assert!(post.taken().is_empty(), "people sleep");
    let due = world.messages(ada.id)[0].due_at.unwrap();
    assert_eq!(due.to_string(), "2026-03-03T07:00:00Z", "eight in Berlin");
    let World { host, clock, dir } = world;
    host.stop();
    drop(host);
    clock.set(due);
    let host = sender(dir.path(), &clock, "", &post);
    let world = World { host, clock, dir };
    world.host.settle().unwrap();
    assert_eq!(post.taken().len(), 1);
}

#[test]
fn due_message_is_decided_again() {
    let post = Post::new();
    let world = sending("", &post);
    let plugin = world.messenger("care", json!({ "hours": 48 }));
    let ada = world.reachable("Ada", Level::Medium);
    world.go_to("2026-03-02T23:00:00Z".parse().unwrap());
    world.record(ada.id, "visit");
    // A complaint cancels nothing, and holds back whatever is due while it is open.
    world.record_with(ada.id, "complaint", Some("The pool is cold."), json!({}));
    world.go_to("2026-03-03T08:00:00Z".parse().unwrap());
    assert!(post.taken().is_empty());
    let message = &world.messages(ada.id)[0];
    assert!(
        message.state.is_final(),
        "it would come too late: {message:?}"
    );
    assert!(against(&message.decision).contains(&"complaint"));
    let [complaint] = &world.host.complaints(ada.id).unwrap()[..] else {
        panic!("one complaint")
    };
    let closed = world
        .host
        .close_complaint(complaint.interaction, Some("Kim".to_owned()), None);
    assert!(closed.unwrap().closed_at.is_some());
    world.record(ada.id, "visit");
    let decision = world.last_decision(&plugin);
    assert!(!against(&decision).contains(&"complaint"), "{decision:?}");
}

#[test]
fn messages_of_a_disabled_plugin_are_denied() {
    let post = Post::new();
    let world = sending("", &post);
    let plugin = world.messenger("care", json!({}));
    let ada = world.reachable("Ada", Level::Medium);
    world.go_to("2026-03-02T23:00:00Z".parse().unwrap());
    world.record(ada.id, "visit");
    world
        .host
        .set_plugin_state(&plugin.id, InstallationState::Disabled)
        .unwrap();
    hours(&world, 24);
    assert!(post.taken().is_empty());
    assert_eq!(world.messages(ada.id)[0].state, MessageState::Denied);
}

#[test]
fn messages_of_a_quarantined_plugin_wait() {
    let post = Post::new();
    let World { host, clock, dir } = sending("", &post);
    drop(host);
    let quick = regulars::config::Config {
        quarantine_after: 1,
        time_zone: "Europe/Berlin".to_owned(),
        seed: Some(7),
        ..Default::default()
    };
    let host = builder(dir.path(), &clock)
        .config(quick)
        .channels(regulars::outbox::Channels::new().with(post.channel()))
        .build()
        .unwrap();
    let world = World { host, clock, dir };
    let plugin = world.messenger("care", json!({}));
    let ada = world.reachable("Ada", Level::Medium);
    world.go_to(at("2026-03-02T23:00:00Z"));
    world.record(ada.id, "visit");
    let due = world.messages(ada.id)[0].due_at.unwrap();
    let behave = |purpose| {
        let settings = json!({ "purpose": purpose });
        world
            .host
            .set_plugin_settings(&plugin.id, settings)
            .unwrap();
    };
    behave("nonsense");
    world.record(ada.id, "visit");
    world.go_to(due);
    let state = world.host.installation(&plugin.id).unwrap().state;
    assert_eq!(state, InstallationState::Quarantined);
    let message = &world.messages(ada.id)[0];
    assert!(post.taken().is_empty());
    assert_eq!(message.state, MessageState::Queued, "{message:?}");
    assert!(message.due_at.unwrap() > due);
    assert!(against(&message.decision).contains(&"plugin"));
    behave("care");
    world.host.resume_plugin(&plugin.id).unwrap();
    hours(&world, 2);
    assert_eq!(post.taken().len(), 1);
    assert_eq!(world.messages(ada.id)[0].state, MessageState::Sent);
}

#[test]
fn messages_are_denied_after_the_grant_is_withdrawn() {
    let post = Post::new();
    let world = sending("", &post);
    let plugin = world.messenger("care", json!({}));
    let ada = world.reachable("Ada", Level::Medium);
    world.go_to(at("2026-03-02T23:00:00Z"));
    world.record(ada.id, "visit");
    let mut grants = plugin.grants.clone();
    grants
        .effects
        .remove(&regulars_manifest::EffectKind::Message);
    let mut request = regulars::host::InstallRequest::new(component("messenger"), "messenger.wasm");
    request.id = Some(plugin.id.clone());
    request.grants = Some(grants);
    request.replace = true;
    world.host.install(request).unwrap();
    hours(&world, 24);
    assert!(post.taken().is_empty());
    let message = &world.messages(ada.id)[0];
    assert_eq!(message.state, MessageState::Denied);
    assert!(
        message.detail.as_ref().unwrap().contains("grant"),
        "{message:?}"
    );
}

#[test]
fn expired_messages_are_not_sent_after_downtime() {
    let post = Post::new();
    let world = sending("[waiting]\ndays = 3", &post);
    world.messenger("care", json!({}));
    let ada = world.reachable("Ada", Level::Medium);
    world.go_to(at("2026-03-02T23:00:00Z"));
    world.record(ada.id, "visit");
    assert_eq!(world.messages(ada.id)[0].state, MessageState::Queued);
    // The host was off for four days.
    hours(&world, 4 * 24 + 10);
    assert!(post.taken().is_empty());
    let message = &world.messages(ada.id)[0];
    assert_eq!(message.state, MessageState::Denied);
    assert!(
        against(&message.decision).contains(&"waiting"),
        "{message:?}"
    );
}

#[test]
fn unrecorded_send_is_repeated_under_its_id() {
    let post = Post::new();
    let world = sending("[quiet_hours]\nenabled = false", &post);
    world.messenger("care", json!({}));
    let ada = world.reachable("Ada", Level::Medium);
    let sql = rusqlite::Connection::open(world.dir.path().join("crm.db")).unwrap();
    sql.execute_batch(
        "CREATE TRIGGER broken BEFORE UPDATE ON message WHEN new.state = 'sent'
         BEGIN SELECT raise(ABORT, 'broken'); END",
    )
    .unwrap();
    let visit = regulars::host::NewInteraction::new(ada.id, "visit");
    world.host.record(visit).unwrap();
    assert!(world.host.settle().is_err());
    let message = world.messages(ada.id).remove(0);
    assert_eq!(message.state, MessageState::Sending);
    assert_eq!(post.taken().len(), 1);
    sql.execute_batch("DROP TRIGGER broken").unwrap();
    // Its lease is over.
    world.go_to(world.clock.now_plus_minutes(6));
    let message = world.messages(ada.id).remove(0);
    assert_eq!((message.state, message.attempts), (MessageState::Sent, 2));
    let ids: Vec<MessageId> = post.taken().iter().map(|it| it.message.id).collect();
    assert_eq!(ids, [message.id; 2]);
}

#[test]
fn answer_reaches_the_asking_plugin() {
    let post = Post::new();
    let world = sending("", &post);
    let plugin = world.messenger("care", json!({}));
    let (ada, ben) = (
        world.reachable("Ada", Level::Medium).id,
        world.reachable("Ben", Level::Low).id,
    );
    world.record(ada, "visit");
    let message = post.taken()[0].message.id;
    let answer = |customer, named: String| {
        let data = json!({ "in_reply_to": named });
        world.record_with(customer, "message", Some("Thank you"), data);
    };
    answer(ben, message.to_string());
    answer(ada, "nothing that was sent".to_owned());
    answer(ada, format!("<{message}@crm.example.org>"));
    assert_eq!(
        world.heard(&plugin, ada),
        ["message.sent", "message.answered"]
    );
    assert!(
        world.heard(&plugin, ben).is_empty(),
        "it was not his to answer"
    );
}
