//! Settings that are secrets are set, and never seen again.

use base64::prelude::{BASE64_STANDARD, Engine};
use regulars::store::PageRequest;
use serde_json::json;

use super::{back, first, keeper, next, remembered, store};
use crate::erasure::rich::{Files, disguises};
use crate::hostile::guest::{manifest, wat_with};
use crate::program::{Program, wasm};
use crate::served::Served;
use crate::world::World;
use regulars::config::{Config, Transcripts};
use regulars::store::Store;

const SECRET: &str = "zqxsecretsecret";

/// A host that keeps every transcript.
fn world() -> World {
    let dir = tempfile::tempdir().unwrap();
    let clock = regulars::clock::ManualClock::new(crate::world::at("2026-03-01T08:00:00Z"));
    let config = Config {
        time_zone: "Europe/Berlin".to_owned(),
        seed: Some(3),
        transcripts: Transcripts {
            one_in: 1,
            ..Transcripts::default()
        },
        ..Config::default()
    };
    let host = crate::world::builder(dir.path(), &clock)
        .config(config)
        .build()
        .unwrap();
    World { host, clock, dir }
}

#[test]
fn secrets_are_in_no_answer_and_enter_no_guest() {
    let served = Served::new(world());
    let world = &served.world;
    let mut request = first();
    request.settings = Some(json!({ "greeting": "Hi", "key": SECRET }));
    let installed = world.host.install(request).unwrap();
    assert_eq!(installed.settings, json!({ "greeting": "Hi" }));
    assert_eq!(installed.secrets, ["key".to_owned()].into());
    let ada = world.customer("Ada Lovelace").id;
    world.record(ada, "visit");
    assert_eq!(remembered(world, None)["seen"], "no key");
    let stored = || {
        store(world)
            .plugin_secrets(&keeper())
            .unwrap()
            .get("key")
            .cloned()
    };
    assert_eq!(stored(), Some(json!(SECRET)));

    // Left out, it stays; with a new value it is another one; null forgets it.
    let put = |settings: serde_json::Value| {
        let body = settings.to_string();
        served.send("PUT", "/v1/plugins/keeper/settings", Some(&body), &[])
    };
    let answer = put(json!({ "greeting": "Ho" }));
    assert_eq!(answer.json()["secrets"], json!(["key"]), "{}", answer.text);
    let other = format!("{SECRET}2");
    assert_eq!(put(json!({ "key": other })).status, 200);
    assert_eq!(stored(), Some(json!(other)));
    // Refused, it is not repeated either.
    let refused = put(json!({ "key": "zqxshort" }));
    assert_eq!(refused.status, 422);
    assert_eq!(refused.json()["field"], "/key");
    assert!(!refused.text.contains("zqxshort"), "{}", refused.text);

    // An upgrade keeps it, where it is not given again; the way back, too.
    world.host.upgrade(&keeper(), next()).unwrap();
    assert_eq!(stored(), Some(json!(other)));
    let back = world.host.rollback(&keeper(), back()).unwrap();
    assert_eq!(back.secrets, ["key".to_owned()].into());

    let audit = world.host.audit(PageRequest::first(100)).unwrap();
    let mut shown = serde_json::to_string(&audit).unwrap();
    assert!(
        shown.contains("\"key\""),
        "the audit does not name it: {shown}"
    );
    for path in [
        "/v1/plugins",
        "/v1/plugins/keeper",
        "/v1/plugins/keeper/versions",
        "/v1/audit",
        "/openapi.json",
        &format!("/v1/customers/{ada}/export"),
        &format!("/v1/customers/{ada}/explain"),
    ] {
        shown += &served.get(path).text;
    }
    for run in world.runs(&keeper()) {
        shown += &serde_json::to_string(&world.host.transcript(run.id).unwrap()).unwrap();
    }
    assert!(!shown.contains("zqxsecret"), "a secret is shown");

    assert_eq!(put(json!({ "key": null })).json()["secrets"], json!(null));
    assert_eq!(stored(), None);
    // What was a secret is in no file any more.
    world
        .host
        .uninstall(&keeper(), regulars::host::LeftMemory::Keep)
        .unwrap();
    let sql = rusqlite::Connection::open(world.dir.path().join("crm.db")).unwrap();
    sql.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
        .unwrap();
    drop(sql);
    assert_eq!(
        Files::of(world.dir.path()).found(&disguises("zqxsecret")),
        None
    );
}

#[test]
fn refused_secret_is_not_repeated() {
    let mut manifest = manifest();
    let secret = json!({ "type": "string", "writeOnly": true, "minLength": 20 });
    manifest["settings"] =
        json!({ "type": "object", "properties": { "api/key": secret, "~": secret } });
    let wasm = BASE64_STANDARD.encode(wat_with("manifest", &manifest.to_string()));
    let served = Served::new(world());
    for (name, at) in [("api/key", "/api~1key"), ("~", "/~0")] {
        let settings = json!({ name: "zqxshort" });
        let refused = served.post("/v1/plugins", json!({ "wasm": wasm, "settings": settings }));
        assert_eq!(refused.status, 422, "{}", refused.text);
        assert!(
            refused.json()["field"].as_str().unwrap().ends_with(at),
            "{}",
            refused.text
        );
        assert!(!refused.text.contains("zqxshort"), "{}", refused.text);
    }
}

#[test]
fn program_never_shows_a_secret() {
    let program = Program::new();
    let settings = json!({ "key": SECRET }).to_string();
    let file = guest("keeper");
    let mut said = String::new();
    for arguments in [
        &["plugin", "install", &file, "--yes", "--settings", &settings][..],
        &["--json", "plugin", "list"],
        &["plugin", "list"],
        &["--json", "audit"],
        &["plugin", "inspect", &file],
        &["--json", "plugin", "history", "keeper"],
    ] {
        let it = program.run(arguments).ok();
        said += &it.out;
        said += &it.err;
    }
    assert!(!said.contains(SECRET), "{said}");
    assert!(said.contains("secret: never shown again"), "{said}");
}

/// The file of a guest.
pub fn guest(name: &str) -> String {
    wasm("hostile").replace("hostile.wasm", &format!("{name}.wasm"))
}
