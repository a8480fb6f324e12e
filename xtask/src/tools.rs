//! Installs programs that some tests need and that no Rust crate replaces, at pinned versions below
//! `target/tools`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail, ensure};

use crate::workspace;

/// Returns the folder of installed tools.
pub fn folder() -> PathBuf {
    workspace::target().join("tools")
}

/// Returns the tool, or `None` and a note in `missing` if it cannot be installed. Fails if `CI` is
/// set.
pub fn optional<T>(tool: Result<T>, what: &str, missing: &mut Vec<String>) -> Result<Option<T>> {
    match tool {
        Ok(tool) => Ok(Some(tool)),
        Err(error) if std::env::var_os("CI").is_some() => Err(error.context(what.to_owned())),
        Err(error) => {
            missing.push(format!("{what}: {error:#}"));
            Ok(None)
        }
    }
}

/// Installs `schemathesis` from PyPI if it is missing, and returns the program.
/// `tests/schemathesis.txt` pins it and its dependencies.
pub fn schemathesis() -> Result<PathBuf> {
    from_pypi("schemathesis", "bin/schemathesis")
}

/// Installs `aiosmtpd` from PyPI if it is missing, and returns its program. `tests/aiosmtpd.txt`
/// pins it and its dependencies.
pub fn aiosmtpd() -> Result<PathBuf> {
    from_pypi("aiosmtpd", "bin/aiosmtpd")
}

/// Installs a program from PyPI into its own virtual environment if it is missing.
/// `tests/<name>.txt` pins it.
fn from_pypi(name: &str, program: &str) -> Result<PathBuf> {
    let environment = folder().join(name);
    let program = environment.join(program);
    let pins_file = workspace::root().join(format!("tests/{name}.txt"));
    let pins =
        fs::read(&pins_file).with_context(|| format!("cannot read {}", pins_file.display()))?;
    // Written last: an environment without it is incomplete.
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
            .arg(&pins_file),
    )
    .with_context(|| format!("cannot install {name} from PyPI"))?;
    ensure!(program.exists(), "pip installed no {}", program.display());
    fs::write(&stamp, pins)?;
    Ok(program)
}

/// Finds Chromium, and installs its driver and checkers from npm; `tests/browser/package-lock.json`
/// pins them. The browser itself must be installed, since no registry has one; `REGULARS_BROWSER`
/// names another one.
pub fn browser() -> Result<PathBuf> {
    let browser = named_browser()?;
    let own_folder = folder().join("browser");
    let pins_folder = workspace::root().join("tests/browser");
    fs::create_dir_all(&own_folder)
        .with_context(|| format!("cannot create {}", own_folder.display()))?;
    let stamp = own_folder.join("installed.json");
    let pins = fs::read(pins_folder.join("package-lock.json")).context("cannot read the pins")?;
    if !fs::read(&stamp).is_ok_and(|installed| installed == pins) {
        eprintln!("Installing the browser driver …");
        for file in ["package.json", "package-lock.json"] {
            fs::copy(pins_folder.join(file), own_folder.join(file))
                .context("cannot copy the pins")?;
        }
        workspace::run(Command::new("npm").current_dir(&own_folder).args([
            "ci",
            "--ignore-scripts",
            "--no-audit",
            "--no-fund",
            "--silent",
        ]))
        .context(
            "cannot install playwright-core and axe-core from npm: they need Node.js 20 or later",
        )?;
        fs::write(&stamp, pins)?;
    }
    fs::write(
        own_folder.join("browser.txt"),
        browser.display().to_string(),
    )?;
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
            return Ok(resolve_path(&program));
        }
    }
    bail!(
        "no Chromium found: install one (apt-get install chromium on Debian), or name it in REGULARS_BROWSER"
    )
}

/// Returns the full path of a program found on `PATH`, for callers that do not search it.
fn resolve_path(program: &Path) -> PathBuf {
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
        "no docker-registry found: install it (apt-get install docker-registry on Debian and Ubuntu)"
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
    // Debian's Python lacks `ensurepip`, and without it leaves an incomplete environment.
    let parts = Command::new("python3")
        .args(["-c", "import ensurepip, venv"])
        .stderr(Stdio::null())
        .status();
    match parts {
        Err(error) => bail!("no python3 found ({error}): install Python 3.10 or later"),
        Ok(status) if !status.success() => bail!(
            "python3 cannot create virtual environments: install the package python3-venv \
             (apt-get install python3-venv on Debian and Ubuntu)"
        ),
        Ok(_) => {}
    }
    workspace::run(
        Command::new("python3")
            .args(["-m", "venv", "--clear"])
            .arg(folder),
    )
    .context("cannot create a virtual environment")
}

/// Returns the program `cargo-fuzz`, and installs it if it is missing.
pub fn cargo_fuzz() -> Result<PathBuf> {
    const VERSION: &str = "0.13.2";
    let is_installed = |program: &Path| {
        let version = Command::new(program)
            .args(["fuzz", "--version"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        version.is_ok_and(|status| status.success())
    };
    let installed = folder().join("bin/cargo-fuzz");
    for program in [PathBuf::from("cargo-fuzz"), installed.clone()] {
        if is_installed(&program) {
            return Ok(program);
        }
    }
    eprintln!("Installing cargo-fuzz (takes a minute) …");
    workspace::run(
        workspace::cargo()
            .args(["install", "cargo-fuzz", "--locked", "--quiet"])
            .args(["--version", VERSION, "--root"])
            .arg(folder()),
    )
    .context("cannot install cargo-fuzz from crates.io")?;
    Ok(installed)
}

/// Fails without a nightly toolchain, which fuzzing needs.
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
