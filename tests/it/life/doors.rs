//! The same by HTTP and by the command line.

use base64::prelude::{BASE64_STANDARD, Engine};
use serde_json::{Value, json};

use super::secrets::guest;
use crate::hostile::guest::{manifest, wat_with};
use crate::program::Program;
use crate::served::{Answer, Served};
use crate::world::{World, component};

fn encoded(name: &str) -> String {
    BASE64_STANDARD.encode(component(name))
}

fn delete(served: &Served, path: &str) -> Answer {
    served.send("DELETE", path, None, &[])
}

#[test]
fn plugin_lifecycle_over_http() {
    let served = Served::new(World::new());
    let inspected = served.post("/v1/inspections", json!({ "wasm": encoded("keeper") }));
    assert_eq!(inspected.status, 200, "{}", inspected.text);
    let inspected = inspected.json();
    assert_eq!(inspected["manifest"]["name"], "keeper");
    assert_eq!(inspected["unusual"][0]["what"], "it writes to customers");
    let mut grants = inspected["grants"].clone();
    grants["fields"] = json!([]);

    let new = json!({
        "wasm": encoded("keeper"), "source": "a mail from Bo", "grants": grants,
        "settings": { "greeting": "Hi" },
    });
    let installed = served.post("/v1/plugins", new.clone());
    assert_eq!(installed.status, 201, "{}", installed.text);
    assert_eq!(installed.json()["grants"]["fields"], json!([]));
    let again = served.post("/v1/plugins", new);
    assert_eq!(again.status, 409, "{}", again.text);

    let difference = served.post(
        "/v1/plugins/keeper/compare",
        json!({ "wasm": encoded("keeper-next") }),
    );
    assert_eq!(difference.json()["wider"], true, "{}", difference.text);
    let change = &difference.json()["changes"][0];
    assert_eq!(
        change,
        &json!({ "direction": "wider", "part": "sees", "what": "a customer's birthday", "because": "to know who is old enough" })
    );
    let upgrade = |accept: bool| {
        let body = json!({ "wasm": encoded("keeper-next"), "accept_wider": accept });
        served.post("/v1/plugins/keeper/upgrade", body)
    };
    let refused = upgrade(false);
    assert_eq!(refused.status, 409, "{}", refused.text);
    assert_eq!(refused.json()["type"], "urn:regulars:problem:wider-asks");
    let asks = refused.json()["asks"].clone();
    assert_eq!(
        asks[0], "to see a customer's birthday: to know who is old enough",
        "{}",
        refused.text
    );
    let upgraded = upgrade(true).json();
    assert_eq!(upgraded["manifest"]["version"], "2.0.0", "{upgraded}");
    assert_eq!(upgraded["grants"]["fields"], json!(["birthday"]));
    assert_eq!(upgraded["settings"], json!({ "greeting": "Hi" }));

    let versions = served.get("/v1/plugins/keeper/versions").json();
    assert_eq!(versions["items"][1]["version"], "1.0.0", "{versions}");
    assert_eq!(versions["items"][1]["source"], "a mail from Bo");
    let back = served.post("/v1/plugins/keeper/rollback", json!({ "to": "1.0.0" }));
    assert_eq!(back.json()["grants"]["fields"], json!([]), "{}", back.text);
    let none = served.post("/v1/plugins/keeper/rollback", json!({ "to": "9.0.0" }));
    assert_eq!(none.status, 404, "{}", none.text);

    let odd = served.post("/v1/inspections", json!({ "wasm": "no base64" }));
    assert_eq!(
        (odd.status, odd.json()["field"].clone()),
        (422, json!("/wasm"))
    );
    let odd = served.post("/v1/inspections", json!({ "wasm": "AGFzbQEAAAA=" }));
    assert_eq!(odd.status, 422, "{}", odd.text);

    assert_eq!(delete(&served, "/v1/plugins/keeper?memory=all").status, 400);
    assert_eq!(
        delete(&served, "/v1/plugins/keeper?memory=purge").status,
        204
    );
    assert_eq!(delete(&served, "/v1/plugins/keeper").status, 404);
    assert_eq!(served.get("/v1/plugins/keeper").status, 404);
    let acts = served.get("/v1/audit").json();
    let acts: Vec<&str> = acts["items"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|it| it["act"].as_str())
        .filter(|act| act.starts_with("plugin"))
        .collect();
    assert_eq!(
        acts,
        [
            "plugin-uninstalled",
            "plugin-rolled-back",
            "plugin-replaced",
            "plugin-installed"
        ]
    );
}

