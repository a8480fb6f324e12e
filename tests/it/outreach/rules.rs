use regulars::model::*;
use regulars::outbox::SendError;
use serde_json::json;

use super::post::Post;
use super::{against, sending};
use crate::world::{World, at};

/// A world in which a message to Ada waits for the morning.
fn waiting(post: &Post) -> (World, Installation, CustomerId) {
    let world = sending("", post);
    let plugin = world.messenger("care", json!({}));
    let ada = world.reachable("Ada", Level::High).id;
    world.go_to(at("2026-03-02T23:00:00Z"));
    world.record(ada, "visit");
    assert_eq!(world.messages(ada)[0].state, MessageState::Queued);
    (world, plugin, ada)
}

#[test]
fn opt_out_cancels_queued_messages_before_it_returns() {
    type Less = fn(&World, CustomerId);
    let ways: [(&str, Less); 6] = [
        ("level", |world, ada| drop(world.level(ada, Level::Low))),
        ("pause", |world, ada| {
            let preferences = Preferences {
                paused_until: Some(at("2026-05-01T00:00:00Z")),
                channels: None,
            };
            world.host.set_preferences(ada, preferences).unwrap();
        }),
        ("consent", |world, ada| {
            world.consent(ada, Purpose::Care, ConsentState::Withdrawn);
        }),
        ("suppression", |world, ada| {
            let point = world.host.contact_points(ada).unwrap().remove(0);
            let reason = SuppressionReason::Requested;
            world.host.suppress(&point, reason, "staff").unwrap();
        }),
        ("suppression of another writing", |world, ada| {
            let mut point = world.host.contact_points(ada).unwrap().remove(0);
            point.value = point.value.to_uppercase();
            let reason = SuppressionReason::Requested;
            world.host.suppress(&point, reason, "staff").unwrap();
        }),
        ("unsubscribe", |world, ada| {
            let message = world.messages(ada)[0].id;
            world.host.unsubscribe(message, "one-click").unwrap();
        }),
    ];
    for (way, less) in ways {
        let post = Post::new();
        let (world, _, ada) = waiting(&post);
        less(&world, ada);
        let message = &world.messages(ada)[0];
        assert_eq!(message.state, MessageState::Cancelled, "{way}");
        assert!(
            message.detail.is_some() && message.due_at.is_none(),
            "{way}"
        );
        world.go_to(at("2026-03-04T10:00:00Z"));
        assert!(post.taken().is_empty(), "{way}");
    }
}

#[test]
fn unsubscribe_covers_all_plugins_and_customers_of_the_address() {
    let post = Post::new();
    let world = sending("", &post);
    let plugin = world.messenger("care", json!({}));
    let ada = world.reachable("Ada", Level::High).id;
    world.record(ada, "visit");
    let sent = post.taken().remove(0).message.id;
    world.host.unsubscribe(sent, "one-click").unwrap();
    world.host.unsubscribe(sent, "one-click").unwrap();
    world.host.settle().unwrap();
    assert_eq!(
        world.heard(&plugin, ada),
        ["message.sent", "message.unsubscribed"]
    );
    // Her brother has the same address, written otherwise.
    let ben = world.reachable("Ben", Level::High).id;
    let own = world.host.contact_points(ben).unwrap().remove(0);
    world.host.remove_contact_point(ben, own).unwrap();
    let shared = ContactPoint {
        kind: ContactKind::Email,
        value: "ADA@Example.org".to_owned(),
        label: None,
    };
    world.host.add_contact_point(ben, shared).unwrap();
    let other = world.messenger_with("orders", json!({ "purpose": "service" }), 0, true);
    world.record(ben, "purchase");
    assert_eq!(against(&world.last_decision(&other)), ["suppression"]);
    assert_eq!(post.taken().len(), 1);
}

/// Puts a contact point in the place of the only one that a customer has.
fn instead(world: &World, customer: CustomerId, kind: ContactKind, value: &str) {
    for own in world.host.contact_points(customer).unwrap() {
        world.host.remove_contact_point(customer, own).unwrap();
    }
    let value = value.to_owned();
    let point = ContactPoint {
        kind,
        value,
        label: None,
    };
    world.host.add_contact_point(customer, point).unwrap();
}

#[test]
fn unsubscribe_covers_other_spellings_of_the_address() {
    let post = Post::new();
    let (world, _, ada) = waiting(&post);
    let ben = world.reachable("Ben", Level::High).id;
    instead(&world, ben, ContactKind::Email, "ADA@Example.org");
    world.record(ben, "visit");
    assert_eq!(world.messages(ben)[0].state, MessageState::Queued);
    let point = world.host.contact_points(ada).unwrap().remove(0);
    let reason = SuppressionReason::Requested;
    world.host.suppress(&point, reason, "staff").unwrap();
    assert_eq!(world.messages(ben)[0].state, MessageState::Cancelled);
}

