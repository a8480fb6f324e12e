//! Manifests that are invalid or hostile are refused with the JSON pointer to the fault.

use regulars::plugin::PluginError;
use serde_json::{Value, json};

use super::guest::{component, manifest, wat_with};
use super::installs::{Door, Refused};

/// The valid manifest with another value at a JSON pointer.
fn with(at: &str, value: Value) -> Value {
    let mut whole = manifest();
    let (parent, member) = at.rsplit_once('/').unwrap();
    whole.pointer_mut(parent).unwrap()[member] = value;
    whole
}

fn action(id: &str) -> Value {
    json!({
        "id": id, "title": "Do", "summary": "Does it.", "customer": false,
        "input": { "type": "object" }, "output": {},
    })
}

/// Invalid members of a manifest, one a line: the pointer, the value as JSON, and a part of the refusal.
const INVALID: &str = r#"
/settings = { "properties": { "a": { "properties": { "b": { "writeOnly": true } } } } } => top level
/settings = { "properties": { "a": { "writeOnly": true, "default": "x" } } } => /settings/properties/a/default
/settings = 7 => /settings
/settings = { "type": "nonsense" } => /settings
/settings = { "$ref": "http://127.0.0.1:1/x.json" } => /settings
/settings = { "$ref": "file:///etc/passwd" } => /settings
/settings = { "pattern": "(" } => /settings
/settings = { "pattern": "(?=a)b" } => /settings
/settings = { "pattern": "(\\w{500}){500}" } => /settings
/settings = { "format": "regex" } => /settings
/name = "../../etc/passwd" => /name
/name = "<script>" => /name
/name = "'; DROP TABLE runs; --" => /name
/name = "UPPER" => /name
/name = "admin\u0000" => /name
/name = 7 => invalid type
/name = null => invalid type
/version = "1" => /version
/version = "1.2.\u001b[2J" => /version
/version = "1.2.3<script>" => /version
/title = "" => /title
/title = " \u00a0 " => /title
/title = "\u001b]0;owned\u0007" => /title
/title = "safe\u202eefas" => /title
/title = "nul\u0000" => /title
/reads = "all" => invalid type
/reads/history/0/because = "\u009b31m" => /reads/history/0/because
/reads/history/0/days = 0 => /reads/history/0/days
/reads/history/0/days = 4000000000 => /reads/history/0/days
/reads/history/0/days = -1 => invalid value
/reads/history/0/days = 1e300 => invalid type
/reads/history/0/kinds = ["visit", "<img src=x>"] => /reads/history/0/kinds
/reads/history/0/kinds = ["../x"] => /reads/history/0/kinds
/reads/history = [] => /subscribes/0
/reads/customer = [{ "field": "email", "because": "x" }] => unknown variant
/proposes = [{ "effect": "tag", "because": "" }] => /proposes/0/because
/proposes = [{ "effect": "pay", "because": "x" }] => unknown variant
/proposes = [{ "effect": "record", "because": "x" }] => /proposes/0/kinds
/subscribes = [{ "event": "\u001b[2J" }] => /subscribes/0/event
/schedules = [{ "id": "<b>", "at": "09:00", "because": "x" }] => /schedules/0/id
/schedules = [{ "id": "a", "at": "25:00", "because": "x" }] => /schedules/0/at
/schedules = [{ "id": "a", "at": "9:00", "because": "x" }] => /schedules/0/at
/schedules = [{ "id": "a", "at": "09:00", "because": "x" }, { "id": "a", "at": "10:00", "because": "x" }] => /schedules/1/id
/schedules = [{ "id": "a", "at": "09:00", "because": "x", "audience": [{ "is": "level", "level": "vip" }] }] => /schedules/0/audience/0/level
/schedules = [{ "id": "a", "at": "09:00", "because": "x", "audience": [{ "is": "tagged", "tag": "a\u202eb" }] }] => /schedules/0/audience
/schedules = [{ "id": "a", "at": "09:00", "because": "x", "audience": [{ "is": "has-kind", "kind": "<b>" }] }] => /schedules/0/audience
/outcomes = [{ "id": "<b>", "title": "x", "kind": "visit", "within_days": 30 }] => /outcomes/0/id
/outcomes = [{ "id": "a", "title": "\u001b[2J", "kind": "visit", "within_days": 30 }] => /outcomes/0/title
/outcomes = [{ "id": "a", "title": "x", "kind": "<b>", "within_days": 30 }] => /outcomes/0/kind
"#;

