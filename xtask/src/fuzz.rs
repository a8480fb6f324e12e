//! `cargo xtask fuzz`: looks for bytes that the host cannot take. See `tests/fuzz/README.md`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::{Command as Chore, tools, workspace};

pub const COMMAND: Chore = Chore {
    name: "fuzz",
    arguments: "[TARGET …] [--seconds N]",
    summary: "run the fuzz targets, or those that are named, for N seconds each (60)",
    run,
};

/// Seconds for each target where nothing else is said, and in `cargo xtask test --long`.
pub const SECONDS: u64 = 60;

/// An input that takes longer than this, in seconds, is a finding.
const TIMEOUT: u32 = 10;
/// An input with which the process grows above this, in MiB, is a finding.
const MEMORY: u32 = 2560;

fn run(arguments: &[String]) -> Result<()> {
    let mut seconds = SECONDS;
    let mut named = Vec::new();
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        let value = match argument.strip_prefix("--seconds") {
            Some("") => rest.next().cloned().unwrap_or_default(),
            Some(value) if value.starts_with('=') => value[1..].to_owned(),
            _ if argument.starts_with('-') => bail!("{argument} is not known: only --seconds N is"),
            _ => {
                named.push(argument.clone());
                continue;
            }
        };
        seconds = value
            .parse()
            .ok()
            .filter(|seconds| *seconds > 0)
            .with_context(|| format!("--seconds: a number above 0 is expected, not “{value}”"))?;
    }
    let known = targets()?;
    if let Some(unknown) = named.iter().find(|name| !known.contains(name)) {
        bail!(
            "there is no target {unknown}: use one of {}",
            known.join(", ")
        );
    }
    each(if named.is_empty() { &known } else { &named }, seconds)
}

/// Runs all targets, for `cargo xtask test --long`.
pub fn all(cargo_fuzz: &Path) -> Result<()> {
    with(cargo_fuzz, &targets()?, SECONDS)
}

/// Finds the tools of fuzzing, or fails with the missing one.
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
                "{target}: something does not hold. The input lies in tests/fuzz/artifacts/{target}/: \
                 mend the host, and copy it to tests/fuzz/corpus/{target}/ under a name that says what it is"
            )
        })?;
    }
    Ok(())
}

fn fuzz(cargo_fuzz: &Path, target: &str, seconds: u64) -> Result<()> {
    let folder = folder();
    // New inputs go below `target`; the corpus of the repository is only read.
    let found = workspace::target().join("fuzz/corpus").join(target);
    fs::create_dir_all(&found)?;
    let mut command = Command::new(cargo_fuzz);
    command
        .args(["fuzz", "run", "--target-dir"])
        .arg(std::path::absolute(workspace::target().join("fuzz"))?)
        .arg(target)
        .arg(std::path::absolute(&found)?)
        .arg(folder.join("corpus").join(target))
        .arg("--")
        .arg(format!("-max_total_time={seconds}"))
        .arg(format!("-timeout={TIMEOUT}"))
        .arg(format!("-rss_limit_mb={MEMORY}"))
        .args(["-max_len=16384", "-print_final_stats=1", "-verbosity=0"])
        // The host's messages about bad input do not belong on this terminal.
        .arg("-close_fd_mask=1")
        .current_dir(&folder)
        // `CARGO` names the stable cargo that runs this.
        .env_remove("CARGO")
        .env("RUSTUP_TOOLCHAIN", "nightly");
    let dictionary = folder.join("dictionaries").join(format!("{target}.dict"));
    if dictionary.exists() {
        command.arg(format!("-dict={}", dictionary.display()));
    }
    // Databases and files of single inputs belong in memory.
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
