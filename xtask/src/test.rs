//! `cargo xtask test`: every test there is.

use anyhow::Result;

use crate::{Command, plugins, workspace};

pub const COMMAND: Command = Command {
    name: "test",
    arguments: "[FILTER …]",
    summary: "build plugins and hostile guests, then run every test; words select tests by name",
    run,
};

fn run(arguments: &[String]) -> Result<()> {
    plugins::build(&[("plugins", "plugins"), ("tests/guests", "guests")])?;
    // The tests of the command line run the program itself.
    workspace::run(workspace::cargo().args([
        "build",
        "--package",
        "regulars",
        "--bin",
        "regulars",
    ]))?;
    workspace::run(
        workspace::cargo()
            .args(["test", "--workspace", "--"])
            .args(arguments),
    )?;
    // Embedding must work without what the server and the program need.
    workspace::run(workspace::cargo().args([
        "build",
        "--package",
        "regulars",
        "--no-default-features",
        "--example",
        "embed",
    ]))
}
