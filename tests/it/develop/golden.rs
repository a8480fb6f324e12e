//! Runs that a project keeps, made again.

use std::fs;

use serde_json::Value;

use super::project::Project;
use crate::program::{Program, wasm};

#[test]
fn changed_output_is_shown_and_can_be_blessed() {
    let project = Project::new("welcome-home");
    let transcript = project.path("tests/transcripts/away.json");
    let recorded = fs::read_to_string(&transcript).unwrap();
    let said = project.run(&["plugin", "test"]).ok();
    assert!(
        said.out.contains("same       away: 1 effect"),
        "{}",
        said.out
    );
    assert!(said.out.contains("1 the same"), "{}", said.out);

    project.replace(
        "src/lib.rs",
        "Away for {away} days.",
        "Not here for {away} days.",
    );
    let said = project.run(&["plugin", "test"]);
    assert_eq!(said.code, 1, "{}\n{}", said.out, said.err);
    for line in [
        "different  away",
        "  -     \"reason\": \"Away for 90 days.\"",
        "  +     \"reason\": \"Not here for 90 days.\"",
        "1 different",
    ] {
        assert!(said.out.contains(line), "“{line}” is not in:\n{}", said.out);
    }
    assert!(said.err.contains("--bless"), "{}", said.err);
    assert_eq!(fs::read_to_string(&transcript).unwrap(), recorded);

    let component = project.path("target/plugins/welcome-home.wasm");
    let built = ["plugin", "test", "--component", component.to_str().unwrap()];
    let said = project.run(&[&built[..], &["--bless"]].concat()).ok();
    assert!(said.out.contains("blessed    away"), "{}", said.out);
    let blessed = fs::read_to_string(&transcript).unwrap();
    let changed = similar_lines(&recorded, &blessed);
    let expected = |line: &&str| {
        let members = ["reason", "digest", "fuel", "peak_memory"];
        members.iter().any(|it| line.contains(&format!("\"{it}\"")))
    };
    assert!(changed.iter().all(expected), "{changed:#?}");
    let said = project
        .run(&[&built[..], &["--bless", "--json"]].concat())
        .ok();
    assert_eq!(said.json()["result"], "same");
    assert_eq!(fs::read_to_string(&transcript).unwrap(), blessed);

    // One that cannot be run hides nothing of the others.
    fs::write(project.path("tests/transcripts/a.json"), "{}").unwrap();
    let said = project.run(&[&built[..], &["--json"]].concat());
    assert_eq!(said.code, 2, "{}", said.err);
    let results = said.out.lines().map(|line| {
        let json: Value = serde_json::from_str(line).unwrap();
        json["result"].as_str().unwrap().to_owned()
    });
    assert_eq!(results.collect::<Vec<_>>(), ["cannot", "same"]);
}

/// The lines of the second text that are not in the first.
fn similar_lines<'a>(one: &str, other: &'a str) -> Vec<&'a str> {
    let known: Vec<&str> = one.lines().collect();
    other.lines().filter(|line| !known.contains(line)).collect()
}

#[test]
fn folder_without_transcripts_is_no_success() {
    let program = Program::new();
    let said = program.run(&["plugin", "test", "--component", &wasm("overheard")]);
    assert_eq!(said.code, 2);
    assert!(said.err.contains("regulars run export"), "{}", said.err);
}
