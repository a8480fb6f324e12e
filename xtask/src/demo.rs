//! `cargo xtask demo`: builds everything and serves a sample gym and supermarket.

use anyhow::Result;

use crate::{Command, plugins, workspace};

pub const COMMAND: Command = Command {
    name: "demo",
    arguments: "[-- OPTIONS]",
    summary: "build the plugins and the host, and serve a sample gym and supermarket",
    run,
};

fn run(arguments: &[String]) -> Result<()> {
    let options = arguments
        .strip_prefix(&["--".to_owned()])
        .unwrap_or(arguments);
    eprintln!("Building the plugins …");
    plugins::build(&[("plugins", "plugins")])?;
    eprintln!("Building the host (takes some minutes the first time) …");
    workspace::run(workspace::cargo().args([
        "build",
        "--package",
        "regulars-cli",
        "--bin",
        "regulars",
    ]))?;
    let mut demo = std::process::Command::new(workspace::target().join("debug/regulars"));
    demo.arg("demo")
        .arg("--plugins")
        .arg(workspace::target().join("plugins"))
        .args(options);
    workspace::run(&mut demo)
}
