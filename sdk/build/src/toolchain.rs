use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};

use crate::TARGET;

/// This Rust has no standard library for plugins, and nobody asked for it, or it cannot be had.
#[derive(Debug)]
pub struct MissingTarget;

impl std::error::Error for MissingTarget {}

impl std::fmt::Display for MissingTarget {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "plugins are built for {TARGET}, and this Rust has no standard library for it.\n\
             With rustup: rustup target add {TARGET}\n\
             Without, install your distribution's package of it: libstd-rust-dev-wasm32 on Debian \
             and Ubuntu, rust-std-static-{TARGET} on Fedora, rust-wasm on Arch."
        )
    }
}

/// Sees to it that the standard library of [`TARGET`] is there, for the Rust that a folder is built with. With `add`,
/// rustup fetches it where it is not.
///
/// # Errors
/// [`MissingTarget`], which says how to get it; or where there is no Rust.
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
