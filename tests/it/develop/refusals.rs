//! Projects that cannot be created or built, and the remedy in the message.

use std::fs;

use super::project::{at_home, command, said};
use crate::program::{Program, Said};

fn run(program: &Program, arguments: &[&str]) -> Said {
    said(command(program.dir.path()).args(arguments))
}

#[test]
fn new_refuses_names_invalid_for_plugins_or_crates() {
    let program = Program::new();
    for (name, word) in [
        ("Late", "lower-case"),
        ("late_return", "lower-case"),
        ("match", "is not a valid crate name"),
        ("serde", "is not a valid crate name"),
        ("late-", "is not a valid crate name"),
        ("..", "has no plugin name at its end"),
    ] {
        let said = run(&program, &["plugin", "new", name]);
        assert_eq!(said.code, 2, "{name}: {}", said.err);
        assert!(said.err.contains(word), "{name}: {}", said.err);
    }
    assert_eq!(fs::read_dir(program.dir.path()).unwrap().count(), 0);
}

#[test]
fn plugin_names_hide_no_type_of_the_sdk() {
    let program = Program::new();
    let sdk = concat!(env!("CARGO_MANIFEST_DIR"), "/../sdk");
    for (name, plugin) in [
        ("suggestion", "SuggestionPlugin"),
        ("plugin", "PluginPlugin"),
        ("settings", "SettingsPlugin"),
        ("filter", "FilterPlugin"),
        ("customer-field", "CustomerFieldPlugin"),
        ("ok", "OkPlugin"),
        ("late-return", "LateReturn"),
    ] {
        run(&program, &["plugin", "new", name, "--sdk", sdk]).ok();
        let code = program.dir.path().join(name).join("src/lib.rs");
        let code = fs::read_to_string(code).unwrap();
        assert!(code.contains(&format!("pub struct {plugin};")), "{code}");
        assert!(code.contains(&format!("export!({plugin});")), "{code}");
    }
}

#[test]
fn new_overwrites_no_file() {
    let program = Program::new();
    fs::create_dir(program.dir.path().join("late")).unwrap();
    let file = program.file("late/notes.txt", "mine");
    let said = run(&program, &["plugin", "new", "late"]);
    assert_eq!(said.code, 1);
    assert!(said.err.contains("already exists"), "{}", said.err);
    assert_eq!(
        fs::read_dir(program.dir.path().join("late"))
            .unwrap()
            .count(),
        1
    );
    assert_eq!(fs::read_to_string(file).unwrap(), "mine");
}

#[test]
fn new_takes_the_sdk_path_or_refuses_it() {
    let program = Program::new();
    let said = run(&program, &["plugin", "new", "late", "--sdk", "."]);
    assert_eq!(said.code, 1);
    assert!(said.err.contains("--sdk"), "{}", said.err);
    let sdk = concat!(env!("CARGO_MANIFEST_DIR"), "/../sdk");
    let made = run(
        &program,
        &["--json", "plugin", "new", "a/late", "--sdk", sdk],
    )
    .ok();
    let sdk = fs::canonicalize(sdk).unwrap();
    assert_eq!(made.json()["sdk"], serde_json::json!(sdk));
    let manifest = program.dir.path().join("a/late/Cargo.toml");
    let manifest = fs::read_to_string(manifest).unwrap();
    let dependency = format!("regulars-sdk = {{ path = \"{}\" }}", sdk.display());
    assert!(manifest.contains(&dependency), "{manifest}");
}

#[test]
fn project_below_a_strangers_workspace_stands_alone() {
    let program = Program::new();
    program.file("Cargo.toml", "[workspace]\nmembers = [\"counted-in\"]\n");
    for (name, alone) in [("counted-in", false), ("late", true)] {
        run(&program, &["plugin", "new", name]).ok();
        let manifest = program.dir.path().join(name).join("Cargo.toml");
        let manifest = fs::read_to_string(manifest).unwrap();
        assert_eq!(
            manifest.contains("[workspace]"),
            alone,
            "{name}: {manifest}"
        );
    }
}

#[test]
fn build_names_what_a_project_lacks() {
    let program = Program::new();
    for command in ["build", "test", "dev"] {
        fs::create_dir_all(program.dir.path().join("tests/transcripts")).unwrap();
        program.file("tests/transcripts/one.json", "{}");
        let said = run(&program, &["plugin", command]);
        assert_ne!(said.code, 0);
        assert!(said.err.contains("Cargo.toml"), "{command}: {}", said.err);
    }
    let project = program.dir.path().join("late");
    run(&program, &["plugin", "new", "late"]).ok();
    at_home(&project);
    let manifest = fs::read_to_string(project.join("Cargo.toml")).unwrap();
    let native = manifest.replace("\"cdylib\", ", "");
    assert_ne!(native, manifest);
    fs::write(project.join("Cargo.toml"), native).unwrap();
    let said = run(&program, &["plugin", "build", "late"]);
    assert_eq!(said.code, 1);
    assert!(said.err.contains("cdylib"), "{}", said.err);
}

#[test]
fn build_without_the_target_says_how_to_install_it() {
    let program = Program::new();
    run(&program, &["plugin", "new", "late"]).ok();
    at_home(&program.dir.path().join("late"));
    // A Rust that knows no such target.
    let rustc = program.file("rustc", "#!/bin/sh\necho /nowhere\n");
    fs::set_permissions(&rustc, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let mut build = command(program.dir.path());
    build.env("RUSTC", &rustc).args(["plugin", "build", "late"]);
    let said = said(&mut build);
    assert_eq!(said.code, 1);
    let advice = "rustup target add wasm32-unknown-unknown";
    assert!(said.err.contains(advice), "{}", said.err);
    assert!(said.err.contains("--add-target"), "{}", said.err);
}
