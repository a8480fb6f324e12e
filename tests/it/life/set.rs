//! Settings and grants on the command line.

use serde_json::json;

use super::secrets::guest;
use crate::program::Program;

#[test]
fn settings_are_shown_and_set_and_secrets_are_not_shown() {
    let program = Program::new();
    program
        .run(&["plugin", "install", &guest("keeper"), "--yes"])
        .ok();
    let set = |settings: &str| program.run(&["plugin", "settings", "keeper", settings]);
    let said = program.run(&["plugin", "settings", "keeper"]).ok().out;
    assert!(said.contains("No settings"), "{said}");
    let file = json!({ "greeting": "Ho\u{1b}[2J", "key": "zqxsecretsecret" });
    program.file("settings.json", file.to_string());
    let said = set("@settings.json").ok();
    assert!(said.out.contains("greeting  \"Ho"), "{}", said.out);
    assert!(said.out.contains("key  (secret, set)"), "{}", said.out);
    assert!(
        !said.out.contains("zqx") && !said.out.contains('\u{1b}'),
        "{}",
        said.out
    );
    // As by HTTP: a secret that is not given stays, and null forgets it.
    set(r#"{ "greeting": "Hi" }"#).ok();
    let shown = ["--json", "plugin", "settings", "keeper"];
    let shown = || program.run(&shown).ok().json();
    assert_eq!(
        shown(),
        json!({ "settings": { "greeting": "Hi" }, "secrets": ["key"] })
    );
    let refused = set(r#"{ "key": "zqxshort" }"#);
    assert_eq!(refused.code, 1);
    assert!(!refused.err.contains("zqxshort"), "{}", refused.err);
    set(r#"{ "key": null }"#).ok();
    assert_eq!(shown(), json!({ "settings": {}, "secrets": [] }));
    assert_eq!(set("{").code, 2);
    let audit = program.run(&["--json", "audit"]).ok().out;
    assert!(
        audit.contains("plugin-set") && !audit.contains("zqx"),
        "{audit}"
    );
}

#[test]
fn grants_are_shown_and_taken_back_and_given_again() {
    let program = Program::new();
    program
        .run(&["plugin", "install", &guest("keeper"), "--yes"])
        .ok();
    let grant = |less: &[&str]| program.run(&[&["plugin", "grant", "keeper"], less].concat());
    let less = [
        "--without",
        "effect:message,given-name",
        "--history-days",
        "7",
    ];
    let said = grant(&less).ok().out;
    let (granted, refused) = said.split_once("Asked for, but refused").unwrap();
    assert!(granted.contains("visits of the last 7 days"), "{said}");
    for words in [
        "first name",
        "a message to the customer",
        "visits of the last 90 days (until now 7)",
    ] {
        assert!(refused.contains(words), "{said}");
    }
    // What is granted is made less; all of it is only given again where that is said.
    let said = grant(&["--without", "task"]).ok().out;
    assert!(said.contains("visits of the last 7 days"), "{said}");
    assert_eq!(grant(&["--without", "birthday"]).code, 1);
    let json = program
        .run(&["--json", "plugin", "grant", "keeper", "--all"])
        .ok()
        .json();
    assert_eq!(json["history"][0]["days"], 90);
    assert!(!grant(&[]).ok().out.contains("refused"));
    let audit = program.run(&["--json", "audit"]).ok().out;
    assert_eq!(audit.matches("plugin-set").count(), 3, "{audit}");
}
