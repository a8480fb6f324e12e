//! Plugins see their grants, and not a byte more.

use regulars::Host;
use regulars::host::{InstallRequest, NewCustomer, NewInteraction};
use regulars::model::*;
use serde_json::json;

use super::first;
use crate::erasure::rich::disguises;
use crate::world::{Moves, World, at, component};

/// Marks in the customer's data, by the grant that shows them. The last ones are never shown.
pub const MARKS: &[(&str, &[&str])] = &[
    ("display-name", &["zqxdisplay"]),
    ("given-name", &["zqxgiven"]),
    ("language", &["zqxlang"]),
    ("birthday", &["[1931,12,24]"]),
    ("topics", &["zqxtopic"]),
    ("tags", &["zqxtag"]),
    ("complaint", &["zqxcomplaint", "zqxheated"]),
    (
        "",
        &[
            "zqxpurchase",
            "zqxmail",
            "+4930555777",
            "zqxancient",
            "zqxother",
        ],
    ),
];

/// The customer with a past, and another one.
pub fn planted(world: &World) -> CustomerId {
    let new = NewCustomer {
        display_name: Some("zqxdisplay".to_owned()),
        given_name: Some("zqxgiven".to_owned()),
        language: Some("zqxlang".to_owned()),
        birthday: Some("1931-12-24".parse().unwrap()),
        topics: ["zqxtopic".to_owned()].into(),
        tags: ["zqxtag".to_owned()].into(),
        contact_points: vec![
            ContactPoint {
                kind: ContactKind::Email,
                value: "quirin@zqxmail.example".to_owned(),
                label: None,
            },
            ContactPoint {
                kind: ContactKind::Tel,
                value: "+4930555777".to_owned(),
                label: None,
            },
        ],
        ..NewCustomer::default()
    };
    let id = world.host.create_customer(new).unwrap().id;
    let said = |kind: &str, at: Timestamp, text: &str, data: Json| NewInteraction {
        occurred_at: Some(at),
        body: Some(text.to_owned()),
        data: Some(data),
        ..NewInteraction::new(id, kind)
    };
    let days = |days: i64| world.clock.now_plus_hours(-24 * days);
    let past = vec![
        said(
            "complaint",
            days(3),
            "zqxcomplaint",
            json!({ "what": "zqxheated" }),
        ),
        said("purchase", days(2), "zqxpurchase", json!({})),
        said("visit", days(20), "zqxrecent", json!({})),
        said("visit", days(200), "zqxolder", json!({})),
        said("visit", days(400), "zqxancient", json!({})),
    ];
    world.host.import(past).unwrap();
    let other = world.customer("zqxother").id;
    world.record(other, "visit");
    id
}

fn install(host: &Host, narrow: impl Fn(&mut Grants)) {
    let wasm = component("witness");
    let mut grants = host.inspect(wasm.clone()).unwrap().grants;
    narrow(&mut grants);
    let mut request = InstallRequest::new(wasm, "witness.wasm");
    request.grants = Some(grants);
    host.install(request).unwrap();
}

/// Everything that the guest told of, and everything that it could have asked for.
fn seen(world: &World, customer: CustomerId) -> String {
    let run = world.record(customer, "visit").event.unwrap();
    let id: InstallationId = "witness".parse().unwrap();
    let run = world
        .runs(&id)
        .into_iter()
        .find(|it| matches!(&it.trigger, Trigger::Event { event, .. } if *event == run))
        .unwrap();
    assert_eq!(run.outcome, RunOutcome::Completed);
    let transcript = world.host.transcript(run.id).unwrap();
    let call = ActionCall {
        plugin: id,
        action: "tell".to_owned(),
        customer: Some(customer),
        caller: regulars_manifest::Caller::Staff,
        input: json!({ "text": "so" }),
    };
    let told = world.host.act(call).unwrap().output;
    format!(
        "{}\n{}\n{told}",
        serde_json::to_string(&run).unwrap(),
        serde_json::to_string(&transcript).unwrap()
    )
    .replace('\\', "")
}

fn holds(text: &str, mark: &str) -> bool {
    let forms = disguises(mark);
    let mut forms = forms.iter();
    forms.any(|form| memchr::memmem::find(text.as_bytes(), form).is_some())
}

