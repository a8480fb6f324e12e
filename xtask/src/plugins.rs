//! `cargo xtask plugins`: builds a component of every plugin, as `regulars plugin build` does for
//! one.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use regulars_build::{Cancel, Workspace, component, ensure_target, modules, write};

use crate::{Command, workspace};

pub const COMMAND: Command = Command {
    name: "plugins",
    arguments: "[--guests]",
    summary: "build plugins/* into target/plugins/*.wasm; --guests: also the guests of the tests",
    run,
};

fn run(arguments: &[String]) -> Result<()> {
    match arguments {
        [] => build(&[("plugins", "plugins")]),
        [flag] if flag == "--guests" => {
            build(&[("plugins", "plugins"), ("tests/guests", "guests")])
        }
        _ => bail!("unknown arguments {arguments:?}: expected --guests"),
    }
}

/// Builds the crates of each folder below the root into the paired folder below the target folder.
pub fn build(folders: &[(&str, &str)]) -> Result<()> {
    ensure_target(workspace::root(), true)?;
    let workspace_info = Workspace::of(workspace::root())?;
    let (mut packages, mut files) = (Vec::new(), Vec::new());
    for (from, into) in folders {
        for folder in crates_in(from)? {
            let package = workspace_info.package_in(&folder)?;
            let file = format!("{}.wasm", package.name);
            files.push(workspace::target().join(into).join(file));
            packages.push(package);
        }
    }
    let modules = modules(&workspace_info, &packages, &Cancel::default())?;
    for ((package, module), file) in packages.iter().zip(modules).zip(files) {
        let wasm = component(package, &module)?;
        write(&wasm, &file)?;
        println!(
            "{:<22} {:>6.1} KB",
            package.name,
            wasm.len() as f64 / 1000.0
        );
    }
    Ok(())
}

/// Returns the folders of the crates in a folder, sorted by name.
fn crates_in(folder: &str) -> Result<Vec<PathBuf>> {
    let path = workspace::root().join(folder);
    let mut crates = Vec::new();
    for entry in fs::read_dir(&path).with_context(|| format!("no folder {}", path.display()))? {
        let path = entry?.path();
        if path.join("Cargo.toml").exists() {
            crates.push(path);
        }
    }
    crates.sort();
    Ok(crates)
}
