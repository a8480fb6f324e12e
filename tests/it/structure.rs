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

/// Dependencies, and the crates that may have them. `host` leaves a row when the other crate of the row exists.
const DEPENDENCIES: &[(&str, &[&str])] = &[
    ("rusqlite", &["host", "host/store"]),
    ("wasmtime", &["host", "host/runtime"]),
    ("wasmparser", &["host", "host/runtime"]),
    ("axum", &["host", "host/server"]),
    ("hyper", &["host", "host/server"]),
    ("maud", &["host", "host/server"]),
    ("multer", &["host", "host/server"]),
    ("utoipa-axum", &["host", "host/server"]),
    ("oci-client", &["host", "host/registry"]),
    ("minisign", &["host", "host/registry"]),
    ("minisign-verify", &["host", "host/registry"]),
    ("docker_credential", &["host", "host/registry"]),
    ("reqwest", &["host", "host/registry"]),
    ("http-auth", &["host", "host/registry"]),
    ("clap", &["host", "host/cli"]),
    ("indicatif", &["host", "host/cli"]),
    ("rpassword", &["host", "host/cli"]),
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
            "host/model" => &[],
            "host/policy" => &["regulars-model"],
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
fn database_driver_stays_in_the_store() {
    only_in("rusqlite", &["store"]);
    only_in("rusqlite::", &["store/sqlite"]);
}

#[test]
fn axum_stays_in_the_server() {
    only_in("axum", &["http", "console", "server"]);
}

#[test]
fn wasmtime_stays_in_the_runtime() {
    only_in("wasmtime", &["runtime"]);
}

#[test]
fn registry_client_stays_in_the_registry() {
    for word in [
        "oci_client",
        "minisign::",
        "minisign_verify",
        "docker_credential",
        "reqwest",
        "http_auth",
    ] {
        only_in(word, &["registry"]);
    }
}

#[test]
fn time_is_read_by_clock_and_sandbox_alone() {
    for word in ["Timestamp::now", "Zoned::now", "SystemTime::now"] {
        only_in(word, &["clock.rs", "model/clock.rs", "cli"]);
    }
    let measured = [
        "clock.rs",
        "model/clock.rs",
        "runtime",
        "cli",
        "http",
        "server",
    ];
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

/// The modules of the host above the store and the runtime, lowest layer first. A module imports lower layers only.
const LAYERS: &[&[&str]] = &[
    &["text"],
    &["ids", "mac", "clock", "config"],
    &["links", "metrics"],
    &["plugin_set"],
    &["snapshot"],
    &["engine"],
    &["pipeline"],
    &["dispatch", "outbox"],
    &["rehearse", "ticker"],
    &["host"],
];

fn layer(module: &str) -> Option<usize> {
    let module = if module == "Host" { "host" } else { module };
    LAYERS.iter().position(|layer| layer.contains(&module))
}

/// The modules that a file imports from its own crate, by name or in braces.
fn imported(code: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (start, _) in code.match_indices("crate::") {
        let rest = &code[start + "crate::".len()..];
        let Some(list) = rest.strip_prefix('{') else {
            found.push(rest);
            continue;
        };
        let mut depth = 0;
        found.push(list);
        for (at, letter) in list.char_indices() {
            match letter {
                '{' => depth += 1,
                '}' if depth == 0 => break,
                '}' => depth -= 1,
                ',' if depth == 0 => found.push(&list[at + 1..]),
                _ => {}
            }
        }
    }
    let name = |text: &str| -> String {
        let letters = text.trim_start().chars();
        letters
            .take_while(|letter| letter.is_alphanumeric() || *letter == '_')
            .collect()
    };
    found.into_iter().map(name).collect()
}

#[test]
fn modules_import_lower_layers_only() {
    let mut seen = 0;
    for (path, text) in sources() {
        let top = path.components().next().unwrap().as_os_str();
        let own = top.to_str().unwrap().trim_end_matches(".rs");
        let Some(own_layer) = layer(own) else {
            continue;
        };
        seen += 1;
        for module in imported(&code(&text)) {
            let same = module == own || own == "host" && module == "Host";
            let lower = layer(&module).is_none_or(|other| other < own_layer);
            assert!(
                same || lower,
                "{} imports {module}, which is not below {own}",
                path.display()
            );
        }
    }
    assert!(seen > 100, "the modules were not found");
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
