//! Export of a customer's data: all that is stored about them, and nothing of other customers.

use calcard::vcard::{VCard, VCardProperty, VCardValue};
use proptest::prelude::*;
use regulars::host::{NewCustomer, NewInteraction};
use regulars::model::*;
use serde_json::{Value, json};

use super::rich::{Rich, exported, world};
use crate::outreach::post::Post;
use crate::program::Program;
use crate::served::Served;
use crate::world::{World, at, long};

#[test]
fn export_holds_all_data_of_one_customer() {
    let world = world(&Post::new());
    let one = Rich::new(&world, "zqxalpha", "Europe/Vaduz");
    let other = Rich::new(&world, "zqxbravo", "Europe/Zurich");
    Rich::fail(&[&one, &other], &world);
    let written = exported(&world.host, one.id);
    assert!(!written.contains("zqxbravo"));
    assert!(!written.contains(&other.id.to_string()));
    let export: Value = serde_json::from_str(&written).unwrap();
    let list = |name: &str| export[name].as_array().unwrap_or_else(|| panic!("{name}"));
    for name in [
        "contact_points",
        "consents",
        "complaints",
        "interactions",
        "events",
        "cards",
        "questions",
        "tasks",
        "messages",
        "runs",
        "timers",
        "waiting",
        "transcripts",
        "answers",
    ] {
        assert!(!list(name).is_empty(), "{name}");
    }
    assert_eq!(export["customer"]["language"], "de-zqxalpha");
    assert_eq!(export["preferences"]["channels"][1], "zqxalpha pigeon");
    assert_eq!(export["complaints"][0]["note"], "zqxalpha heating");
    assert_eq!(
        export["memories"]["parrot"]["last"]["list"][0],
        "zqxalpha hello"
    );
    assert_eq!(export["answers"][0]["output"]["text"], "zqxalpha action");
    let answered = |it: &Value| it["answered_by"] == "zqxalpha clerk";
    assert!(list("questions").iter().any(answered));
    let closed = |it: &Value| it["outcome"] == "zqxalpha outcome";
    assert!(list("tasks").iter().any(closed));
    let explained = |it: &Value| {
        it["decision"]["verdicts"]
            .as_array()
            .is_some_and(|it| it.len() > 3)
    };
    assert!(list("messages").iter().all(explained));
    assert!(list("waiting").iter().any(|it| it["dead"] == true));
    let proposed =
        |it: &Value| it["proposals"][0]["effect"]["because"]["reason"] == "zqxalpha hello";
    assert!(list("runs").iter().any(proposed));

    let point = ContactPoint {
        kind: ContactKind::Email,
        value: super::rich::email("zqxalpha"),
        label: None,
    };
    let why = SuppressionReason::Requested;
    world.host.suppress(&point, why, "staff").unwrap();
    let export: Value = serde_json::from_str(&exported(&world.host, one.id)).unwrap();
    assert_eq!(
        export["contact_points"][0]["suppressed"]["reason"],
        "requested"
    );
    assert_eq!(export["contact_points"][1]["suppressed"], Value::Null);
}

#[test]
fn long_history_is_exported_through_each_door() {
    let world = World::new();
    let ada = world.customer("Ada Lovelace").id;
    let past = |n: u32| NewInteraction {
        occurred_at: Some(at("2020-01-01T00:00:00Z")),
        body: Some(format!("visit {n} ").repeat(50)),
        ..NewInteraction::new(ada, "visit")
    };
    world.host.import((0..1201).map(past).collect()).unwrap();
    let whole = exported(&world.host, ada);
    let told = std::sync::Arc::new(std::sync::atomic::AtomicU64::new(0));
    let heard = told.clone();
    let export = world
        .host
        .export_customer(ada)
        .unwrap()
        .telling(move |more| {
            heard.fetch_add(more, std::sync::atomic::Ordering::Relaxed);
        });
    serde_json::to_writer(std::io::sink(), &export).unwrap();
    assert!(told.load(std::sync::atomic::Ordering::Relaxed) >= 1202);
    // The directory outlasts the host.
    let served = Served::new(world);
    let answer = served.get(&format!("/v1/customers/{ada}/export"));
    assert_eq!(answer.status, 200);
    assert!(answer.content_type.starts_with("application/json"));
    assert!(answer.text == whole, "the server writes something else");
    assert_eq!(
        answer.json()["interactions"].as_array().unwrap().len(),
        1201
    );
    let answer = served.get(&format!("/v1/customers/{ada}/export?format=vcard"));
    assert!(answer.content_type.starts_with("text/vcard"));
    assert!(
        answer.text.contains("FN:Ada Lovelace\r\n"),
        "{}",
        answer.text
    );
    assert_eq!(
        served
            .get(&format!("/v1/customers/{ada}/export?format=pdf"))
            .status,
        400
    );
    let nobody = uuid::Uuid::nil();
    assert_eq!(
        served.get(&format!("/v1/customers/{nobody}/export")).status,
        404
    );
}

