//! The number of crates that an embedder compiles: the host without features, on this platform.

use std::collections::BTreeSet;

use anyhow::{Context, Result, ensure};
use cargo_metadata::Metadata;

use crate::workspace;

/// The most packages from registries that an embedder may have to compile. It may only be lowered.
const MOST: usize = 194;

pub fn violations(_: &Metadata) -> Result<Vec<String>> {
    let output = workspace::cargo()
        .args([
            "tree",
            "--locked",
            "--package",
            "regulars",
            "--no-default-features",
        ])
        .args(["--edges", "normal,build", "--prefix", "none"])
        .output()
        .context("cannot run cargo tree")?;
    ensure!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let tree = String::from_utf8(output.stdout)?;
    let count = from_registries(&tree).len();
    println!("crates for an embedder: {count}");
    let mut violations = Vec::new();
    if count > MOST {
        violations.push(format!(
            "{count} packages are compiled for the host without features: {MOST} are the most. Put the dependency \
             behind a feature, or into the crate that needs it"
        ));
    } else if count < MOST {
        violations.push(format!(
            "only {count} are compiled now: lower MOST in {}",
            file!()
        ));
    }
    Ok(violations)
}

/// The distinct packages of a tree, as name and version, without the workspace's own.
fn from_registries(tree: &str) -> BTreeSet<String> {
    tree.lines()
        .filter(|line| !line.is_empty() && !line.contains("(/"))
        .map(|line| line.split(' ').take(2).collect::<Vec<_>>().join(" "))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::from_registries;

    #[test]
    fn packages_are_counted_once_and_own_ones_never() {
        let tree = "regulars v0.1.0 (/project/host)\nserde v1.0.0\nserde v1.0.0 (*)\nserde v2.0.0\n\n\
                    serde_derive v1.0.0 (proc-macro)\n";
        let found = from_registries(tree);
        assert_eq!(
            found.into_iter().collect::<Vec<_>>(),
            ["serde v1.0.0", "serde v2.0.0", "serde_derive v1.0.0"]
        );
    }
}
