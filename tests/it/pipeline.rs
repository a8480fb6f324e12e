//! Recording, order, exactly-once, timers, decisions.

use regulars::host::{InstallRequest, NewCustomer, NewInteraction};
use regulars::model::*;
use regulars::store::PageRequest;
use regulars::{Blame, Error};
use serde_json::json;

use crate::world::{Moves, World, at, component};

#[test]
fn recording_is_idempotent_by_id() {
    let world = World::new();
    let plugin = world.hostile("counter", json!({ "mode": "remember-count" }));
    let customer = world.customer("Ada Lovelace").id;
    let new = NewInteraction {
        id: Some("01970000-0000-7000-8000-000000000001".parse().unwrap()),
        body: Some("once".to_owned()),
        ..NewInteraction::new(customer, "visit")
    };
    let first = world.host.record(new.clone()).unwrap();
    world.host.settle().unwrap();
    world.clock.advance(jiff::SignedDuration::from_secs(9));
    let second = world.host.record(new.clone()).unwrap();
    world.host.settle().unwrap();
    assert!(!first.repeated && second.repeated);
    assert_eq!(first.interaction, second.interaction);
    assert_eq!(world.runs(&plugin).len(), 1);

    let other = NewInteraction {
        body: Some("twice".to_owned()),
        ..new
    };
    let error = world.host.record(other).unwrap_err();
    assert!(matches!(error, Error::Duplicate { .. }), "{error}");
    assert_eq!(error.blame(), Blame::Caller);
}

#[test]
fn history_fires_no_plugin_and_is_visible() {
    let world = World::new();
    let plugin = world.hostile("ok", json!({ "mode": "ok" }));
    let customer = world.customer("Ada Lovelace").id;
    let new = NewInteraction {
        occurred_at: Some(at("2020-01-01T00:00:00Z")),
        historical: true,
        ..NewInteraction::new(customer, "visit")
    };
    assert_eq!(world.host.record(new).unwrap().event, None);
    world.host.settle().unwrap();
    assert!(world.runs(&plugin).is_empty());
    let page = PageRequest::first(10);
    assert_eq!(
        world
            .host
            .timeline(customer, &Default::default(), page)
            .unwrap()
            .items
            .len(),
        1
    );
}

#[test]
fn events_of_one_customer_are_handled_in_order() {
    let world = World::new();
    let plugin = world.hostile("counter", json!({ "mode": "remember-count" }));
    let customers: Vec<CustomerId> = (0..10)
        .map(|n| world.customer(&format!("C{n}")).id)
        .collect();
    let new: Vec<NewInteraction> = (0..500)
        .map(|n| NewInteraction::new(customers[n % customers.len()], "visit"))
        .collect();
    for recorded in world.host.record_all(new) {
        recorded.unwrap();
    }
    world.host.settle().unwrap();
    for customer in customers {
        let memory = world.host.memory(&plugin, Some(customer)).unwrap();
        assert_eq!(memory.version, 50);
        let counts: Vec<&Json> = memory.entries.values().collect();
        assert_eq!(counts, [&json!(50)]);
        let story = world
            .host
            .explain(customer, PageRequest::first(100))
            .unwrap();
        let remembered: Vec<Json> = story
            .items
            .iter()
            .filter(|explained| explained.kind == "interaction.recorded")
            .map(
                |explained| match &explained.runs[0].run.proposals[0].effect {
                    Effect::Remember {
                        value: Some(value), ..
                    } => value.clone(),
                    other => panic!("{other:?}"),
                },
            )
            .collect();
        let expected: Vec<Json> = (1..=50).rev().map(Json::from).collect();
        assert_eq!(remembered, expected, "newest first");
    }
}

