//! Invariants of ARCHITECTURE.md that the sources and manifests show.

mod circles;

use crate::sources::{crates, host, rust};

/// Asserts that only files of these layers name a word.
fn only_in(word: &str, layers: &[&str]) {
    for file in host() {
        let layer = file.layer();
        let allowed = layers
            .iter()
            .any(|allowed| layer == *allowed || layer.starts_with(&format!("{allowed}/")));
        assert!(
            allowed || !file.code.contains(word),
            "{} names {word}: only {layers:?} may",
            file.path
        );
    }
}

/// Asserts that only these crates below `host/` depend on a crate.
fn dependencies_only_in(dependency: &str, folders: &[&str]) {
    for one in crates("host") {
        assert!(
            folders.contains(&one.folder.as_str())
                || !one.dependencies().iter().any(|it| it == dependency),
            "{} depends on {dependency}: only {folders:?} may",
            one.folder
        );
    }
}

/// Dependencies, and the crates that may have them.
const DEPENDENCIES: &[(&str, &[&str])] = &[
    ("rusqlite", &["host/store"]),
    ("wasmtime", &["host/runtime"]),
    ("wasmparser", &["host/runtime", "host/registry"]),
    ("axum", &["host/server"]),
    ("hyper", &["host/server"]),
    ("maud", &["host/server", "host/cli"]),
    ("multer", &["host/server"]),
    ("utoipa-axum", &["host/server"]),
    ("oci-client", &["host/registry"]),
    ("minisign", &["host/registry"]),
    ("minisign-verify", &["host/registry"]),
    ("docker_credential", &["host/registry"]),
    ("reqwest", &["host/registry"]),
    ("http-auth", &["host/registry"]),
    ("clap", &["host/cli"]),
    ("indicatif", &["host/cli"]),
    ("rpassword", &["host/cli"]),
];

#[test]
fn dependencies_belong_to_their_layers() {
    for (dependency, folders) in DEPENDENCIES {
        dependencies_only_in(dependency, folders);
    }
}

#[test]
fn model_and_policy_depend_on_no_layer_above() {
    for one in crates("host") {
        let below: &[&str] = match one.folder.as_str() {
            "host/model" => &["regulars-manifest"],
            "host/policy" => &["regulars-model", "regulars-manifest"],
            _ => continue,
        };
        for dependency in one.dependencies() {
            assert!(
                !dependency.starts_with("regulars") || below.contains(&dependency.as_str()),
                "{} depends on {dependency}: only {below:?} lie below it",
                one.folder
            );
        }
    }
}

#[test]
fn database_driver_stays_in_its_folder() {
    only_in("rusqlite::", &["store/sqlite"]);
}

#[test]
fn time_is_read_by_clock_and_sandbox_alone() {
    for word in ["Timestamp::now", "Zoned::now", "SystemTime::now"] {
        only_in(word, &["model/clock.rs", "cli"]);
    }
    let measured = ["model/clock.rs", "runtime", "cli", "server"];
    only_in("Instant::now", &measured);
}

#[test]
fn model_and_policy_do_no_io() {
    let words = [
        "std::fs",
        "std::net",
        "std::thread",
        "std::env",
        "tokio",
        "dyn Store",
    ];
    for file in host() {
        let layer = file.layer();
        if layer.starts_with("model/") || layer.starts_with("policy/") {
            for word in words {
                assert!(!file.code.contains(word), "{} names {word}", file.path);
            }
        }
    }
}

#[test]
fn shipped_plugins_stay_short() {
    let plugins = crates("plugins");
    assert!(plugins.len() >= 4, "the plugins were not found");
    for plugin in plugins {
        let files = rust(&plugin.src());
        let lines: usize = files.iter().map(|file| file.text.lines().count()).sum();
        assert!(
            (1..=150).contains(&lines),
            "{} has {lines} lines, 150 are the most: shared needs of plugins belong in the SDK",
            plugin.folder
        );
    }
}

#[test]
fn files_stay_small() {
    for file in host() {
        let lines = file.text.lines().count();
        assert!(
            lines <= 400,
            "{} has {lines} lines, 400 are the most: one concept each, 300 are the aim",
            file.path
        );
    }
}
