//! `cargo xtask bench`: measures the claims of the README.

use anyhow::Result;

use crate::{Command, plugins, workspace};

pub const COMMAND: Command = Command {
    name: "bench",
    arguments: "[--json] [--cdnow=DIR] [run|pipeline|served|outbox|import|rehearse|reads …]",
    summary: "build in release and print a table of medians; --cdnow: folder with the full data set",
    run,
};

fn run(arguments: &[String]) -> Result<()> {
    plugins::build(&[("plugins", "plugins"), ("tests/guests", "guests")])?;
    workspace::run(workspace::cargo().args([
        "build",
        "--release",
        "--quiet",
        "--package",
        "regulars-cli",
        "--package",
        "regulars-tests",
        "--bins",
    ]))?;
    workspace::run(
        std::process::Command::new(workspace::target().join("release/regulars-bench"))
            .current_dir(workspace::root())
            .args(arguments),
    )
}