#[test]
fn acknowledged_events_are_handled_after_a_restart() {
    let mut world = World::new();
    let plugin = world.hostile("counter", json!({ "mode": "remember-count" }));
    let customer = world.customer("Ada Lovelace").id;
    for round in 0..5 {
        let new = (0..200)
            .map(|_| NewInteraction::new(customer, "visit"))
            .collect();
        for recorded in world.host.record_all(new) {
            recorded.unwrap();
        }
        world = world.restart();
        assert!(world.host.counts().unwrap().interactions == 200 * (round + 1));
    }
    world.host.settle().unwrap();
    let memory = world.host.memory(&plugin, Some(customer)).unwrap();
    let counts: Vec<&Json> = memory.entries.values().collect();
    assert_eq!(counts, [&json!(1000)], "each event was handled once");
    assert_eq!(world.host.counts().unwrap().runs, 1000);
}

#[test]
fn overfull_customer_queue_keeps_order_and_handles_once() {
    let world = World::without_workers();
    let mut request = InstallRequest::new(component("counter"), "counter.wasm");
    request.id = Some("counter".parse().unwrap());
    let plugin = world.host.install(request).unwrap().id;
    let (ada, bob) = (world.customer("Ada Lovelace").id, world.customer("Bob").id);
    let mut seen = counter::Seen::default();
    let visits = |count: usize| vec![NewInteraction::new(ada, "visit"); count];
    let mut tell = |world: &World, count: usize| {
        for recorded in world.host.record_all(visits(count)) {
            seen.add(&recorded.unwrap().interaction.id.to_string());
        }
    };
    tell(&world, 1500);
    let last = world.host.record(NewInteraction::new(bob, "visit"));
    last.unwrap();
    let world = world.restart();
    // And some more, while they are being taken up.
    tell(&world, 300);
    world.host.settle().unwrap();
    let told = world.host.memory(&plugin, Some(ada)).unwrap();
    let told = told.entries[counter::SEEN].clone();
    assert_eq!(serde_json::from_value::<counter::Seen>(told).unwrap(), seen);
    assert_eq!(world.host.counts().unwrap().runs, 1801);
}

#[test]
fn plugin_sees_its_grants_alone() {
    let world = World::new();
    world.install("considerate-birthday");
    let wasm = component("considerate-birthday");
    let inspected = world.host.inspect(wasm.clone()).unwrap();
    let mut narrow = Grants::all_requested(&inspected.manifest);
    narrow.fields.clear();
    let mut request = InstallRequest::new(wasm.clone(), "narrow");
    request.id = Some("narrow".parse().unwrap());
    request.grants = Some(narrow.clone());
    world.host.install(request).unwrap();
    let ada = world
        .host
        .create_customer(NewCustomer {
            birthday: Some("--06-01".parse().unwrap()),
            ..NewCustomer::default()
        })
        .unwrap();
    let next = |plugin: &str| {
        world
            .host
            .act(ActionCall {
                plugin: plugin.parse().unwrap(),
                action: "next".to_owned(),
                customer: Some(ada.id),
                input: json!({}),
                caller: regulars_manifest::Caller::Staff,
            })
            .unwrap()
            .output
            .to_string()
    };
    assert!(next("considerate-birthday").contains("2026-06-01"));
    assert!(
        !next("narrow").contains("2026-06-01"),
        "the birthday was not granted"
    );

    // More than it asks for cannot be granted.
    narrow
        .fields
        .insert(regulars_manifest::CustomerField::DisplayName);
    let mut request = InstallRequest::new(wasm, "wide");
    request.id = Some("wide".parse().unwrap());
    request.grants = Some(narrow);
    let error = world.host.install(request).unwrap_err();
    assert!(
        matches!(&error, Error::Invalid { field, .. } if field == "/grants/fields"),
        "{error}"
    );
}

#[test]
fn disabled_plugin_sees_no_event() {
    let world = World::new();
    let plugin = world.hostile("ok", json!({ "mode": "ok" }));
    let customer = world.customer("Ada Lovelace").id;
    world
        .host
        .set_plugin_state(&plugin, InstallationState::Disabled)
        .unwrap();
    world.record(customer, "visit");
    assert!(world.runs(&plugin).is_empty());
    let world = world.restart();
    world
        .host
        .set_plugin_state(&plugin, InstallationState::Enabled)
        .unwrap();
    world.record(customer, "visit");
    assert_eq!(
        world.runs(&plugin).len(),
        1,
        "it starts at the newest event"
    );
}

