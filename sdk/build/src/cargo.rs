use std::ffi::OsString;
use std::io::BufReader;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, PoisonError};

use anyhow::{Context, Result, bail, ensure};
use cargo_metadata::Message;

use crate::{PROFILE, Package, TARGET, Workspace};

/// A small stack and all memory from the start: a guest that never grows costs the host no page faults.
/// `sdk/README.md` explains them.
const LINK: [&str; 2] = [
    "-Clink-arg=-zstack-size=65536",
    "-Clink-arg=--initial-memory=196608",
];

/// The profile for workspaces without their own.
const SETTINGS: [&str; 6] = [
    "inherits='release'",
    "opt-level=3",
    "lto='fat'",
    "codegen-units=1",
    "strip='debuginfo'",
    "panic='abort'",
];

/// Cancels the running build from another thread, and all later ones.
#[derive(Debug, Default)]
pub struct Cancel(Mutex<BuildState>);

#[derive(Debug, Default)]
enum BuildState {
    #[default]
    Idle,
    Runs(Child),
    Cancelled,
}

/// The error of a build that [`Cancel`] ended.
#[derive(Debug)]
pub struct Cancelled;

impl std::error::Error for Cancelled {}

impl std::fmt::Display for Cancelled {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the build was cancelled")
    }
}

impl Cancel {
    /// Ends the running build.
    pub fn cancel(&self) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let BuildState::Runs(child) = &mut *state {
            // It may have ended by itself.
            drop(child.kill());
            drop(child.wait());
        }
        *state = BuildState::Cancelled;
    }

    /// Runs a program until it ends or is cancelled, and passes its output to `read`. Returns the result of
    /// `read`, and true if the program succeeded.
    fn run<T>(
        &self,
        command: &mut Command,
        read: impl FnOnce(std::process::ChildStdout) -> T,
    ) -> Result<(T, bool)> {
        let state = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let printed = {
            let mut state = state();
            if matches!(*state, BuildState::Cancelled) {
                return Err(Cancelled.into());
            }
            let mut child = command
                .stdout(Stdio::piped())
                .spawn()
                .context("cannot run cargo: install Rust with https://rustup.rs")?;
            let printed = child.stdout.take();
            *state = BuildState::Runs(child);
            printed.context("cargo prints nothing")?
        };
        let read = read(printed);
        let mut state = state();
        match std::mem::take(&mut *state) {
            BuildState::Runs(mut child) => Ok((read, child.wait()?.success())),
            _ => {
                *state = BuildState::Cancelled;
                Err(Cancelled.into())
            }
        }
    }
}

/// Builds packages with one call of cargo, which reports its progress on standard error. Returns their
/// modules in the same order. The profile is [`PROFILE`] of the workspace's `Cargo.toml`. The default is
/// optimised for speed, with one codegen unit, fat LTO and without debug information.
///
/// # Errors
/// An error if a package does not compile, or [`Cancelled`].
pub fn modules(
    workspace: &Workspace,
    packages: &[Package],
    cancel: &Cancel,
) -> Result<Vec<PathBuf>> {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo
        .args(["build", "--profile", PROFILE, "--target", TARGET])
        .arg("--message-format=json-render-diagnostics")
        .current_dir(&workspace.root)
        // The flags affect only builds for the target.
        .env("CARGO_ENCODED_RUSTFLAGS", rustflags());
    if !workspace.has_profile {
        for setting in SETTINGS {
            cargo.arg(format!("--config=profile.{PROFILE}.{setting}"));
        }
    }
    for package in packages {
        cargo.args(["--package", &package.id.repr]);
    }
    let (found, succeeded) = cancel.run(&mut cargo, |printed| artifacts(printed, packages))?;
    ensure!(succeeded, "the build failed");
    let mut modules = Vec::new();
    for (package, module) in packages.iter().zip(found?) {
        match module {
            Some(module) => modules.push(module),
            None => bail!("cargo built no module of {}", package.name),
        }
    }
    Ok(modules)
}

/// Returns the module of each package, from cargo's messages.
fn artifacts(
    printed: std::process::ChildStdout,
    packages: &[Package],
) -> std::io::Result<Vec<Option<PathBuf>>> {
    let mut found = vec![None; packages.len()];
    for message in Message::parse_stream(BufReader::new(printed)) {
        let Message::CompilerArtifact(made) = message? else {
            continue;
        };
        let place = packages.iter().position(|it| it.id == made.package_id);
        let module = made
            .filenames
            .iter()
            .find(|it| it.extension() == Some("wasm"));
        if let (Some(place), Some(module)) = (place, module) {
            found[place] = Some(module.as_std_path().to_owned());
        }
    }
    Ok(found)
}

/// Returns the caller's flags and ours. Cargo uses only the first of its variables that is set, so both must
/// be in one.
fn rustflags() -> OsString {
    let theirs = std::env::var_os("CARGO_ENCODED_RUSTFLAGS").or_else(|| {
        let flags = std::env::var("RUSTFLAGS").ok()?;
        let flags: Vec<&str> = flags.split_whitespace().collect();
        Some(flags.join("\x1f").into())
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