#[test]
fn suppression_covers_every_spelling_of_a_number() {
    let world = sending("", &Post::new());
    let number = |value: &str| ContactPoint {
        kind: ContactKind::Tel,
        value: value.to_owned(),
        label: None,
    };
    let reason = SuppressionReason::Requested;
    let suppressed = number("+49 (0)30 123-456");
    world.host.suppress(&suppressed, reason, "staff").unwrap();
    for same in ["+4930123456", "0049 30 123456", "+49 30 / 12 34 56"] {
        assert!(
            world.host.suppression(&number(same)).unwrap().is_some(),
            "{same}"
        );
    }
    for other in ["+4930123457", "030123456"] {
        assert!(
            world.host.suppression(&number(other)).unwrap().is_none(),
            "{other}"
        );
    }
}

#[test]
fn reentered_contact_point_lifts_the_bounce() {
    let post = Post::new();
    let world = sending("", &post);
    let plugin = world.messenger("care", json!({}));
    let ada = world.reachable("Ada", Level::High).id;
    post.refuses([SendError::NoSuchPoint("550".to_owned())]);
    world.record(ada, "visit");
    assert_eq!(world.messages(ada)[0].state, MessageState::Bounced);
    // Whoever has it next has what does not work.
    let ben = world.reachable("Ben", Level::High).id;
    instead(&world, ben, ContactKind::Email, "ADA@example.org");
    world.record(ben, "visit");
    assert_eq!(against(&world.last_decision(&plugin)), ["channel"]);
    let point = world.host.contact_points(ada).unwrap().remove(0);
    world.host.add_contact_point(ada, point).unwrap();
    world.record(ben, "visit");
    assert_eq!(post.taken().len(), 1);
}

#[test]
fn preference_change_keeps_concurrent_changes() {
    let world = sending("", &Post::new());
    let ada = world.reachable("Ada", Level::High).id;
    let until = at("2026-05-01T00:00:00Z");
    let channels = Some(["email".to_owned()].into());
    let mut first = true;
    let saved = world.host.change_preferences(ada, |it| {
        if std::mem::take(&mut first) {
            let other = Preferences {
                paused_until: Some(until),
                channels: None,
            };
            world.host.set_preferences(ada, other).unwrap();
        }
        it.channels.clone_from(&channels);
    });
    let both = Preferences {
        paused_until: Some(until),
        channels,
    };
    assert_eq!(saved.unwrap(), both);
    assert_eq!(world.host.preferences(ada).unwrap(), both);
}

#[test]
fn plugins_own_records_are_no_ground_for_service() {
    let post = Post::new();
    let world = sending("", &post);
    let settings = json!({ "purpose": "service", "echo": true });
    let echo = world.messenger_with("messenger", settings, 0, true);
    let ada = world.reachable("Ada", Level::Low).id;
    world.record(ada, "visit");
    // It recorded something as if she had said it, and wants to answer that.
    assert_eq!(against(&world.last_decision(&echo)), ["service"]);
    assert!(post.taken().is_empty());
}

#[test]
fn service_needs_the_grant_and_something_that_the_customer_did() {
    let post = Post::new();
    let world = sending("", &post);
    let declared = world.messenger("declared", json!({ "purpose": "service" }));
    let ada = world.reachable("Ada", Level::Low).id;
    world.record(ada, "visit");
    assert_eq!(against(&world.last_decision(&declared)), ["service"]);
    assert!(post.taken().is_empty());
    world
        .host
        .set_plugin_state(&declared.id, InstallationState::Disabled)
        .unwrap();
    let granted = world.messenger_with("granted", json!({ "purpose": "service" }), 0, true);
    world.record(ada, "purchase");
    assert_eq!(post.taken().len(), 1, "{:?}", world.last_decision(&granted));
}

#[test]
fn missing_consent_denies_messages() {
    let post = Post::new();
    let world = sending("", &post);
    let plugin = world.messenger("care", json!({}));
    let ada = world.customer("Ada").id;
    let point = ContactPoint {
        kind: ContactKind::Email,
        value: "ada@example.org".to_owned(),
        label: None,
    };
    world.host.add_contact_point(ada, point).unwrap();
    world.level(ada, Level::High);
    world.record(ada, "visit");
    assert_eq!(against(&world.last_decision(&plugin)), ["consent"]);
    assert!(post.taken().is_empty());
}

#[test]
fn raised_level_is_audited() {
    let world = sending("", &Post::new());
    let ada = world.reachable("Ada", Level::Medium).id;
    world.level(ada, Level::Low);
    let audit = world
        .host
        .audit(regulars::store::PageRequest::first(50))
        .unwrap();
    let raised: Vec<_> = audit
        .items
        .iter()
        .filter(|it| it.act == Act::LevelRaised)
        .collect();
    assert_eq!(raised.len(), 1);
    assert_eq!(raised[0].details, json!({ "from": "low", "to": "medium" }));
}
