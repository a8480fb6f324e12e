//! A plugin is made, built, tested and tried, as its author does it.

mod dev;
mod golden;
mod project;
mod readme;
mod refusals;

use std::fs;

use project::Project;
use serde_json::json;
use wasm_metadata::Payload;

#[test]
fn new_project_builds_and_its_tests_pass() {
    let project = Project::new("late-return");
    project.cargo(&["fmt", "--check"]);
    project.cargo(&["test", "--quiet"]);
    project.replace("Cargo.toml", "publish = false", "license = \"MIT\"");

    let built = project.run(&["--json", "plugin", "build"]).ok().json();
    let file = project.path("target/plugins/late-return.wasm");
    assert_eq!(built["file"], json!(file));
    let manifest = &built["manifest"];
    let named = (&manifest["name"], &manifest["title"], &manifest["version"]);
    let expected = (json!("late-return"), json!("Late return"), json!("0.1.0"));
    assert_eq!(named, (&expected.0, &expected.1, &expected.2));
    let wasm = fs::read(&file).unwrap();
    assert_eq!(built["size"], json!(wasm.len()));
    // No WASI: what it imports is what it may do.
    assert_eq!(built["imports"], json!(["history", "log"]));

    let says = Payload::from_binary(&wasm).unwrap();
    let says = says.metadata();
    assert_eq!(says.name.as_deref(), Some("late-return"));
    let text = |it: &Option<_>| it.as_ref().map(ToString::to_string).unwrap_or_default();
    assert_eq!(says.version.as_ref().unwrap().to_string(), "0.1.0");
    assert_eq!(
        text(&says.description),
        "Staff notice who has been away for a while"
    );
    assert_eq!(says.licenses.as_ref().unwrap().to_string(), "MIT");

    let event = ["plugin", "run", file.to_str().unwrap(), "events/visit.json"];
    let said = project.run(&event).ok();
    assert!(said.out.contains("Welcome Ada back"), "{}", said.out);

    // What is wrong leaves the last component where it is.
    project.replace("Cargo.toml", "\"MIT\"", "\"none at all\"");
    let said = project.run(&["plugin", "build"]);
    assert_eq!(said.code, 1);
    assert!(
        said.err.contains("expected an SPDX expression"),
        "{}",
        said.err
    );
    project.replace("Cargo.toml", "\"none at all\"", "\"MIT\"");
    project.replace("src/lib.rs", "\"visit\"], 730", "\"visit\"], 9999");
    let said = project.run(&["plugin", "build"]);
    assert!(said.err.contains("is not a valid plugin"), "{}", said.err);
    assert!(said.err.contains("3650"), "{}", said.err);
    assert_eq!(fs::read(&file).unwrap(), wasm);
}
