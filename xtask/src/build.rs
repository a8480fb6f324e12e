//! `cargo xtask build`: builds the program with its catalogue of plugins.

use anyhow::{Result, bail};

use crate::{Command, plugins, workspace};

pub const COMMAND: Command = Command {
    name: "build",
    arguments: "[--release]",
    summary: "build the plugins, and the program with them as its catalogue (`regulars plugin list --available`)",
    run,
};

/// Cargo arguments that put the plugins of `cargo xtask plugins` into the program.
pub const CATALOGUE: [&str; 2] = ["--features", "regulars-cli/catalogue"];

fn run(arguments: &[String]) -> Result<()> {
    let release = match arguments {
        [] => false,
        [flag] if flag == "--release" => true,
        _ => bail!("unknown arguments {arguments:?}: expected --release"),
    };
    plugins::build(&[("plugins", "plugins")])?;
    let mut build = workspace::cargo();
    build.args(["build", "--package", "regulars-cli", "--bin", "regulars"]);
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
