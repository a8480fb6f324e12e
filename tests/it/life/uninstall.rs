//! A plugin is taken out, and what it leaves.

use regulars::Error;
use regulars::host::{LeftMemory, NewConsent};
use regulars::model::*;
use regulars::store::PageRequest;
use serde_json::json;

use super::{keeper, kept, next, remembered};
use crate::outreach::post::Post;
use crate::world::{Moves, World, at, builder};

/// A host that can send, in quiet hours: what is to be sent waits.
fn night() -> World {
    let dir = tempfile::tempdir().unwrap();
    let clock = regulars::clock::ManualClock::new(at("2026-03-01T22:30:00Z"));
    let channels = regulars::outbox::Channels::new().with(Post::new().channel());
    let host = builder(dir.path(), &clock)
        .channels(channels)
        .build()
        .unwrap();
    World { host, clock, dir }
}

#[test]
fn uninstall_closes_questions_and_keeps_tasks_of_people() {
    let world = night();
    world.install("keeper");
    let ada = world.customer("Ada Lovelace").id;
    let patch = CustomerPatch {
        level: Some(Level::High),
        ..CustomerPatch::default()
    };
    world.host.update_customer(ada, &patch, None).unwrap();
    let point = ContactPoint {
        kind: ContactKind::Email,
        value: "ada@example.org".to_owned(),
        label: None,
    };
    world.host.add_contact_point(ada, point).unwrap();
    let consent = NewConsent {
        kind: ContactKind::Email,
        purpose: Purpose::Care,
        state: ConsentState::Given,
        source: "form".to_owned(),
        at: None,
        note: None,
    };
    world.host.consent(ada, consent).unwrap();
    world.record_with(ada, "visit", Some("card ask task write wake"), json!({}));
    let desk = world.host.desk(ada).unwrap();
    assert_eq!(
        (desk.cards.len(), desk.questions.len(), desk.tasks.len()),
        (1, 1, 1)
    );
    let query = regulars::store::MessageQuery {
        customer: Some(ada),
        ..regulars::store::MessageQuery::default()
    };
    let messages = || {
        world
            .host
            .messages(&query, PageRequest::first(10))
            .unwrap()
            .items
    };
    assert_eq!(
        messages()[0].state,
        MessageState::Queued,
        "{:?}",
        messages()
    );

    world.host.uninstall(&keeper(), LeftMemory::Keep).unwrap();
    let desk = world.host.desk(ada).unwrap();
    assert_eq!(
        (desk.cards.len(), desk.questions.len(), desk.tasks.len()),
        (0, 0, 1)
    );
    let message = messages().remove(0);
    assert_eq!(message.state, MessageState::Cancelled);
    assert!(message.detail.unwrap().contains("uninstalled"));
    assert!(matches!(
        world.host.installation(&keeper()),
        Err(Error::NotFound { .. })
    ));
    // Nobody hears of anything, not even a year later, and nothing waits for nobody.
    world.record(ada, "visit");
    world.go_to(world.clock.now_plus_hours(24 * 100));
    assert_eq!(remembered(&world, Some(ada)), json!({ "visits": 1 }));
    assert!(world.deferred().is_empty());
    world
        .host
        .close_task(desk.tasks[0].id, "done", None, None)
        .unwrap();
    world.host.settle().unwrap();
    world.sound();

    // It finds its memory again, and starts with the next event.
    let again = world.install("keeper");
    assert!(again.version > 2, "{}", again.version);
    world.record(ada, "visit");
    assert_eq!(remembered(&world, Some(ada)), json!({ "visits": 2 }));
    world.sound();
}

#[test]
fn purged_memory_is_gone_with_the_versions_that_were_kept() {
    let world = World::new();
    world.install("keeper");
    let ada = world.customer("Ada Lovelace").id;
    world.record(ada, "visit");
    world.host.upgrade(&keeper(), next()).unwrap();
    world.host.uninstall(&keeper(), LeftMemory::Keep).unwrap();
    assert_eq!(
        remembered(&world, Some(ada)),
        json!({ "count": { "visit": 1 } })
    );
    // It can be purged later, too.
    world.host.uninstall(&keeper(), LeftMemory::Purge).unwrap();
    assert_eq!(remembered(&world, Some(ada)), json!({}));
    assert_eq!(remembered(&world, None), json!({}));
    world.install("keeper");
    assert_eq!(kept(&world), [""; 0]);
    let nobody: InstallationId = "nobody".parse().unwrap();
    for memory in [LeftMemory::Keep, LeftMemory::Purge] {
        let refused = world.host.uninstall(&nobody, memory);
        assert!(matches!(refused, Err(Error::NotFound { .. })));
    }
}

#[test]
fn uninstall_drops_deferred_events() {
    let world = World::new();
    let id = world.hostile("hostile", json!({ "mode": "retry" }));
    let ada = world.customer("Ada Lovelace").id;
    world.record(ada, "visit");
    assert_eq!(world.deferred().len(), 1);
    world.host.uninstall(&id, LeftMemory::Keep).unwrap();
    assert!(world.deferred().is_empty());
    world.go_to(world.clock.now_plus_hours(24));
    world.sound();
}
