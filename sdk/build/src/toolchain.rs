use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};

use crate::TARGET;

/// The standard library for plugins is missing, and could not be installed or was not to be.
#[derive(Debug)]
pub struct MissingTarget;

impl std::error::Error for MissingTarget {}

impl std::fmt::Display for MissingTarget {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "this Rust has no standard library for {TARGET}, the target of plugins.\n\
             With rustup: rustup target add {TARGET}\n\
             Without, install your distribution's package of it: libstd-rust-dev-wasm32 on Debian \
             and Ubuntu, rust-std-static-{TARGET} on Fedora, rust-wasm on Arch."
        )
    }
}

/// Ensures that the Rust of a folder has the standard library of [`TARGET`]. With `add`, rustup installs a
/// missing one.
///
/// # Errors
/// [`MissingTarget`], which names the commands to install it, or an error if Rust is missing.
pub fn ensure_target(folder: &Path, add: bool) -> Result<()> {
    if standard_library(folder)?.exists() {
        return Ok(());
    }
    if add {
        eprintln!("Adding the target {TARGET} …");
        let added = Command::new("rustup")
            .args(["target", "add", TARGET])
            .current_dir(folder)
            .status();
        if added.is_ok_and(|it| it.success()) && standard_library(folder)?.exists() {
            return Ok(());
        }
    }
    Err(MissingTarget.into())
}

fn standard_library(folder: &Path) -> Result<PathBuf> {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = Command::new(rustc)
        .args(["--print", "target-libdir", "--target", TARGET])
        .current_dir(folder)
        .stderr(Stdio::inherit())
        .output()
        .context("cannot run rustc: install Rust with https://rustup.rs")?;
    ensure!(output.status.success(), "rustc failed ({})", output.status);
    Ok(PathBuf::from(String::from_utf8(output.stdout)?.trim()))
}
