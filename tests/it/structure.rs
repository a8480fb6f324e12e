//! The invariants of ARCHITECTURE.md that a look at the sources can hold.

use std::path::{Path, PathBuf};

/// Every Rust file of the host with its path below `host/src`.
fn sources() -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../host/src");
    let mut found = Vec::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = std::fs::read_to_string(&path).unwrap();
                found.push((path.strip_prefix(&root).unwrap().to_owned(), text));
            }
        }
    }
    assert!(found.len() > 50, "the sources were not found");
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
    only_in("axum", &["http"]);
}

#[test]
fn only_the_runtime_names_wasmtime() {
    only_in("wasmtime", &["runtime"]);
}

#[test]
fn only_the_clock_and_the_sandbox_read_the_time() {
    for word in ["Timestamp::now", "Zoned::now", "SystemTime::now"] {
        only_in(word, &["clock.rs", "cli"]);
    }
    only_in("Instant::now", &["runtime", "cli", "http"]);
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