/// Invalid members that are computed: long texts, long lists, and actions with all their members.
fn computed() -> Vec<(&'static str, Value, &'static str)> {
    let many = |one: Value| Value::Array(vec![one; 65]);
    let schedule = json!({ "id": "a", "at": "09:00", "because": "x" });
    let outcome = json!({ "id": "a", "title": "x", "kind": "visit", "within_days": 30 });
    let tag = json!({ "effect": "tag", "because": "x" });
    let created = json!({ "event": "customer.created" });
    vec![
        ("/name", json!("x".repeat(65)), "/name"),
        ("/summary", json!("x".repeat(501)), "/summary"),
        ("/proposes", many(tag), "/proposes"),
        ("/subscribes", many(created), "/subscribes"),
        ("/schedules", many(schedule), "/schedules"),
        ("/outcomes", many(outcome), "/outcomes"),
        ("/actions", json!([action("<b>")]), "/actions/0/id"),
        (
            "/actions",
            json!([action("a"), action("a")]),
            "/actions/1/id",
        ),
        (
            "/actions",
            json!([action("a")]),
            "actions@0.1.0, which its manifest needs,",
        ),
    ]
}

#[test]
fn refuses_invalid_members_by_their_pointer() {
    let door = Door::new();
    let mut rows = computed();
    for line in INVALID.trim().lines() {
        let (at, rest) = line.split_once(" = ").unwrap();
        let (value, words) = rest.rsplit_once(" => ").unwrap();
        rows.push((at, serde_json::from_str(value).unwrap(), words));
    }
    assert!(rows.len() >= 58, "rows are missing");
    for (at, value, words) in rows {
        let name = format!("{at} = {value}");
        let wasm = wat_with("manifest", &with(at, value).to_string());
        let error = door.refusal(&name, wasm);
        let expected = matches!(
            error,
            PluginError::Manifest { .. } | PluginError::MissingExport(_)
        );
        assert!(expected, "{name}: {error}");
        assert!(error.to_string().contains(words), "{name}: {error}");
    }
    door.shut();
}

#[test]
fn refuses_texts_that_are_no_manifest() {
    let door = Door::new();
    for text in [
        "",
        "null",
        "[]",
        "{}",
        "7",
        "{\"name\": \"x\"}",
        "\u{feff}{}",
    ] {
        let error = door.refusal(text, wat_with("manifest", text));
        let expected = matches!(
            error,
            PluginError::Manifest { .. } | PluginError::Describe(_)
        );
        assert!(expected, "{text}: {error}");
    }
    door.shut();
}

#[test]
fn refuses_schemas_that_refer_to_themselves() {
    let door = Door::new();
    // Each definition refers twice to the one before, so that the work doubles.
    let mut doubled = json!({ "d0": {} });
    for n in 0..40 {
        let before = json!({ "$ref": format!("#/$defs/d{n}") });
        doubled[format!("d{}", n + 1)] = json!({ "allOf": [before, before] });
    }
    let itself = json!({ "$ref": "#" });
    for (name, schema) in [
        ("itself", itself.clone()),
        (
            "itself, among others",
            json!({ "allOf": [{ "$ref": "#" }] }),
        ),
        ("not itself", json!({ "not": { "$ref": "#" } })),
        (
            "each other",
            json!({ "$defs": { "a": { "$ref": "#/$defs/b" }, "b": { "$ref": "#/$defs/a" } }, "$ref": "#/$defs/a" }),
        ),
        (
            "a tree that branches",
            json!({ "$defs": { "n": { "allOf": [
            { "properties": { "a": { "$ref": "#/$defs/n" } } },
            { "properties": { "a": { "$ref": "#/$defs/n" } } },
        ] } }, "$ref": "#/$defs/n" }),
        ),
        (
            "twice as much each time",
            json!({ "$defs": doubled, "$ref": "#/$defs/d40" }),
        ),
        (
            "dynamic",
            json!({ "$dynamicAnchor": "x", "$dynamicRef": "#x" }),
        ),
        (
            "by another name",
            json!({ "$id": "http://x/", "allOf": [{ "$ref": "http://x/" }] }),
        ),
        (
            "by an anchor",
            json!({ "$anchor": "a", "allOf": [{ "$ref": "#a" }] }),
        ),
    ] {
        let wasm = wat_with("manifest", &with("/settings", schema).to_string());
        door.refuses(name, wasm, Refused::Manifest, "/settings");
    }
    door.shut();
}

#[test]
fn refuses_subscriptions_without_the_export_for_events() {
    let door = Door::new();
    let text = manifest().to_string();
    let module = format!(
        r#"(module (memory (export "memory") 1)
          (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) unreachable)
          (data (i32.const 16) "\40\00\00\00\{:02x}\{:02x}\00\00") (data (i32.const 64) "{}")
          (func (export "regulars:plugin/about@0.1.0#describe") (result i32) (i32.const 16))
          (func (export "regulars:plugin/actions@0.1.0#act") (param i32) (result i32) unreachable))"#,
        text.len() % 256,
        text.len() / 256,
        text.replace('"', "\\\"")
    );
    let wasm = component("service", wat::parse_str(module).unwrap());
    door.refuses(
        "events that it cannot hear",
        wasm,
        Refused::MissingExport,
        "events@0.1.0, which its manifest needs,",
    );
    door.shut();
}
