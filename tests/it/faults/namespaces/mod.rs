//! Tests in Linux namespaces of their own: they mount disks and drop privileges without root.
//!
//! `cargo xtask test` leaves them out where `unshare` fails, and names them at its end.

mod disk;
mod permissions;

use std::process::Command;

/// Set for a test that runs in its own namespaces.
const INSIDE: &str = "REGULARS_TEST_NAMESPACE";

/// Runs a test once more, by its full name, as root of new user and mount namespaces.
///
/// Returns true in that second run, which does the work. The first run returns false after the second passed.
///
/// # Panics
/// If the namespaces cannot be made, or the second run fails or selects another number of tests than one.
fn inside(test: &str) -> bool {
    if std::env::var_os(INSIDE).is_some() {
        return true;
    }
    let output = Command::new("unshare")
        .args(["--user", "--map-root-user", "--mount"])
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture"])
        .env(INSIDE, "1")
        .output()
        .unwrap_or_else(|error| panic!("cannot run unshare: {error}"));
    let out = String::from_utf8_lossy(&output.stdout);
    let err = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{out}\n{err}");
    assert!(out.contains("1 passed"), "no test is named {test}: {out}");
    false
}

/// The command without the privileges of root, which may write every file. Other users have none to lose.
fn unprivileged(command: &Command) -> Command {
    // In a user namespace without a mapping nobody has capabilities; the owner of the files stays their owner.
    let mut unprivileged = Command::new("unshare");
    unprivileged
        .arg("--user")
        .arg(command.get_program())
        .args(command.get_args());
    if let Some(directory) = command.get_current_dir() {
        unprivileged.current_dir(directory);
    }
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => unprivileged.env(name, value),
            None => unprivileged.env_remove(name),
        };
    }
    unprivileged
}