#[test]
fn settings_are_checked_against_the_plugins_schema() {
    let world = World::new();
    let mut request = InstallRequest::new(component("overheard"), "overheard.wasm");
    request.settings = Some(json!({ "sla_hours": "soon" }));
    let error = world.host.install(request).unwrap_err();
    assert!(
        matches!(&error, Error::Invalid { field, .. } if field == "/settings/sla_hours"),
        "{error}"
    );
}

#[test]
fn message_without_a_channel_goes_nowhere_and_says_why() {
    let world = World::starting("2026-03-01T05:00:00Z");
    let birthday = world.install("considerate-birthday");
    let ada = world
        .host
        .create_customer(NewCustomer {
            birthday: Some("--03-01".parse().unwrap()),
            level: Level::High,
            since: Some(at("2025-01-01T00:00:00Z")),
            ..NewCustomer::default()
        })
        .unwrap();
    for day in 1..=5 {
        let new = NewInteraction {
            occurred_at: Some(world.host.now() - jiff::SignedDuration::from_hours(24 * day)),
            historical: true,
            ..NewInteraction::new(ada.id, "visit")
        };
        world.host.record(new).unwrap();
    }
    world.go_to(at("2026-03-01T08:00:00Z"));
    assert!(world.messages(ada.id).is_empty());
    let refused = world.last_decision(&birthday);
    assert_eq!(refused.outcome, VerdictOutcome::Deny);
    assert_eq!(
        crate::outreach::against(&refused),
        ["channel"],
        "this host has no channel but the desk"
    );
}

#[test]
fn unknown_customers_and_bad_fields_are_named() {
    let world = World::new();
    let nobody: CustomerId = "01970000-0000-7000-8000-00000000dead".parse().unwrap();
    let error = world
        .host
        .record(NewInteraction::new(nobody, "visit"))
        .unwrap_err();
    assert!(
        matches!(
            error,
            Error::NotFound {
                what: "customer",
                ..
            }
        ),
        "{error}"
    );

    let ada = world.customer("Ada Lovelace").id;
    let error = world
        .host
        .record(NewInteraction::new(ada, "vist"))
        .unwrap_err();
    assert!(
        matches!(&error, Error::Invalid { field, .. } if field == "/kind"),
        "{error}"
    );
    assert!(
        error.to_string().contains("visit"),
        "it says what would be accepted: {error}"
    );

    let future = NewInteraction {
        occurred_at: Some(at("2030-01-01T00:00:00Z")),
        ..NewInteraction::new(ada, "visit")
    };
    let error = world.host.record(future).unwrap_err();
    assert!(
        matches!(&error, Error::Invalid { field, .. } if field == "/occurred_at"),
        "{error}"
    );
}

/// Installs a plugin with less than it asks for.
fn install_narrowed(world: &World, name: &str, narrow: impl FnOnce(&mut Grants)) -> InstallationId {
    let wasm = component(name);
    let mut grants = Grants::all_requested(&world.host.inspect(wasm.clone()).unwrap().manifest);
    narrow(&mut grants);
    let mut request = InstallRequest::new(wasm, name);
    request.grants = Some(grants);
    world.host.install(request).unwrap().id
}

#[test]
fn events_do_not_reveal_ungranted_data() {
    let world = World::new();
    let plugin = install_narrowed(&world, "ask-once", |grants| {
        grants
            .history
            .retain(|grant| !grant.kinds.contains("purchase"));
    });
    let customer = world.customer("Ada Lovelace").id;
    world.record(customer, "purchase");
    assert!(world.runs(&plugin).is_empty(), "it was told of a purchase");
    world.record(customer, "visit");
    assert_eq!(world.runs(&plugin).len(), 1);
}

