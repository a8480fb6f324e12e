//! The invariants of ARCHITECTURE.md that a look at the sources can hold.

use std::path::{Path, PathBuf};

/// Every Rust file of the host with its path below `host/src`.
fn sources() -> Vec<(PathBuf, String)> {
    let found = rust_below(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../host/src"));
    assert!(found.len() > 50, "the sources were not found");
    found
}

/// Every Rust file below a folder, with its path from there.
fn rust_below(root: &Path) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = std::fs::read_to_string(&path).unwrap();
                found.push((path.strip_prefix(root).unwrap().to_owned(), text));
            }
        }
    }
    found
}

/// The code of a file, without its comments.
fn code(text: &str) -> String {
    text.lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .collect::<Vec<_>>()
        .join("\n")
}

/// Asserts that only files below these places name a word.
fn only_in(word: &str, places: &[&str]) {
    for (path, text) in sources() {
        let allowed = places.iter().any(|place| path.starts_with(place));
        assert!(
            allowed || !code(&text).contains(word),
            "{} names {word}, which only {places:?} may",
            path.display()
        );
    }
}

#[test]
fn only_the_store_names_a_database_driver() {
    only_in("rusqlite", &["store/sqlite"]);
}

#[test]
fn only_http_names_axum() {
    only_in("axum", &["http", "console"]);
}

#[test]
fn only_the_runtime_names_wasmtime() {
    only_in("wasmtime", &["runtime"]);
}

#[test]
fn only_the_registry_names_its_client() {
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
fn only_the_clock_and_the_sandbox_read_the_time() {
    for word in ["Timestamp::now", "Zoned::now", "SystemTime::now"] {
        only_in(word, &["clock.rs", "cli"]);
    }
    only_in("Instant::now", &["clock.rs", "runtime", "cli", "http"]);
}

#[test]
fn model_and_policy_do_no_io() {
    for (path, text) in sources() {
        if !path.starts_with("model") && !path.starts_with("policy") {
            continue;
        }
        for word in [
            "std::fs",
            "std::net",
            "std::thread",
            "std::env",
            "tokio",
            "dyn Store",
        ] {
            assert!(
                !code(&text).contains(word),
                "{} names {word}",
                path.display()
            );
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
    let plugins = Path::new(env!("CARGO_MANIFEST_DIR")).join("../plugins");
    let mut seen = 0;
    for plugin in std::fs::read_dir(plugins).unwrap() {
        let plugin = plugin.unwrap().path();
        let lines: usize = rust_below(&plugin.join("src"))
            .iter()
            .map(|(_, text)| text.lines().count())
            .sum();
        assert!(
            (1..=150).contains(&lines),
            "{} has {lines} lines, 150 are the most: what plugins generally need belongs in the SDK",
            plugin.display()
        );
        seen += 1;
    }
    assert!(seen >= 4, "the plugins were not found");
}

#[test]
fn files_stay_small() {
    for (path, text) in sources() {
        let lines = text.lines().count();
        assert!(
            lines <= 400,
            "{} has {lines} lines: one concept each, 300 are the aim",
            path.display()
        );
    }
}
