//! The audit of administrative acts.

use regulars::Host;
use regulars::host::{InstallRequest, NewKey};
use regulars::model::{Actor, InstallationState, KeyScope};
use regulars::store::PageRequest;
use serde_json::{Value, json};

use crate::program::{Program, wasm};
use crate::served::Served;
use crate::world::{World, component};

fn acts(host: &Host) -> Vec<(String, String, Actor)> {
    let page = host.audit(PageRequest::first(100)).unwrap();
    let mut acts: Vec<_> = page
        .items
        .into_iter()
        .map(|entry| {
            let act = serde_json::to_value(entry.act).unwrap();
            (act.as_str().unwrap().to_owned(), entry.subject, entry.actor)
        })
        .collect();
    acts.reverse();
    acts
}

#[test]
fn administrative_acts_are_audited_with_their_actor() {
    let world = World::new();
    world.install("coach-referral");
    let served = Served::new(world);
    let host = &served.world.host;
    let (boss, secret) = host.create_key(NewKey::admin("boss")).unwrap();
    let bearer = format!("Bearer {secret}");
    let send = |method: &str, path: &str, body: Option<Value>| {
        let body = body.map(|body| body.to_string());
        let answer = served.send(method, path, body.as_deref(), &[("authorization", &bearer)]);
        assert!(answer.status < 300, "{}", answer.text);
        answer
    };
    let before = acts(host).len();
    send("POST", "/v1/plugins/coach-referral/disable", None);
    // Nothing changes, nothing is said.
    send("POST", "/v1/plugins/coach-referral/disable", None);
    send("POST", "/v1/plugins/coach-referral/enable", None);
    send(
        "PUT",
        "/v1/plugins/coach-referral/settings",
        Some(json!({ "visits": 13 })),
    );
    let made = send(
        "POST",
        "/v1/keys",
        Some(json!({ "name": "till", "scopes": ["app"] })),
    )
    .json();
    let id = made["id"].as_str().unwrap();
    send("DELETE", &format!("/v1/keys/{id}"), None);
    let by_boss = |act: &str, subject: &str| {
        let actor = Actor::Key {
            id: boss.id,
            name: "boss".to_owned(),
        };
        (act.to_owned(), subject.to_owned(), actor)
    };
    assert_eq!(
        acts(host)[before..],
        [
            by_boss("plugin-disabled", "coach-referral"),
            by_boss("plugin-enabled", "coach-referral"),
            by_boss("plugin-set", "coach-referral"),
            by_boss("key-created", id),
            by_boss("key-revoked", id),
        ]
    );
    let listed = served.get("/v1/audit?limit=3").json();
    assert_eq!(listed["items"][0]["act"], "key-revoked");
    assert_eq!(
        listed["items"][2]["details"]["settings"],
        json!(["visits"]),
        "{listed}"
    );
    let next = listed["next"].as_str().unwrap();
    let rest = served.get(&format!("/v1/audit?after={next}"));
    assert!(
        !rest.text.contains(&secret) && !rest.text.contains(":13"),
        "{}",
        rest.text
    );
}

#[test]
fn embedding_program_names_the_actor() {
    let world = World::new();
    let request = InstallRequest::new(component("overheard"), "overheard.wasm");
    let id = world.host.install(request.clone()).unwrap().id;
    let console = world.host.acting_as(Actor::Cli);
    console
        .set_plugin_state(&id, InstallationState::Disabled)
        .unwrap();
    let mut again = request;
    again.replace = true;
    again.priority = Some(5);
    world.host.install(again).unwrap();
    let said: Vec<(String, Actor)> = acts(&world.host)
        .into_iter()
        .map(|(act, _, actor)| (act, actor))
        .collect();
    assert_eq!(
        said,
        [
            ("plugin-installed".to_owned(), Actor::Library),
            ("plugin-disabled".to_owned(), Actor::Cli),
            ("plugin-replaced".to_owned(), Actor::Library),
        ]
    );
    let refused = world.host.create_key(NewKey::new("", [KeyScope::App]));
    assert!(
        refused.is_err() && acts(&world.host).len() == 3,
        "what was refused left a row"
    );
}

#[test]
fn program_leaves_rows_and_lists_them() {
    let program = Program::new();
    let rows = program
        .file("members.csv", "external,name\n42,Ada Lovelace\n")
        .display()
        .to_string();
    program
        .run(&["import", "customers", &rows, "--dry-run"])
        .ok();
    program.run(&["import", "customers", &rows]).ok();
    program
        .run(&["plugin", "install", &wasm("overheard"), "--yes"])
        .ok();
    program
        .run(&["key", "create", "till", "--scope", "app"])
        .ok();
    let said = program.run(&["audit"]).ok().out;
    let order = [
        "key created",
        "plugin installed",
        "import finished",
        "import started",
    ];
    let mut at = 0;
    for act in order {
        at += said[at..]
            .find(act)
            .unwrap_or_else(|| panic!("no {act} after {at} in {said}"));
    }
    assert!(
        said.contains("members.csv") && !said.contains("Ada"),
        "{said}"
    );
    let lines = program.run(&["--json", "audit", "--limit", "1"]).ok().out;
    let entry: Value = serde_json::from_str(&lines).unwrap();
    assert_eq!(
        (&entry["act"], &entry["actor"]["by"]),
        (&json!("key-created"), &json!("cli"))
    );
}
