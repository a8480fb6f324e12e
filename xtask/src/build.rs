//! `cargo xtask build`: the program with the plugins that ship inside it.

use anyhow::{Result, bail};

use crate::{Command, plugins, workspace};

pub const COMMAND: Command = Command {
    name: "build",
    arguments: "[--release]",
    summary: "build the plugins, and the program with all of them inside: what `regulars plugin list --available` shows",
    run,
};

/// Cargo's arguments that put the built plugins into the program.
pub const CATALOGUE: [&str; 2] = ["--features", "regulars/catalogue"];

fn run(arguments: &[String]) -> Result<()> {
    let release = match arguments {
        [] => false,
        [flag] if flag == "--release" => true,
        _ => bail!("only --release is known: {arguments:?}"),
    };
    plugins::build(&[("plugins", "plugins")])?;
    let mut build = workspace::cargo();
    build.args(["build", "--package", "regulars", "--bin", "regulars"]);
    build.args(CATALOGUE);
    if release {
        build.arg("--release");
    }
    workspace::run(&mut build)?;
    let profile = if release { "release" } else { "debug" };
    let program = workspace::target().join(profile).join("regulars");
    println!("{}", program.display());
    Ok(())
}
