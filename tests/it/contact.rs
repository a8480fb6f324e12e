//! Contact preferences of customers, on the command line and over HTTP.

use regulars::model::*;
use serde_json::json;

use crate::program::Program;
use crate::served::Served;
use crate::world::World;

/// The program on a file with Ada, who has an address and made a complaint.
fn program() -> Program {
    let world = World::new();
    let ada = world.customer("Ada Lovelace").id;
    let point = ContactPoint {
        kind: ContactKind::Email,
        value: "ada@example.org".to_owned(),
        label: None,
    };
    world.host.add_contact_point(ada, point).unwrap();
    world.record_with(ada, "complaint", Some("The pool is cold."), json!({}));
    let World { host, dir, .. } = world;
    host.stop();
    drop(host);
    Program { dir }
}

#[test]
fn consents_and_preferences_are_recorded_and_shown() {
    let program = program();
    let run = |line: &[&str]| program.run(line).ok().out;
    let shown = run(&["contact", "show", "ada@example.org"]);
    assert!(shown.contains("no consent recorded"), "{shown}");
    assert!(
        shown.contains("complaint open since 1 March 2026"),
        "{shown}"
    );
    let said = ["--kind", "email", "--purpose", "care", "--source", "desk"];
    run(&[
        &["contact", "consent", "ada@example.org", "--given"],
        &said[..],
    ]
    .concat());
    let shown = run(&["contact", "show", "ada@example.org"]);
    assert!(
        shown.contains("said yes to care by email (desk)"),
        "{shown}"
    );
    run(&["contact", "suppress", "email", "ADA@example.org"]);
    let shown = run(&["contact", "show", "ada@example.org"]);
    assert!(
        shown.contains("suppressed since") && shown.contains("ada@example.org"),
        "{shown}"
    );
    run(&["contact", "release", "email", "ada@example.org"]);
    let again = program.run(&["contact", "release", "email", "ada@example.org"]);
    assert_eq!(again.code, 1);
    assert!(
        !again.err.contains("ada@"),
        "an error names no address: {}",
        again.err
    );
    let audit = run(&["audit"]);
    assert!(audit.contains("contact suppressed: email"), "{audit}");
    assert!(!audit.contains("example.org"), "{audit}");
}

#[test]
fn policy_try_shows_the_decision() {
    let program = program();
    let ask = |more: &[&str]| {
        let line = [
            "policy",
            "try",
            "--customer",
            "ada@example.org",
            "--channel",
            "desk",
        ];
        program.run(&[&line[..], more].concat()).ok().out
    };
    let all = ask(&["--at", "2026-03-02T11:00:00Z"]);
    assert!(all.contains("service goes by desk"), "{all}");
    assert!(all.contains("offer is denied"), "{all}");
    assert!(all.contains("level"), "{all}");
    let shown = program
        .run(&["complaint", "list", "ada@example.org"])
        .ok()
        .out;
    let id = shown.trim().rsplit(" · ").next().unwrap().to_owned();
    program
        .run(&[
            "complaint",
            "close",
            &id,
            "--by",
            "Kim",
            "--note",
            "it is warm",
        ])
        .ok();
    let shown = program
        .run(&["complaint", "list", "ada@example.org"])
        .ok()
        .out;
    assert!(shown.contains("it is warm"), "{shown}");
    let one = ask(&["--purpose", "service", "--at", "2026-03-02T23:00:00Z"]);
    assert!(one.contains("complaint: No complaint is open."), "{one}");
    // A file of one's own, and one that cannot be.
    let file = program.file("policy.toml", "[caps]\nmedium = { most = 0, days = 1 }\n");
    let refused = program.run(&[
        "--policy",
        file.to_str().unwrap(),
        "policy",
        "try",
        "--customer",
        "ada@example.org",
    ]);
    assert_eq!(refused.code, 1);
    assert!(refused.err.contains("caps.medium"), "{}", refused.err);
}

#[test]
fn less_contact_over_http_cancels_before_the_answer() {
    let post = crate::outreach::post::Post::new();
    let world = crate::outreach::sending("", &post);
    world.messenger("care", json!({}));
    let ada = world.reachable("Ada", Level::High).id;
    world.go_to("2026-03-02T23:00:00Z".parse().unwrap());
    world.record(ada, "visit");
    let message = world.messages(ada)[0].id;
    let served = Served::new(world);
    let listed = served.get("/v1/messages?state=queued").json();
    assert_eq!(listed["items"][0]["id"], json!(message));
    let path = format!("/v1/customers/{ada}/preferences");
    let put = served.send(
        "PUT",
        &path,
        Some(r#"{"paused_until":"2026-06-01T00:00:00Z"}"#),
        &[("content-type", "application/json")],
    );
    assert_eq!(put.status, 200, "{}", put.text);
    let now = served.get(&format!("/v1/messages/{message}")).json();
    assert_eq!(now["state"], "cancelled");
    assert!(now.get("point").is_none() && !now.to_string().contains("example.org"));
    let late = served.send(
        "POST",
        &format!("/v1/messages/{message}/cancel"),
        Some(r#"{"why":"too late"}"#),
        &[("content-type", "application/json")],
    );
    assert_eq!(late.status, 409, "{}", late.text);
}

#[test]
fn service_is_granted_by_name_or_not_at_all() {
    let program = Program::new();
    let wasm = program.file("messenger.wasm", crate::world::component("messenger"));
    let wasm = wasm.to_str().unwrap().to_owned();
    let asked = program.run(&["plugin", "inspect", &wasm]).ok().out;
    assert!(
        asked.contains("a service message, which the caps do not hold back"),
        "{asked}"
    );
    let granted = |more: &[&str], id: &str| {
        let line = ["plugin", "install", &wasm, "--yes", "--id", id];
        program.run(&[&line[..], more].concat()).ok();
        let shown = program.run(&["plugin", "list", "--json"]).ok().out;
        let mut plugins = shown
            .lines()
            .map(|line| serde_json::from_str::<Json>(line).unwrap());
        let plugin = plugins.find(|it| it["id"] == id).unwrap();
        plugin["grants"]["service"].clone()
    };
    assert_eq!(granted(&[], "plain"), json!(false));
    assert_eq!(granted(&["--grant-service"], "orders"), json!(true));
    let overheard = crate::program::wasm("overheard");
    let refused = program.run(&["plugin", "install", &overheard, "--yes", "--grant-service"]);
    assert_eq!(refused.code, 1);
    assert!(
        refused.err.contains("does not request service messages"),
        "{}",
        refused.err
    );
}
