//! Reports of rehearsals, and rehearsals that are refused.

use regulars::Error;
use regulars::clock::ManualClock;
use regulars::host::{InstallRequest, NewConsent, NewInteraction};
use regulars::model::*;
use regulars::outbox::Channels;
use regulars::rehearse::{Progress, RehearseRequest};
use serde_json::json;

use super::{FROM, arrive, did, mail, rehearse, request, somebody};
use crate::outreach::post::Post;
use crate::world::{World, at, builder, component};

pub const UNTIL: &str = "2026-03-31T07:00:00Z";
pub const ADA: u128 = 0x1000;
pub const BEN: u128 = 0x1001;

pub fn id(number: u128) -> CustomerId {
    CustomerId(uuid::Uuid::from_u128(number))
}

/// Ada, at level high, visits five times at noon in March; Ben once. All of it is imported.
pub fn visits() -> World {
    let world = World::without_workers();
    world.clock.set(at(UNTIL));
    come(&world);
    world
}

pub fn come(world: &World) {
    let mut ada = somebody("Ada", ADA);
    ada.level = Level::High;
    arrive(world, &[ada, somebody("Ben", BEN)]);
    let mut all: Vec<NewInteraction> = (0..5)
        .map(|number| {
            let day = format!("2026-03-{:02}T12:00:00Z", 2 + 5 * number);
            did(0x2000 + number, id(ADA), "visit", &day)
        })
        .collect();
    all.push(did(0x3000, id(BEN), "visit", "2026-03-10T12:00:00Z"));
    world.host.import(all).unwrap();
}

pub fn messenger(settings: Json) -> RehearseRequest {
    let mut wanted = request("messenger", at(FROM), at(UNTIL));
    wanted.settings = Some(settings);
    wanted
}

pub fn hostile(mode: &str) -> RehearseRequest {
    let mut wanted = request("hostile", at(FROM), at(UNTIL));
    wanted.settings = Some(json!({ "mode": mode }));
    wanted
}

#[test]
fn report_counts_reached_customers_and_denying_rules() {
    let report = rehearse(&visits(), messenger(json!({ "channels": ["desk"] })));
    assert_eq!((report.people, report.people_affected), (2, 1));
    assert_eq!(
        (report.came.runs, report.occasions.interactions),
        (6 + report.came.sent, 6)
    );
    // The same text again within 60 days is no news; Ben wants service only.
    assert_eq!(report.came.sent, 1);
    let rules: Vec<(&str, u64)> = report
        .came
        .rules
        .iter()
        .map(|rule| (rule.rule.as_str(), rule.denied))
        .collect();
    assert!(rules.contains(&("level", 1)), "{rules:?}");
    let bars: Vec<(u64, u64)> = report
        .contacts
        .of_plugin
        .iter()
        .map(|bar| (bar.contacts, bar.people))
        .collect();
    assert_eq!(bars, [(0, 1), (1, 1)]);
    let most = &report.most_affected[..];
    assert_eq!(most.len(), 1);
    assert_eq!((most[0].name.as_deref(), most[0].sent), (Some("Ada"), 1));
    let sent: u64 = report.contacts.weeks.iter().map(|week| week.sent).sum();
    assert_eq!((report.contacts.weeks.len(), sent), (5, 1));
    let allowed = &report.samples[0];
    assert_eq!(allowed.proposal.decision.outcome, VerdictOutcome::Allow);
    assert_eq!(allowed.evidence[0].kind, "visit");
    let cited = &allowed.proposal.effect.because().unwrap().evidence;
    assert_eq!(allowed.evidence[0].id, cited[0]);
}

#[test]
fn failures_are_counted_by_kind_with_an_example() {
    let report = rehearse(&visits(), hostile("panic"));
    assert_eq!((report.came.runs, report.came.failed), (6, 6));
    let failure = &report.came.failures[0];
    assert_eq!((failure.kind, failure.count), (FailureKind::Trap, 6));
    assert!(failure.example.detail.contains("the guest panics about"));
    assert!(report.came.proposals.is_empty());
    let report = rehearse(&visits(), hostile("forged-evidence"));
    assert_eq!(report.came.failures[0].kind, FailureKind::BadEvidence);
}

#[test]
fn stored_secret_satisfies_a_rehearsal_without_entering_it() {
    const SECRET: &str = "zqxsecretsecret";
    let world = visits();
    let told = NewInteraction {
        body: Some("tell".to_owned()),
        ..did(0x4000, id(BEN), "visit", "2026-03-11T12:00:00Z")
    };
    world.host.import(vec![told]).unwrap();
    let keeper = |settings: Option<Json>| RehearseRequest {
        settings,
        ..request("keeper", at(FROM), at(UNTIL))
    };
    let tells_nothing = |report: &regulars::rehearse::Rehearsal| {
        let shown = serde_json::to_string(report).unwrap();
        assert!(shown.contains("no key"), "{shown}");
        assert!(!shown.contains(SECRET), "{shown}");
    };
    tells_nothing(&rehearse(&world, keeper(Some(json!({ "key": SECRET })))));
    let refused = world
        .host
        .rehearse(keeper(Some(json!({ "key": "zqx" }))), &Progress::new());
    let Err(Error::Invalid { field, problem }) = refused else {
        panic!("too short a key is taken");
    };
    assert_eq!(field, "/settings/key");
    assert!(!problem.contains("zqx"), "{problem}");
    // Installed with a secret, it is rehearsed with what is kept.
    let mut install = InstallRequest::new(component("keeper"), "keeper.wasm");
    install.settings = Some(json!({ "key": SECRET }));
    world.host.install(install).unwrap();
    tells_nothing(&rehearse(&world, keeper(None)));
}

