//! Messages of which nobody knows whether they arrived.

use jiff::SignedDuration;
use regulars::model::*;
use regulars::outbox::SendError;
use serde_json::json;

use super::post::Post;
use super::{against, sending};
use crate::world::{Moves, World, at};

/// The end of a message after an attempt with an unknown result.
type Ending = fn(&World, &Post, &Message);

fn next_attempt(world: &World) {
    world.go_to(world.clock.now_plus_hours(5));
}

const ENDINGS: &[(&str, MessageState, Ending)] = &[
    ("refused", MessageState::Bounced, |world, post, _| {
        post.refuses([SendError::Permanent("not wanted".to_owned())]);
        next_attempt(world);
    }),
    ("failed", MessageState::Failed, |world, post, _| {
        post.refuses(vec![SendError::Transient("busy".to_owned()); 7]);
        (0..7).for_each(|_| next_attempt(world));
    }),
    ("cancelled", MessageState::Cancelled, |world, _, message| {
        world.host.cancel_message(message.id, "a mistake").unwrap();
    }),
    ("paused", MessageState::Cancelled, |world, _, message| {
        let until = |hours| Preferences {
            paused_until: Some(world.clock.now_plus_hours(hours)),
            channels: None,
        };
        world
            .host
            .set_preferences(message.customer, until(1))
            .unwrap();
        next_attempt(world);
    }),
    ("denied", MessageState::Denied, |world, _, message| {
        let set = |state| world.host.set_plugin_state(&message.plugin, state).unwrap();
        set(InstallationState::Disabled);
        next_attempt(world);
        set(InstallationState::Enabled);
    }),
];

const POLICY: &str = "[quiet_hours]\nenabled = false\n[caps]\nmedium = { most = 1, days = 30 }";

#[test]
fn unconfirmed_message_counts_towards_the_cap() {
    for (name, state, end) in ENDINGS {
        let post = Post::new();
        let world = sending(POLICY, &post);
        let plugin = world.messenger("care", json!({}));
        let ada = world.reachable("Ada", Level::Medium);
        // It is taken, and the channel breaks down before it says so.
        post.panics_once();
        world.record(ada.id, "visit");
        let message = world.messages(ada.id).remove(0);
        assert_eq!((message.state, message.attempts), (MessageState::Queued, 1));
        assert_eq!(post.taken().len(), 1);
        end(&world, &post, &message);
        let ended = world.host.message(message.id).unwrap();
        assert_eq!(ended.state, *state, "{name}: {ended:?}");
        assert_eq!(post.taken().len(), 1, "{name}");
        // The same once more, and something else.
        for (body, rule) in [("It was good to see you.", "repeat"), ("Well done.", "cap")] {
            let settings = json!({ "body": body });
            world
                .host
                .set_plugin_settings(&plugin.id, settings)
                .unwrap();
            world.record(ada.id, "visit");
            let decision = world.last_decision(&plugin);
            assert!(against(&decision).contains(&rule), "{name}: {decision:?}");
        }
    }
}

#[test]
fn refused_message_does_not_count_towards_the_cap() {
    for (name, state, end) in ENDINGS {
        let post = Post::new();
        let world = sending(POLICY, &post);
        let plugin = world.messenger("care", json!({}));
        let ada = world.reachable("Ada", Level::Medium);
        post.refuses([SendError::Transient("busy".to_owned())]);
        world.record(ada.id, "visit");
        let message = world.messages(ada.id).remove(0);
        assert_eq!((message.state, message.attempts), (MessageState::Queued, 1));
        end(&world, &post, &message);
        let ended = world.host.message(message.id).unwrap();
        assert_eq!(ended.state, *state, "{name}: {ended:?}");
        world.record(ada.id, "visit");
        let decision = world.last_decision(&plugin);
        assert_eq!(
            decision.outcome,
            VerdictOutcome::Allow,
            "{name}: {decision:?}"
        );
    }
}

#[test]
fn unconfirmed_message_keeps_its_channel() {
    let post = Post::new();
    let world = sending("", &post);
    world.messenger("care", json!({ "channels": ["email", "desk"] }));
    let ada = world.reachable("Ada", Level::Medium);
    // Seconds before the evening, from which on only the desk is open.
    world.go_to(at("2026-03-02T19:59:50Z"));
    post.panics_once();
    world.record(ada.id, "visit");
    let message = world.messages(ada.id).remove(0);
    assert_eq!(message.channel.as_deref(), Some("email"));
    world.go_to(message.due_at.unwrap() + SignedDuration::from_mins(1));
    assert!(world.host.desk(ada.id).unwrap().cards.is_empty());
    let message = world.host.message(message.id).unwrap();
    assert_eq!(message.state, MessageState::Queued, "{message:?}");
    world.go_to(at("2026-03-03T07:00:00Z"));
    let message = world.host.message(message.id).unwrap();
    assert_eq!(message.state, MessageState::Sent);
    let ids: Vec<MessageId> = post.taken().iter().map(|it| it.message.id).collect();
    assert_eq!(ids, [message.id; 2]);
}

#[test]
fn unconfirmed_message_fails_without_its_channel() {
    let post = Post::new();
    let world = sending(POLICY, &post);
    world.messenger("care", json!({ "channels": ["email", "desk"] }));
    let ada = world.reachable("Ada", Level::Medium);
    post.panics_once();
    world.record(ada.id, "visit");
    let point = world.host.contact_points(ada.id).unwrap().remove(0);
    world.host.remove_contact_point(ada.id, point).unwrap();
    next_attempt(&world);
    assert!(world.host.desk(ada.id).unwrap().cards.is_empty());
    let message = world.messages(ada.id).remove(0);
    assert_eq!(message.state, MessageState::Denied, "{message:?}");
    assert!(against(&message.decision).contains(&"route"), "{message:?}");
}
