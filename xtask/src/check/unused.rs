//! Dependencies whose name is in no source of the package that declares them.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use cargo_metadata::Metadata;

/// Dependencies that sources do not name, by package, with the reason to declare them.
const EXCEPTED: &[(&str, &str, &str)] = &[
    (
        "regulars-tests",
        "futures-util",
        "its tests include the sources of the fuzz targets",
    ),
    (
        "regulars-tests",
        "regulars-cli",
        "its tests include the sources of the fuzz targets",
    ),
];

/// Names whose macros expand to paths into a dependency.
const MACROS: &[(&str, &[&str])] = &[
    ("schemars", &["JsonSchema", "settings"]),
    ("serde", &["Deserialize", "Serialize", "settings"]),
];

pub fn violations(metadata: &Metadata) -> Result<Vec<String>> {
    let mut violations = Vec::new();
    for package in metadata.workspace_packages() {
        let folder = package.manifest_path.parent().context("no folder")?;
        let mut sources = String::new();
        read(folder.as_std_path(), &mut sources)?;
        for dependency in &package.dependencies {
            let name = dependency.rename.as_ref().unwrap_or(&dependency.name);
            let excepted = EXCEPTED
                .iter()
                .any(|(from, to, _)| *from == package.name.as_str() && to == name);
            let macros = MACROS.iter().filter(|(of, _)| of == name);
            let used = names(&sources, &name.replace('-', "_"))
                || macros
                    .flat_map(|(_, all)| *all)
                    .any(|it| names(&sources, it));
            if !used && !excepted {
                violations.push(format!(
                    "{} depends on {name}, and no source names it: remove it from {}",
                    package.name, package.manifest_path
                ));
            }
        }
    }
    Ok(violations)
}

/// Appends the code of a package. Folders with a manifest of their own are other packages.
fn read(folder: &Path, sources: &mut String) -> Result<()> {
    for entry in fs::read_dir(folder).with_context(|| format!("no folder {}", folder.display()))? {
        let path = entry?.path();
        let other = path.join("Cargo.toml").exists() || path.ends_with("target");
        if path.is_dir() && !other {
            read(&path, sources)?;
        } else if path.extension().is_some_and(|it| it == "rs") {
            let text = fs::read_to_string(&path)
                .with_context(|| format!("cannot read {}", path.display()))?;
            let code = text
                .lines()
                .filter(|line| !line.trim_start().starts_with("//"));
            for line in code {
                sources.push_str(line);
                sources.push('\n');
            }
        }
    }
    Ok(())
}

/// Returns true if a source contains the name as a whole identifier.
fn names(sources: &str, name: &str) -> bool {
    let inside = |it: char| it.is_alphanumeric() || it == '_';
    sources.match_indices(name).any(|(at, _)| {
        !sources[..at].ends_with(inside) && !sources[at + name.len()..].starts_with(inside)
    })
}

#[cfg(test)]
mod tests {
    use super::names;

    #[test]
    fn names_are_whole_identifiers() {
        assert!(names("use toml::Table;", "toml"));
        assert!(!names("let my_toml = toml_edit();", "toml"));
    }
}
