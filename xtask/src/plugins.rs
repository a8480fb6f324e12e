//! `cargo xtask plugins`: builds every plugin for `wasm32-unknown-unknown`, and makes components of
//! what comes out.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{self, Stdio};

use anyhow::{Context, Result, bail};
use wit_component::ComponentEncoder;

use crate::{Command, workspace};

pub const COMMAND: Command = Command {
    name: "plugins",
    arguments: "[--guests]",
    summary: "build plugins/* into target/plugins/*.wasm; --guests: also what the tests install",
    run,
};

const TARGET: &str = "wasm32-unknown-unknown";

/// A small stack, and all memory from the start: a guest that never grows costs the host no page
/// faults. `sdk/README.md` explains them.
const LINK: [&str; 2] = [
    "-Clink-arg=-zstack-size=65536",
    "-Clink-arg=--initial-memory=196608",
];

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
    ensure_target()?;

    let mut crates = Vec::new();
    for (from, into) in folders {
        let into = workspace::target().join(into);
        crates.extend(crates_in(from)?.into_iter().map(|it| (it, into.clone())));
    }
    compile(crates.iter().map(|(name, _)| name.as_str()))?;

    let built = workspace::target().join(TARGET).join("plugin");
    for (name, into) in &crates {
        let module = built.join(format!("{}.wasm", name.replace('-', "_")));
        let component = into.join(format!("{name}.wasm"));
        let size = componentize(&module, &component)
            .with_context(|| format!("{name} does not make a component"))?;
        println!("{name:<22} {:>6.1} KB", size as f64 / 1000.0);
    }
    Ok(())
}

/// The crates in a folder, by name, which is also their folder's.
fn crates_in(folder: &str) -> Result<Vec<String>> {
    let path = workspace::root().join(folder);
    let mut names = Vec::new();
    for entry in fs::read_dir(&path).with_context(|| format!("no folder {}", path.display()))? {
        let entry = entry?;
        if entry.path().join("Cargo.toml").exists() {
            names.push(entry.file_name().to_string_lossy().into_owned());
        }
    }
    names.sort();
    Ok(names)
}

/// One invocation of cargo for all of them. The flags reach only what is built for the target.
fn compile<'a>(names: impl Iterator<Item = &'a str>) -> Result<()> {
    let mut cargo = workspace::cargo();
    cargo.args(["build", "--profile", "plugin", "--target", TARGET]);
    for name in names {
        cargo.args(["--package", name]);
    }
    cargo.env("CARGO_ENCODED_RUSTFLAGS", rustflags());
    workspace::run(&mut cargo)
}

/// The flags that the caller set, and ours. Of the variables that cargo looks at, only the first
/// that is set counts, so ours have to join theirs there.
fn rustflags() -> OsString {
    let theirs = std::env::var_os("CARGO_ENCODED_RUSTFLAGS").or_else(|| {
        let flags = std::env::var("RUSTFLAGS").ok()?;
        Some(
            flags
                .split_whitespace()
                .collect::<Vec<_>>()
                .join("\x1f")
                .into(),
        )
    });
    let mut flags = theirs.unwrap_or_default();
    for flag in LINK {
        if !flags.is_empty() {
            flags.push("\x1f");
        }
        flags.push(flag);
    }
    flags
}

/// Writes the component of a module, where it is not the one that is already there; its size.
fn componentize(module: &Path, component: &Path) -> Result<usize> {
    let bytes = fs::read(module).with_context(|| format!("cannot read {}", module.display()))?;
    let encoded = ComponentEncoder::default()
        .validate(true)
        .module(&bytes)?
        .encode()?;
    if fs::read(component).ok().as_deref() != Some(&encoded) {
        let folder = component.parent().expect("it lies in a folder");
        fs::create_dir_all(folder)?;
        // Under another name first: who installs plugins at this moment sees a whole one.
        let partial = component.with_extension("partial");
        fs::write(&partial, &encoded)?;
        fs::rename(&partial, component)?;
    }
    Ok(encoded.len())
}

/// Sees to it that the target's standard library is there: through rustup, if there is one.
fn ensure_target() -> Result<()> {
    if standard_library()?.exists() {
        return Ok(());
    }
    println!("adding the target {TARGET}");
    let added = workspace::run(
        process::Command::new("rustup")
            .args(["target", "add", TARGET])
            .current_dir(workspace::root()),
    );
    if added.is_ok() && standard_library()?.exists() {
        return Ok(());
    }
    bail!(
        "plugins are built for {TARGET}, and this Rust has no standard library for it.\n\
         With rustup: rustup target add {TARGET}\n\
         Without, install your distribution's package of it: libstd-rust-dev-wasm32 on Debian \
         and Ubuntu, rust-std-static-{TARGET} on Fedora, rust-wasm on Arch."
    )
}

fn standard_library() -> Result<PathBuf> {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = process::Command::new(rustc)
        .args(["--print", "target-libdir", "--target", TARGET])
        .current_dir(workspace::root())
        .stderr(Stdio::inherit())
        .output()
        .context("cannot run rustc")?;
    Ok(PathBuf::from(String::from_utf8(output.stdout)?.trim()))
}