#[test]
fn plugin_lifecycle_on_the_command_line() {
    let program = Program::new();
    let (first, next) = (guest("keeper"), guest("keeper-next"));
    let installed = program
        .run(&[
            "--json",
            "plugin",
            "install",
            &first,
            "--yes",
            "--without",
            "given-name,effect:message",
            "--history-days",
            "visit=30",
        ])
        .ok()
        .json();
    assert_eq!(installed["grants"]["fields"], json!([]));
    assert_eq!(installed["grants"]["history"][0]["days"], 30);
    let odd = program.run(&[
        "plugin",
        "install",
        &first,
        "--yes",
        "--id",
        "b",
        "--without",
        "birthday",
    ]);
    assert_eq!(odd.code, 1);
    assert!(odd.err.contains("unknown grant"), "{}", odd.err);

    // Nobody is there to say yes.
    let waits = program.run(&["plugin", "upgrade", "keeper", &next]);
    assert_eq!(waits.code, 1);
    assert!(waits.err.contains("1.0.0 stays active"), "{}", waits.err);
    let lines: Vec<&str> = waits
        .out
        .lines()
        .filter(|line| !line.contains("sha256"))
        .collect();
    insta::assert_snapshot!("an_upgrade_that_asks_for_more", lines.join("\n"));
    let listed = || program.run(&["plugin", "list"]).ok().out;
    assert!(listed().contains("1.0.0"));
    let upgraded = program
        .run(&[
            "plugin",
            "upgrade",
            "keeper",
            &next,
            "--yes",
            "--without",
            "tag",
        ])
        .ok();
    assert!(
        upgraded.out.contains("keeper is now 2.0.0"),
        "{}",
        upgraded.out
    );
    let history = program.run(&["plugin", "history", "keeper"]).ok().out;
    assert!(
        history.contains("1.0.0  replaced") && history.contains("2.0.0  installed"),
        "{history}"
    );
    let back = program
        .run(&["plugin", "rollback", "keeper", "--to", "1.0.0"])
        .ok()
        .out;
    assert!(back.contains("keeper is 1.0.0 again"), "{back}");
    let gone = program.run(&["plugin", "uninstall", "keeper"]).ok().out;
    assert!(gone.contains("It had no memories."), "{gone}");
    assert_eq!(program.run(&["plugin", "history", "keeper"]).code, 1);
}

#[test]
fn unusual_asks_stand_out() {
    let program = Program::new();
    let said = program
        .run(&["plugin", "inspect", &guest("keeper-next")])
        .ok()
        .out;
    assert!(
        said.contains("⚠ it sees birthdays: no schedule of it is about them"),
        "{said}"
    );
    assert!(
        said.contains("⚠ it writes to customers: it does not say what should become better"),
        "{said}"
    );
    let json = program
        .run(&["--json", "plugin", "inspect", &guest("witness")])
        .ok()
        .json();
    assert_eq!(json["hooks"], json!(["events", "actions", "migrate"]));
    assert_eq!(
        json["imports"],
        json!(["grants", "history", "log", "memory"])
    );
    // Those that ship have reasons for what they ask.
    for plugin in [
        "overheard",
        "ask-once",
        "coach-referral",
        "considerate-birthday",
    ] {
        let file = crate::program::wasm(plugin);
        let json = program
            .run(&["--json", "plugin", "inspect", &file])
            .ok()
            .json();
        assert_eq!(json["unusual"], json!([]), "{plugin}");
    }
}

#[test]
fn long_asks_are_shown_whole() {
    let version = |version: &str, kinds: Value| {
        let mut manifest = manifest();
        manifest["version"] = json!(version);
        manifest["reads"]["history"][0] =
            json!({ "kinds": kinds, "days": 365, "because": "the reason stands last" });
        manifest["subscribes"] = json!([]);
        wat_with("manifest", &manifest.to_string())
    };
    let mut kinds: Vec<String> = (0..60)
        .map(|n| format!("wat/k{n:02}{}", "a".repeat(50)))
        .collect();
    kinds.push("complaint".to_owned());
    let whole = |text: &str| {
        text.contains("a customer's complaints, wat/k00") && text.contains("the reason stands last")
    };
    let (first, next) = (
        version("1.0.0", json!(["visit"])),
        version("2.0.0", json!(kinds)),
    );
    let program = Program::new();
    std::fs::write(program.dir.path().join("next.wasm"), &next).unwrap();
    let told = program.run(&["plugin", "inspect", "next.wasm"]).ok().out;
    assert!(whole(&told), "{told}");

    let served = Served::new(World::new());
    let encoded = |wasm| BASE64_STANDARD.encode(wasm);
    let inspected = served.post("/v1/inspections", json!({ "wasm": encoded(&next) }));
    assert_eq!(inspected.json()["words"][0]["heading"], "It may see");
    assert!(
        whole(&inspected.json()["words"][0].to_string()),
        "{}",
        inspected.text
    );
    let installed = served.post("/v1/plugins", json!({ "wasm": encoded(&first) }));
    assert_eq!(installed.status, 201, "{}", installed.text);
    let refused = served.post("/v1/plugins/wat/upgrade", json!({ "wasm": encoded(&next) }));
    assert_eq!(refused.status, 409, "{}", refused.text);
    assert!(
        whole(&refused.json()["asks"][0].to_string()),
        "{}",
        refused.text
    );
}