/// A host that keeps every transcript.
fn world() -> World {
    let dir = tempfile::tempdir().unwrap();
    let clock = regulars::clock::ManualClock::new(at("2026-03-01T08:00:00Z"));
    let config = regulars::Config {
        seed: Some(5),
        transcripts: regulars::config::Transcripts {
            one_in: 1,
            ..regulars::config::Transcripts::default()
        },
        ..regulars::Config::default()
    };
    let builder = crate::world::builder(dir.path(), &clock).config(config);
    let host = builder.build().unwrap();
    World { host, clock, dir }
}

#[test]
fn no_byte_that_was_not_granted_reaches_a_guest() {
    // What it remembers of what it saw is its own: each time, another plugin sees another customer.
    let seen_with = |narrow: &dyn Fn(&mut Grants)| {
        let world = world();
        let ada = planted(&world);
        install(&world.host, narrow);
        seen(&world, ada)
    };
    for (left_out, _) in MARKS {
        let seen = seen_with(&|grants| match *left_out {
            "" => {}
            name => grants.leave_out(name).unwrap(),
        });
        for (name, marks) in MARKS {
            for mark in *marks {
                let expected = name != left_out && !name.is_empty();
                let found = holds(&seen, mark);
                assert_eq!(found, expected, "{mark} without {left_out:?}: {seen}");
            }
        }
        assert!(holds(&seen, "zqxrecent") && holds(&seen, "zqxolder"));
    }
    // A shorter window, of one kind.
    let shorter = seen_with(&|grants| grants.shorten(Some("visit"), 30).unwrap());
    assert!(holds(&shorter, "zqxrecent") && holds(&shorter, "zqxcomplaint"));
    assert!(!holds(&shorter, "zqxolder"));
    // Nothing at all.
    let nothing = seen_with(&|grants| {
        let fields = [
            "display-name",
            "given-name",
            "language",
            "birthday",
            "topics",
            "tags",
        ];
        for name in fields.iter().chain(&["complaint"]) {
            grants.leave_out(name).unwrap();
        }
        grants.shorten(None, 1).unwrap();
    });
    for (_, marks) in MARKS {
        for mark in marks.iter().chain(&["zqxrecent", "zqxolder"]) {
            assert!(!holds(&nothing, mark), "{mark}: {nothing}");
        }
    }
}

#[test]
fn plugin_can_read_its_grants() {
    let world = world();
    let ada = world.customer("Ada Lovelace").id;
    install(&world.host, |grants| {
        for name in [
            "birthday",
            "tags",
            "topics",
            "language",
            "display-name",
            "complaint",
        ] {
            grants.leave_out(name).unwrap();
        }
        grants.shorten(Some("visit"), 30).unwrap();
    });
    let told = seen(&world, ada);
    let said = r#""granted":[["given-name"],[[["visit"],30,1000]],["suggest","ask","message","task","remember","wake","tag","propose-level","record"],["witness/seen"],false]"#;
    assert!(told.contains(said), "{told}");
}

#[test]
fn leaving_out_unknown_or_ambiguous_asks_is_refused() {
    let world = World::new();
    let mut grants = world.host.inspect(first().wasm).unwrap().grants;
    let mut refused = |name: &str| grants.leave_out(name).unwrap_err().problem;
    assert!(
        refused("birthday").contains("given-name, suggest"),
        "{}",
        refused("birthday")
    );
    assert!(refused("zq\u{1b}[2J").contains("zq[2J"));
    assert!(grants.shorten(Some("purchase"), 3).is_err());
    assert!(grants.shorten(None, 3650).is_err());
    assert!(grants.shorten(None, 0).is_err());
    grants.shorten(None, 7).unwrap();
    assert_eq!(grants.history[0].days, 7);
    // Of every kind, one is left out.
    let mut all = Grants {
        history: vec![HistoryGrant {
            kinds: Default::default(),
            days: 10,
            limit: 5,
        }],
        effects: [regulars_manifest::EffectKind::Message].into(),
        ..Grants::default()
    };
    let several = all.leave_out("message").unwrap_err().to_string();
    assert!(
        several.contains("effect:message or history:message"),
        "{several}"
    );
    all.leave_out("history:message").unwrap();
    assert!(!all.shows("message") && all.shows("visit") && !all.effects.is_empty());
}
