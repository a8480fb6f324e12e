//! Manifests that lie, mumble or want to be executed: read strictly, and refused with the place.

use regulars::plugin::PluginError;
use serde_json::{Value, json};

use super::guest::{component, manifest, wat_with};
use super::installs::{Door, Refused};

/// The manifest with this in the place that a JSON pointer names.
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

fn schedule(id: &str, at: &str) -> Value {
    json!({ "id": id, "at": at, "because": "to be called" })
}

#[test]
fn a_manifest_that_lies_is_refused_where_it_does() {
    let door = Door::new();
    let ask = |because: &str| json!([{ "effect": "tag", "because": because }]);
    let outcome = |id: &str, title: &str, kind: &str| json!([{ "id": id, "title": title, "kind": kind, "within_days": 30 }]);
    let long = "x".repeat(501);
    let many = |one: Value| Value::Array(vec![one; 65]);
    for (at, value, words) in [
        (
            "/settings",
            json!({ "properties": { "a": { "properties": { "b": { "writeOnly": true } } } } }),
            "top level",
        ),
        (
            "/settings",
            json!({ "properties": { "a": { "writeOnly": true, "default": "x" } } }),
            "/settings/properties/a/default",
        ),
        ("/name", json!("../../etc/passwd"), "/name"),
        ("/name", json!("<script>"), "/name"),
        ("/name", json!("'; DROP TABLE runs; --"), "/name"),
        ("/name", json!("UPPER"), "/name"),
        ("/name", json!("x".repeat(65)), "/name"),
        ("/name", json!("admin\u{0}"), "/name"),
        ("/name", json!(7), "invalid type"),
        ("/name", json!(null), "invalid type"),
        ("/version", json!("1"), "/version"),
        ("/version", json!("1.2.\u{1b}[2J"), "/version"),
        ("/version", json!("1.2.3<script>"), "/version"),
        ("/title", json!(""), "/title"),
        ("/title", json!(" \u{a0} "), "/title"),
        ("/title", json!("\u{1b}]0;owned\u{7}"), "/title"),
        ("/title", json!("safe\u{202e}efas"), "/title"),
        ("/title", json!("nul\u{0}"), "/title"),
        ("/summary", json!(long), "/summary"),
        ("/reads", json!("all"), "invalid type"),
        (
            "/reads/history/0/because",
            json!("\u{9b}31m"),
            "/reads/history/0/because",
        ),
        ("/reads/history/0/days", json!(0), "/reads/history/0/days"),
        (
            "/reads/history/0/days",
            json!(4_000_000_000_u32),
            "/reads/history/0/days",
        ),
        ("/reads/history/0/days", json!(-1), "invalid value"),
        ("/reads/history/0/days", json!(1e300), "invalid type"),
        (
            "/reads/history/0/kinds",
            json!(["visit", "<img src=x>"]),
            "/reads/history/0/kinds",
        ),
        (
            "/reads/history/0/kinds",
            json!(["../x"]),
            "/reads/history/0/kinds",
        ),
        ("/reads/history", json!([]), "/subscribes/0"),
        (
            "/reads/customer",
            json!([{ "field": "email", "because": "x" }]),
            "unknown variant",
        ),
        ("/proposes", ask(""), "/proposes/0/because"),
        (
            "/proposes",
            json!([{ "effect": "pay", "because": "x" }]),
            "unknown variant",
        ),
        (
            "/proposes",
            json!([{ "effect": "record", "because": "x" }]),
            "/proposes/0/kinds",
        ),
        (
            "/proposes",
            many(json!({ "effect": "tag", "because": "x" })),
            "/proposes",
        ),
        (
            "/subscribes",
            many(json!({ "event": "customer.created" })),
            "/subscribes",
        ),
        (
            "/subscribes",
            json!([{ "event": "\u{1b}[2J" }]),
            "/subscribes/0/event",
        ),
        (
            "/schedules",
            json!([schedule("<b>", "09:00")]),
            "/schedules/0/id",
        ),
        (
            "/schedules",
            json!([schedule("a", "25:00")]),
            "/schedules/0/at",
        ),
        (
            "/schedules",
            json!([schedule("a", "9:00")]),
            "/schedules/0/at",
        ),
        (
            "/schedules",
            json!([schedule("a", "09:00"), schedule("a", "10:00")]),
            "/schedules/1/id",
        ),
        ("/schedules", many(schedule("a", "09:00")), "/schedules"),
        (
            "/schedules",
            json!([{ "id": "a", "at": "09:00", "because": "x", "audience": [{ "is": "level", "level": "vip" }] }]),
            "/schedules/0/audience/0/level",
        ),
        (
            "/schedules",
            json!([{ "id": "a", "at": "09:00", "because": "x", "audience": [{ "is": "tagged", "tag": "a\u{202e}b" }] }]),
            "/schedules/0/audience",
        ),
        (
            "/schedules",
            json!([{ "id": "a", "at": "09:00", "because": "x", "audience": [{ "is": "has-kind", "kind": "<b>" }] }]),
            "/schedules/0/audience",
        ),
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
        ("/outcomes", outcome("<b>", "x", "visit"), "/outcomes/0/id"),
        (
            "/outcomes",
            outcome("a", "\u{1b}[2J", "visit"),
            "/outcomes/0/title",
        ),
        ("/outcomes", outcome("a", "x", "<b>"), "/outcomes/0/kind"),
        (
            "/outcomes",
            many(outcome("a", "x", "visit")[0].clone()),
            "/outcomes",
        ),
        ("/settings", json!(7), "/settings"),
        ("/settings", json!({ "type": "nonsense" }), "/settings"),
        (
            "/settings",
            json!({ "$ref": "http://127.0.0.1:1/x.json" }),
            "/settings",
        ),
        (
            "/settings",
            json!({ "$ref": "file:///etc/passwd" }),
            "/settings",
        ),
        ("/settings", json!({ "pattern": "(" }), "/settings"),
        ("/settings", json!({ "pattern": "(?=a)b" }), "/settings"),
        (
            "/settings",
            json!({ "pattern": "(\\w{500}){500}" }),
            "/settings",
        ),
        ("/settings", json!({ "format": "regex" }), "/settings"),
    ] {
        let name = format!("{at} = {value}");
        let wasm = wat_with("manifest", &with(at, value).to_string());
        let error = door.refusal(&name, wasm);
        assert!(
            matches!(
                error,
                PluginError::Manifest { .. } | PluginError::MissingExport(_)
            ),
            "{name}: {error}"
        );
        assert!(error.to_string().contains(words), "{name}: {error}");
    }
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
        assert!(
            matches!(
                error,
                PluginError::Manifest { .. } | PluginError::Describe(_)
            ),
            "{text}: {error}"
        );
    }
    door.shut();
}

#[test]
fn schemas_that_never_come_to_an_end_are_refused() {
    let door = Door::new();
    // Each is asked twice what the one before is asked.
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
fn a_manifest_that_promises_what_the_component_does_not_have_is_refused() {
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
