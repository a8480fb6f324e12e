//! With the feature `catalogue`: embeds the components of the plugins that ship. They come from the folder
//! `REGULARS_CATALOGUE`, or else from `plugins` in cargo's target folder, where `cargo xtask plugins` writes
//! them.

use std::env;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    if env::var_os("CARGO_FEATURE_CATALOGUE").is_none() {
        return;
    }
    println!("cargo::rerun-if-env-changed=REGULARS_CATALOGUE");
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets it"));
    let named = env::var_os("REGULARS_CATALOGUE").map(PathBuf::from);
    let folder = named.or_else(|| built(&out)).unwrap_or_default();
    println!("cargo::rerun-if-changed={}", folder.display());
    let components = components(&folder);
    if components.is_empty() {
        println!(
            "cargo::warning=no components in {}: the catalogue is empty, build them with `cargo xtask plugins`",
            folder.display()
        );
    }
    let mut code = String::from("const SHIPPED: &[Shipped] = &[\n");
    for path in components {
        println!("cargo::rerun-if-changed={}", path.display());
        let name = path.file_stem().unwrap_or_default().to_string_lossy();
        let path = path.display().to_string();
        writeln!(
            code,
            "    Shipped {{ name: {name:?}, wasm: include_bytes!({path:?}) }},"
        )
        .expect("it is a string");
    }
    code += "];\n";
    fs::write(out.join("catalogue.rs"), code).expect("cargo's own folder can be written to");
}

/// Returns `plugins` in cargo's target folder, which is an ancestor of `OUT_DIR`:
/// `<target>[/<triple>]/<profile>/build/<package>/out`.
fn built(out: &Path) -> Option<PathBuf> {
    let mut above = out.ancestors().take(6).map(|folder| folder.join("plugins"));
    let found = above.find(|folder| !components(folder).is_empty());
    found.or_else(|| Some(out.ancestors().nth(4)?.join("plugins")))
}

/// Returns the components in a folder by name. A missing folder has none.
fn components(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let paths = entries.map(|entry| entry.path());
    let is_component = |path: &PathBuf| path.extension().is_some_and(|it| it == "wasm");
    let mut found: Vec<PathBuf> = paths.filter(is_component).collect();
    found.sort();
    found
}
