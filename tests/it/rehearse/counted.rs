//! What is counted, and as what.

use regulars::clock::ManualClock;
use regulars::host::InstallRequest;
use regulars::model::*;
use regulars::policy::ContactPolicy;
use regulars::rehearse::{Rehearsal, RehearseRequest};
use serde_json::json;

use super::reports::{ADA, BEN, UNTIL, id, messenger, visits};
use super::{FROM, arrive, did, rehearse, request, somebody};
use crate::world::{World, at, builder, component};

/// How often each rule put something off and denied it.
fn rules(report: &Rehearsal) -> Vec<(&str, u64, u64)> {
    let rules = report.came.rules.iter();
    let mut rules: Vec<_> = rules
        .map(|it| (it.rule.as_str(), it.deferred, it.denied))
        .collect();
    rules.sort_unstable();
    rules
}

#[test]
fn a_message_from_before_comes_as_it_came() {
    let (dir, clock) = (
        tempfile::tempdir().unwrap(),
        ManualClock::new(at("2026-02-28T22:00:00Z")),
    );
    let at_night = ContactPolicy::read("[quiet_hours]\nexcept_channels = []\n").unwrap();
    let host = builder(dir.path(), &clock).policy(at_night);
    let world = World {
        host: host.build().unwrap(),
        clock,
        dir,
    };
    let mut ada = somebody("Ada", ADA);
    ada.level = Level::High;
    arrive(&world, &[ada]);
    let writes = || json!({ "channels": ["desk"] });
    let mut install = InstallRequest::new(component("messenger"), "messenger.wasm");
    install.settings = Some(writes());
    world.host.install(install).unwrap();
    // Proposed at eleven at night, and sent in the morning, when the window begins.
    world.record(id(ADA), "visit");
    world.go_to(at(FROM));
    world.go_to(at("2026-03-01T12:00:00Z"));
    world.record(id(ADA), "visit");
    world.go_to(at("2026-03-01T13:00:00Z"));
    let window = |name: &str| request(name, at(FROM), world.host.now());
    let again = rehearse(
        &world,
        RehearseRequest {
            settings: Some(writes()),
            ..window("messenger")
        },
    );
    // The same may be said again after sixty days, when it is night, and then it is too late.
    assert_eq!(rules(&again), [("repeat", 0, 1), ("waiting", 0, 1)]);
    assert_eq!((again.came.sent, again.came.messages.waiting), (0, 0));
    // What came of it is part of what happened.
    let beside = rehearse(&world, window("hostile"));
    assert_eq!((beside.occasions.interactions, beside.came.runs), (2, 2));
}

#[test]
fn a_complaint_that_a_plugin_recorded_holds_back_what_comes_after() {
    let world = visits();
    world.hostile("complainer", json!({ "mode": "complain" }));
    let remark = did(0x4000, id(ADA), "feedback", "2026-03-01T18:00:00Z");
    world.host.import(vec![remark]).unwrap();
    let wanted = messenger(json!({ "channels": ["desk"], "purpose": "offer", "hours": 24 }));
    let report = rehearse(&world, wanted);
    assert_eq!(report.came.sent, 0);
    let complaint = rules(&report);
    let complaint = complaint.iter().find(|(rule, ..)| *rule == "complaint");
    assert_eq!(complaint.map(|(_, _, denied)| *denied), Some(5));
}

#[test]
fn who_was_imported_without_a_date_was_a_customer_from_the_first_thing_on_that_they_did() {
    let world = World::at_rest();
    world.clock.set(at(UNTIL));
    let new = |name: &str, number: u128| regulars::host::NewCustomer {
        since: None,
        ..somebody(name, number)
    };
    arrive(
        &world,
        &[new("Ada", ADA), new("Ben", BEN), new("Cem", 0x1002)],
    );
    let did = vec![
        did(0x2000, id(ADA), "visit", "2001-05-01T12:00:00Z"),
        did(0x2001, id(BEN), "visit", "2026-03-21T12:00:00Z"),
    ];
    world.host.import(did).unwrap();
    // At three in the morning, for each; of Cem nothing is known.
    let report = rehearse(&world, request("counter", at(FROM), at(UNTIL)));
    assert_eq!(report.occasions.schedules, 30 + 10);
    // Nor is a plugin shown that somebody came before they were a customer.
    let report = rehearse(&world, request("witness", at(FROM), at(UNTIL)));
    let bodies = report.samples.iter().map(|it| &it.proposal.effect);
    let mut bodies = bodies.filter_map(|effect| match effect {
        Effect::Suggest(card) => Some(&card.body),
        _ => None,
    });
    let seen: Json = serde_json::from_str(bodies.next().unwrap()).unwrap();
    let since = at("2026-03-21T12:00:00Z").as_millisecond();
    assert_eq!(seen["customer"][8], since);
}
