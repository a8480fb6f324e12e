//! `cargo xtask schema`: writes the JSON Schema of the manifest types into `wit/v0.1/manifest.schema.json`.

use std::fs;

use anyhow::{Context, Result, ensure};

use crate::{Command, workspace};

pub const COMMAND: Command = Command {
    name: "schema",
    arguments: "",
    summary: "rewrite wit/v0.1/manifest.schema.json from the manifest types",
    run,
};

fn run(arguments: &[String]) -> Result<()> {
    ensure!(arguments.is_empty(), "takes no arguments");
    let path = workspace::root().join("wit/v0.1/manifest.schema.json");
    let schema = format!("{:#}\n", regulars_manifest::json_schema());
    fs::write(&path, schema).with_context(|| format!("cannot write {}", path.display()))?;
    println!("{}", path.display());
    Ok(())
}
