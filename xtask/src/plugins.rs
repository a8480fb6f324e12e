//! `cargo xtask plugins`: builds every plugin into a component, as `regulars plugin build` does with one.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use regulars_build::{Cancel, Workspace, component, ensure_target, modules, write};

use crate::{Command, workspace};

pub const COMMAND: Command = Command {
    name: "plugins",
    arguments: "[--guests]",
    summary: "build plugins/* into target/plugins/*.wasm; --guests: also what the tests install",
    run,
};

fn run(arguments: &[String]) -> Result<()> {
    match arguments {
        [] => build(&[("plugins", "plugins")]),
        [flag] if flag == "--guests" => {
            build(&[("plugins", "plugins"), ("tests/guests", "guests")])
        }
        _ => bail!("only --guests is known: {arguments:?}"),
    }
}

/// Builds the crates in each first folder, below the root, into its second, below the target.
pub fn build(folders: &[(&str, &str)]) -> Result<()> {
    ensure_target(workspace::root(), true)?;
    let known = Workspace::of(workspace::root())?;
    let (mut packages, mut files) = (Vec::new(), Vec::new());
    for (from, into) in folders {
        for folder in crates_in(from)? {
            let package = known.package_in(&folder)?;
            let file = format!("{}.wasm", package.name);
            files.push(workspace::target().join(into).join(file));
            packages.push(package);
        }
    }
    let modules = modules(&known, &packages, &Cancel::default())?;
    for ((package, module), file) in packages.iter().zip(modules).zip(files) {
        let made = component(package, &module)?;
        write(&made, &file)?;
        println!(
            "{:<22} {:>6.1} KB",
            package.name,
            made.len() as f64 / 1000.0
        );
    }
    Ok(())
}

/// The folders of the crates in a folder, by name.
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
