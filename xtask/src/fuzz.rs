//! `cargo xtask fuzz`: runs the fuzz targets. See `tests/fuzz/README.md`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::{Command as Chore, tools, workspace};

pub const COMMAND: Chore = Chore {
    name: "fuzz",
    arguments: "[TARGET …] [--seconds N]",
    summary: "run all fuzz targets, or the named ones, for N seconds each (60)",
    run,
};

/// Default seconds per target, also in `cargo xtask test --long`.
pub const SECONDS: u64 = 60;

/// Maximum seconds for one input. A slower one is a finding.
const TIMEOUT: u32 = 10;
/// Maximum memory in MiB. An input that exceeds it is a finding.
const MEMORY: u32 = 2560;

fn run(arguments: &[String]) -> Result<()> {
    let mut seconds = SECONDS;
    let mut chosen = Vec::new();
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        let value = match argument.strip_prefix("--seconds") {
            Some("") => rest.next().cloned().unwrap_or_default(),
            Some(value) if value.starts_with('=') => value[1..].to_owned(),
            _ if argument.starts_with('-') => {
                bail!("unknown option {argument}: expected --seconds N")
            }
            _ => {
                chosen.push(argument.clone());
                continue;
            }
        };
        seconds = value
            .parse()
            .ok()
            .filter(|seconds| *seconds > 0)
            .with_context(|| format!("invalid --seconds “{value}”: expected a number above 0"))?;
    }
    let known = targets()?;
    if let Some(unknown) = chosen.iter().find(|name| !known.contains(name)) {
        bail!(
            "unknown target {unknown}: expected one of {}",
            known.join(", ")
        );
    }
    each(if chosen.is_empty() { &known } else { &chosen }, seconds)
}

/// Runs all targets, for `cargo xtask test --long`.
pub fn all(cargo_fuzz: &Path) -> Result<()> {
    with(cargo_fuzz, &targets()?, SECONDS)
}

/// Returns the program `cargo-fuzz`. Fails if the tools for fuzzing are missing.
pub fn ready() -> Result<PathBuf> {
    tools::nightly()?;
    tools::cargo_fuzz()
}

fn each(targets: &[String], seconds: u64) -> Result<()> {
    with(&ready()?, targets, seconds)
}

fn with(cargo_fuzz: &Path, targets: &[String], seconds: u64) -> Result<()> {
    for target in targets {
        eprintln!("Fuzzing {target} for {seconds} s …");
        fuzz(cargo_fuzz, target, seconds).with_context(|| {
            format!(
                "{target} failed. The input is in tests/fuzz/artifacts/{target}/: fix the host, and copy the input to \
                 tests/fuzz/corpus/{target}/ under a descriptive name"
            )
        })?;
    }
    Ok(())
}

fn fuzz(cargo_fuzz: &Path, target: &str, seconds: u64) -> Result<()> {
    let folder = folder();
    // New inputs go below `target`; the corpus of the repository is only read.
    let new_corpus = workspace::target().join("fuzz/corpus").join(target);
    fs::create_dir_all(&new_corpus)?;
    let mut command = Command::new(cargo_fuzz);
    command
        .args(["fuzz", "run", "--target-dir"])
        .arg(std::path::absolute(workspace::target().join("fuzz"))?)
        .arg(target)
        .arg(std::path::absolute(&new_corpus)?)
        .arg(folder.join("corpus").join(target))
        .arg("--")
        .arg(format!("-max_total_time={seconds}"))
        .arg(format!("-timeout={TIMEOUT}"))
        .arg(format!("-rss_limit_mb={MEMORY}"))
        .args(["-max_len=16384", "-print_final_stats=1", "-verbosity=0"])
        // Hides the host's messages about bad input.
        .arg("-close_fd_mask=1")
        .current_dir(&folder)
        // The toolchain is another one here, with its own cargo.
        .env_remove("CARGO")
        .env("RUSTUP_TOOLCHAIN", "nightly");
    let dictionary = folder.join("dictionaries").join(format!("{target}.dict"));
    if dictionary.exists() {
        command.arg(format!("-dict={}", dictionary.display()));
    }
    // Databases and files of single inputs are best kept in memory.
    let memory = Path::new("/dev/shm");
    if std::env::var_os("TMPDIR").is_none() && memory.is_dir() {
        command.env("TMPDIR", memory);
    }
    workspace::run(&mut command)
}

fn folder() -> PathBuf {
    workspace::root().join("tests/fuzz")
}

fn targets() -> Result<Vec<String>> {
    let mut targets = Vec::new();
    for file in fs::read_dir(folder().join("fuzz_targets"))? {
        let path = file?.path();
        if let Some(name) = path.file_stem() {
            targets.push(name.to_string_lossy().into_owned());
        }
    }
    targets.sort();
    Ok(targets)
}
