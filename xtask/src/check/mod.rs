//! `cargo xtask check`: rules on the dependencies, from manifests and registries alone.

mod duplicates;
mod embedder;
mod licences;
mod unused;

use std::collections::BTreeSet;

use anyhow::{Context, Result, bail, ensure};
use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, Package, PackageId};

use crate::{Command, workspace};

pub const COMMAND: Command = Command {
    name: "check",
    arguments: "",
    summary: "check the dependencies: licences, duplicate versions, unused ones, and how many an embedder compiles",
    run,
};

/// A rule on the dependencies. It returns the violations, each with the way out.
type Rule = fn(&Metadata) -> Result<Vec<String>>;

const RULES: &[(&str, Rule)] = &[
    ("licences", licences::violations),
    ("duplicate versions", duplicates::violations),
    ("unused dependencies", unused::violations),
    ("crates for an embedder", embedder::violations),
];

fn run(arguments: &[String]) -> Result<()> {
    ensure!(arguments.is_empty(), "takes no arguments");
    let metadata = MetadataCommand::new()
        .current_dir(workspace::root())
        .other_options(["--locked".to_owned()])
        .exec()
        .context("cannot read the dependencies")?;
    let mut violated = 0;
    for (name, rule) in RULES {
        for violation in rule(&metadata).with_context(|| format!("cannot check {name}"))? {
            eprintln!("{name}: {violation}");
            violated += 1;
        }
    }
    if violated > 0 {
        bail!("{violated} violations");
    }
    Ok(())
}

/// The crates below `host/`.
fn host(metadata: &Metadata) -> Vec<&Package> {
    let host = metadata.workspace_root.join("host");
    let mut members = metadata.workspace_packages();
    members.retain(|package| package.manifest_path.starts_with(&host));
    members
}

/// All packages on which the host's crates depend to be built, on any platform and with any feature.
fn shipped(metadata: &Metadata) -> Result<Vec<&Package>> {
    let resolve = metadata.resolve.as_ref().context("no resolved graph")?;
    let mut open: Vec<&PackageId> = host(metadata).iter().map(|it| &it.id).collect();
    let mut seen: BTreeSet<&PackageId> = BTreeSet::new();
    while let Some(id) = open.pop() {
        if seen.insert(id) {
            let node = resolve.nodes.iter().find(|node| node.id == *id);
            for dependency in &node.context("a package is not resolved")?.deps {
                let mut kinds = dependency.dep_kinds.iter();
                if kinds.any(|it| it.kind != DependencyKind::Development) {
                    open.push(&dependency.pkg);
                }
            }
        }
    }
    Ok(seen.into_iter().map(|id| &metadata[id]).collect())
}
