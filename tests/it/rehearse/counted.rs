//! Counts in reports of rehearsals.

use regulars::clock::ManualClock;
use regulars::host::{InstallRequest, NewConsent, NewInteraction};
use regulars::model::*;
use regulars::outbox::Channels;
use regulars::policy::ContactPolicy;
use regulars::rehearse::{Rehearsal, RehearseRequest};
use serde_json::json;

use super::reports::{ADA, BEN, UNTIL, come, hostile, id, messenger, visits};
use super::{FROM, arrive, did, mail, rehearse, request, somebody};
use crate::outreach::post::Post;
use crate::world::{World, at, builder, component};

/// Each rule with the numbers of deferrals and denials.
fn rules(report: &Rehearsal) -> Vec<(&str, u64, u64)> {
    let rules = report.came.rules.iter();
    let mut rules: Vec<_> = rules
        .map(|it| (it.rule.as_str(), it.deferred, it.denied))
        .collect();
    rules.sort_unstable();
    rules
}

#[test]
fn rule_that_defers_beyond_expiry_counts_as_denying() {
    let report = rehearse(&visits(), messenger(json!({ "channels": ["desk"] })));
    // Of five that say the same, one is sent, and one waits for sixty days; Ben wants service only.
    assert_eq!(
        rules(&report),
        [("level", 0, 1), ("repeat", 1, 3), ("waiting", 0, 3)]
    );
}

#[test]
fn message_taken_by_another_channel_is_not_deferred() {
    let (dir, clock) = (tempfile::tempdir().unwrap(), ManualClock::new(at(UNTIL)));
    let policy = "[repeat]\ndays = 0\n[caps]\nhigh = { most = 100, days = 7 }\n\
        [[caps.also]]\nmost = 1\ndays = 41\nchannels = [\"email\"]\n";
    let builder = builder(dir.path(), &clock)
        .policy(ContactPolicy::read(policy).unwrap())
        .channels(Channels::new().with(Post::new().channel()));
    let host = builder.without_workers().build().unwrap();
    let world = World { host, clock, dir };
    come(&world);
    world.host.add_contact_point(id(ADA), mail()).unwrap();
    let said = NewConsent {
        kind: ContactKind::Email,
        purpose: Purpose::Care,
        state: ConsentState::Given,
        source: "staff".to_owned(),
        at: Some(at("2026-02-01T00:00:00Z")),
        note: None,
    };
    world.host.consent(id(ADA), said).unwrap();
    let wanted = |channels: &[&str]| messenger(json!({ "channels": channels }));
    let both = rehearse(&world, wanted(&["email", "desk"]));
    assert_eq!((both.came.sent, both.came.messages.waiting), (5, 0));
    // Ben has no address, and wants service only.
    assert_eq!(rules(&both), [("channel", 0, 1), ("level", 0, 1)]);
    // By mail alone, one is sent, one waits for 41 days, and the next ones would wait for too long.
    let mail = rehearse(&world, wanted(&["email"]));
    let cap = rules(&mail).into_iter().find(|(rule, ..)| *rule == "cap");
    assert_eq!(cap, Some(("cap", 1, 3)), "{:?}", rules(&mail));
}

#[test]
fn level_question_counts_as_a_task() {
    let report = rehearse(&visits(), hostile("raise-level"));
    // Ada has all there is, and Ben's task is open.
    assert_eq!((report.came.tasks, report.people_affected), (1, 1));
    let most = &report.most_affected[0];
    assert_eq!((most.name.as_deref(), most.tasks), (Some("Ben"), 1));
}

#[test]
fn earlier_message_keeps_its_outcome() {
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
fn recorded_complaint_holds_back_later_messages() {
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
fn schedule_that_moved_to_another_hour_proposes_the_same() {
    let world = World::without_workers();
    world.clock.set(at(UNTIL));
    let mut ada = somebody("Ada", ADA);
    ada.birthday = Some("1980-03-05".parse().unwrap());
    arrive(&world, &[ada, somebody("Ben", BEN)]);
    let came: Vec<NewInteraction> = (0..3)
        .map(|it| did(0x2000 + it, id(ADA), "visit", "2026-02-20T12:00:00Z"))
        .collect();
    world.host.import(came).unwrap();
    let name = "considerate-birthday";
    let installed = InstallRequest::new(component(name), name);
    let installed = world.host.install(installed).unwrap().id;
    let mut later = component(name);
    let hour = memchr::memmem::find(&later, b"09:00").unwrap();
    later[hour..hour + 5].copy_from_slice(b"10:00");
    let mut wanted = RehearseRequest::new(later, at(FROM), at(UNTIL));
    wanted.against = Some(installed);
    let report = rehearse(&world, wanted);
    assert_eq!(report.samples[0].at, at("2026-03-05T09:00:00Z"));
    let against = report.against.unwrap();
    assert_eq!((against.new.proposals, against.gone.proposals), (0, 0));
    assert_eq!((against.reworded.proposals, against.same), (0, 1));
}

#[test]
fn undated_customer_begins_with_the_first_interaction() {
    let world = World::without_workers();
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