#[test]
fn consents_and_suppressions_are_those_of_then() {
    let dir = tempfile::tempdir().unwrap();
    let clock = ManualClock::new(at(UNTIL));
    let post = Post::new();
    let channels = Channels::new().with(post.channel());
    let host = builder(dir.path(), &clock)
        .channels(channels)
        .without_workers();
    let host = host.build().unwrap();
    let world = World { host, clock, dir };
    come(&world);
    let point = mail();
    world
        .host
        .add_contact_point(id(ADA), point.clone())
        .unwrap();
    // Between her visits of the 2nd and the 7th, and of the 12th and the 17th.
    for (when, state) in [
        ("2026-03-05T00:00:00Z", ConsentState::Given),
        ("2026-03-15T00:00:00Z", ConsentState::Withdrawn),
    ] {
        let said = NewConsent {
            kind: ContactKind::Email,
            purpose: Purpose::Care,
            state,
            source: "staff".to_owned(),
            at: Some(at(when)),
            note: None,
        };
        world.host.consent(id(ADA), said).unwrap();
    }
    let wanted = || messenger(json!({ "channels": ["email"] }));
    let report = rehearse(&world, wanted());
    assert_eq!(report.came.sent, 1, "{:?}", report.came.rules);
    assert_eq!(report.samples[0].at, at("2026-03-07T12:00:00Z"));
    // Suppressed now, at the window's end: it was not then.
    world
        .host
        .suppress(&point, SuppressionReason::Requested, "staff")
        .unwrap();
    assert_eq!(rehearse(&world, wanted()).came.sent, 1);
    assert!(post.taken().is_empty(), "somebody was written to");
}

#[test]
fn same_database_and_component_give_the_same_report() {
    let world = visits();
    let text = |wanted: RehearseRequest| serde_json::to_string(&rehearse(&world, wanted)).unwrap();
    for wanted in [
        messenger(json!({ "channels": ["desk"] })),
        request("counter", at(FROM), at(UNTIL)),
    ] {
        assert_eq!(text(wanted.clone()), text(wanted));
    }
}

#[test]
fn new_version_is_compared_with_the_installed_version() {
    let world = visits();
    let mut installed = InstallRequest::new(component("messenger"), "messenger.wasm");
    installed.settings = Some(json!({ "channels": ["desk"], "body": "Hello." }));
    let installed = world.host.install(installed).unwrap();
    let against = |settings: Json| {
        let mut wanted = messenger(settings);
        wanted.against = Some(installed.id.clone());
        let report = rehearse(&world, wanted);
        assert!(report.beside.is_empty(), "it runs beside itself");
        assert_eq!(report.plugin.in_place_of.as_deref(), Some("0.1.0"));
        report.against.unwrap()
    };
    let same = against(json!({ "channels": ["desk"], "body": "Hello." }));
    assert_eq!((same.new.proposals, same.gone.proposals), (0, 0));
    // One is sent, and the one after it waits.
    assert_eq!((same.reworded.proposals, same.same), (0, 2));
    assert_eq!((same.came.sent, same.came.messages.waiting), (1, 1));
    let other = against(json!({ "channels": ["desk"], "body": "Good day." }));
    assert_eq!((other.reworded.proposals, other.reworded.people), (2, 1));
    let example = &other.reworded.examples[0];
    assert!(example.before.as_ref().unwrap().ends_with("Hello."));
    assert!(example.after.as_ref().unwrap().ends_with("Good day."));
    let gone = against(json!({ "channels": ["pigeon"], "body": "Hello." }));
    assert_eq!((gone.gone.proposals, gone.people_with_fewer), (2, 1));
    assert_eq!((gone.new.proposals, gone.people_with_more), (0, 0));
}

#[test]
fn impossible_rehearsals_are_refused_by_name() {
    let world = visits();
    let refused = |wanted: RehearseRequest| {
        let refused = world.host.rehearse(wanted, &Progress::new());
        refused.unwrap_err()
    };
    let backwards = refused(request("messenger", at(UNTIL), at(FROM)));
    assert!(matches!(backwards, Error::Invalid { field, .. } if field == "/from"));
    let to_come = at("2027-01-01T00:00:00Z");
    let to_come = refused(request("messenger", at(FROM), to_come));
    assert!(matches!(to_come, Error::Invalid { field, .. } if field == "/until"));
    let mut unknown = messenger(json!({}));
    unknown.against = Some("nobody".parse().unwrap());
    assert!(matches!(refused(unknown), Error::NotFound { .. }));
    let wrong = refused(messenger(json!({ "hours": "many" })));
    assert!(matches!(wrong, Error::Invalid { field, .. } if field == "/settings/hours"));
    let not_wasm = RehearseRequest::new(b"no".to_vec(), at(FROM), at(UNTIL));
    assert!(matches!(refused(not_wasm), Error::Plugin(_)));
}