#[test]
fn schedules_do_not_reveal_ungranted_data() {
    let world = World::starting("2026-05-09T12:00:00Z");
    let plugin = install_narrowed(&world, "considerate-birthday", |grants| {
        grants.fields.clear()
    });
    let new = NewCustomer {
        birthday: Some("--05-10".parse().unwrap()),
        ..NewCustomer::default()
    };
    world.host.create_customer(new).unwrap();
    world.go_to(at("2026-05-10T12:00:00Z"));
    assert!(
        world.runs(&plugin).is_empty(),
        "being called told it whose birthday it is"
    );
}

#[test]
fn upgrade_widens_no_grant() {
    let world = World::new();
    let id = install_narrowed(&world, "considerate-birthday", |grants| {
        grants.fields.clear();
    });
    world
        .host
        .set_plugin_state(&id, InstallationState::Disabled)
        .unwrap();
    let mut request = InstallRequest::new(component("considerate-birthday"), "another path");
    request.replace = true;
    let replaced = world.host.install(request).unwrap();
    assert!(replaced.grants.fields.is_empty(), "{:?}", replaced.grants);
    assert!(!replaced.grants.history.is_empty());
    assert_eq!(replaced.state, InstallationState::Disabled);
}

#[test]
fn interaction_cannot_take_the_place_of_another_event() {
    let world = World::new();
    let plugin = world.hostile("ok", json!({ "mode": "ok" }));
    let customer = world.customer("Ada Lovelace").id;
    let created = world.host.events(0, 1).unwrap().remove(0);
    let new = NewInteraction {
        id: Some(InteractionId(created.id.0)),
        ..NewInteraction::new(customer, "visit")
    };
    assert!(world.host.record(new).unwrap().event.is_some());
    world.host.settle().unwrap();
    assert_eq!(world.runs(&plugin).len(), 1, "the event was dropped");
}

#[test]
fn retries_wait_for_a_disabled_plugin() {
    let world = World::new();
    let plugin = world.hostile("bad", json!({ "mode": "retry" }));
    let customer = world.customer("Ada Lovelace").id;
    world.record(customer, "visit");
    world
        .host
        .set_plugin_state(&plugin, InstallationState::Disabled)
        .unwrap();
    world.go_to(world.clock.now_plus_hours(24));
    assert_eq!(world.deferred().len(), 1);
    world
        .host
        .set_plugin_settings(&plugin, json!({ "mode": "ok" }))
        .unwrap();
    world
        .host
        .set_plugin_state(&plugin, InstallationState::Enabled)
        .unwrap();
    world.go_to(world.clock.now_plus_hours(2));
    assert!(world.deferred().is_empty());
    assert_eq!(world.last_run(&plugin).outcome, RunOutcome::Completed);
}

#[test]
fn action_comes_after_all_that_was_recorded_before() {
    let world = World::new();
    world.install("overheard");
    let plugin = world.hostile("counter", json!({ "mode": "remember-count" }));
    let customer = world.customer("Ada Lovelace").id;
    let call = || ActionCall {
        plugin: "overheard".parse().unwrap(),
        action: "record".to_owned(),
        customer: Some(customer),
        input: json!({ "remark": "It is cold in here.", "heard_by": "Anna" }),
        caller: regulars_manifest::Caller::Staff,
    };
    let new = (0..200)
        .map(|_| NewInteraction::new(customer, "visit"))
        .collect();
    for recorded in world.host.record_all(new) {
        recorded.unwrap();
    }
    world.host.act(call()).unwrap();
    let counted = |at_least: u64| {
        let memory = world.host.memory(&plugin, Some(customer)).unwrap();
        let count = memory
            .entries
            .values()
            .next()
            .and_then(Json::as_u64)
            .unwrap();
        assert!(count >= at_least, "{count} of {at_least}");
    };
    counted(200);
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for _ in 0..10 {
                    world.host.act(call()).unwrap();
                    world
                        .host
                        .record(NewInteraction::new(customer, "visit"))
                        .unwrap();
                }
            });
        }
    });
    world.host.settle().unwrap();
    counted(200 + 80 + 81);
    assert_eq!(world.tasks(customer).len(), 81);
    world.host.stop();
    assert!(matches!(world.host.act(call()), Err(Error::Stopped)));
}