#[test]
fn program_writes_an_export_to_a_private_file() {
    use std::os::unix::fs::PermissionsExt;
    let program = Program::new();
    let rows = program.file("members.csv", "external,name\n42,Ada Lovelace\n");
    program
        .run(&["import", "customers", &rows.display().to_string()])
        .ok();
    let printed = program.run(&["export", "42"]).ok();
    assert_eq!(printed.json()["customer"]["display_name"], "Ada Lovelace");
    program.run(&["export", "ada", "--out", "ada.json"]).ok();
    let file = program.dir.path().join("ada.json");
    let written: Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
    assert_eq!(written["customer"], printed.json()["customer"]);
    assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    let card = program.run(&["export", "42", "--vcard"]).ok().out;
    assert!(card.starts_with("BEGIN:VCARD\r\nVERSION:4.0\r\n"), "{card}");
    let nobody = program.run(&["export", "43", "--out", "bob.json"]);
    assert_eq!(nobody.code, 1);
    assert!(!program.dir.path().join("bob.json").exists());
}

#[test]
fn vcard_round_trips_through_another_parser() {
    let world = World::new();
    let point = |kind, value: &str, label: Option<&str>| ContactPoint {
        kind,
        value: value.to_owned(),
        label: label.map(str::to_owned),
    };
    let name = "Zoë; “O’Hara, the \\ younger”, who has a name that goes on and on — über 75 Oktette hinaus, 名前名前名前";
    let new = NewCustomer {
        display_name: Some(name.to_owned()),
        given_name: Some("Zoë;Ann".to_owned()),
        language: Some("de-CH".to_owned()),
        birthday: Some("--02-29".parse().unwrap()),
        time_zone: Some("Europe/Berlin".to_owned()),
        tags: ["a,b", "vip"].map(str::to_owned).into(),
        contact_points: vec![
            point(ContactKind::Email, "zoë@example.org", Some("work")),
            point(
                ContactKind::Tel,
                "+49 30 555",
                Some("Mother’s, in the evening"),
            ),
            point(ContactKind::External, "0042", Some("membership-card")),
        ],
        ..NewCustomer::default()
    };
    let id = world.host.create_customer(new).unwrap().id;
    let written = world.host.export_vcard(id).unwrap();
    assert!(written.ends_with("\r\nEND:VCARD\r\n"));
    for line in written.split("\r\n") {
        assert!(line.len() <= 75, "{line}");
        assert!(!line.contains('\n') && !line.contains('\r'));
    }
    assert!(written.contains("\r\nBDAY:--0229\r\n"), "{written}");
    let card = VCard::parse(&written).unwrap();
    let entry = |property: VCardProperty| {
        let mut found = card.entries.iter().filter(|entry| entry.name == property);
        found
            .next()
            .unwrap_or_else(|| panic!("no {property:?} in {written}"))
    };
    let text = |property| match &entry(property).values[..] {
        [VCardValue::Text(text)] => text.clone(),
        other => panic!("{other:?}"),
    };
    assert_eq!(text(VCardProperty::Fn), name);
    assert_eq!(text(VCardProperty::Email), "zoë@example.org");
    assert_eq!(text(VCardProperty::Tel), "+49 30 555");
    assert_eq!(text(VCardProperty::Lang), "de-CH");
    assert_eq!(text(VCardProperty::Tz), "Europe/Berlin");
    assert_eq!(entry(VCardProperty::Tel).group.as_deref(), Some("item2"));
    assert_eq!(
        entry(VCardProperty::Categories).values,
        ["a,b", "vip"].map(|tag| VCardValue::Text(tag.to_owned()))
    );
    let birthday = format!("{:?}", entry(VCardProperty::Bday).values);
    assert!(
        birthday.contains("year: None, month: Some(2), day: Some(29)"),
        "{birthday}"
    );
    // Somebody of whom nothing is known is a card too.
    let nameless = world
        .host
        .create_customer(NewCustomer::default())
        .unwrap()
        .id;
    let written = world.host.export_vcard(nameless).unwrap();
    assert!(written.contains(&format!("FN:{nameless}\r\n")), "{written}");
    VCard::parse(&written).unwrap();
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if long() { 100 } else { 6 }))]

    /// Exports of two customers stay apart under plugins with shared memory.
    #[test]
    fn export_never_tells_of_anybody_else(
        said in prop::collection::vec((any::<bool>(), 0..4_usize, "[a-z]{14}"), 2..24),
        names in ["[a-z]{14}", "[a-z]{14}"],
    ) {
        let world = World::new();
        world.install("parrot");
        world.install("overheard");
        let both = names.clone().map(|name| world.customer(&name).id);
        for (first, kind, text) in &said {
            let kind = ["visit", "feedback", "complaint", "booking"][*kind];
            let customer = both[usize::from(!first)];
            world.record_with(customer, kind, Some(text), json!({ "of": text }));
        }
        for (whose, name) in [(true, &names[1]), (false, &names[0])] {
            let export = exported(&world.host, both[usize::from(!whose)]);
            let id = both[usize::from(whose)].to_string();
            prop_assert!(!export.contains(name.as_str()) && !export.contains(&id));
            for (first, _, text) in &said {
                prop_assert_eq!(export.contains(text.as_str()), *first == whose, "{}", text);
            }
        }
    }
}
