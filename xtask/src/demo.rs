//! `cargo xtask demo`: a seeded gym and supermarket to play with, from nothing.

use anyhow::Result;

use crate::{Command, plugins, workspace};

pub const COMMAND: Command = Command {
    name: "demo",
    arguments: "[-- OPTIONS]",
    summary: "build the plugins and the host, seed a gym and a supermarket, and serve them",
    run,
};

fn run(arguments: &[String]) -> Result<()> {
    let options = arguments
        .strip_prefix(&["--".to_owned()])
        .unwrap_or(arguments);
    eprintln!("Building the plugins …");
    plugins::build(&[("plugins", "plugins")])?;
    eprintln!("Building the host (some minutes the first time) …");
    workspace::run(workspace::cargo().args([
        "build",
        "--package",
        "regulars",
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
