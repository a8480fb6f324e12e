use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use cargo_metadata::MetadataCommand;

use crate::PROFILE;

/// The packages that cargo builds together, and where.
#[derive(Debug)]
pub struct Workspace {
    /// Where its root `Cargo.toml` is.
    pub root: PathBuf,
    /// Where cargo builds.
    pub target: PathBuf,
    /// Whether its `Cargo.toml` has a profile of its own for plugins.
    pub(crate) has_profile: bool,
    packages: Vec<cargo_metadata::Package>,
}

/// A crate that can be a plugin.
#[derive(Debug, Clone)]
pub struct Package {
    /// As in its `Cargo.toml`, like all the others.
    pub name: String,
    /// `1.2.3`.
    pub version: String,
    /// What it is, in a sentence.
    pub description: Option<String>,
    /// An SPDX expression.
    pub license: Option<String>,
    /// The folder of its `Cargo.toml`.
    pub folder: PathBuf,
    pub(crate) id: cargo_metadata::PackageId,
}

impl Workspace {
    /// What cargo knows of a folder. Nothing is built or fetched.
    ///
    /// # Errors
    /// Where there is no cargo, no `Cargo.toml`, or a wrong one.
    pub fn of(folder: &Path) -> Result<Workspace> {
        ensure!(folder.is_dir(), "there is no folder {}", folder.display());
        let metadata = MetadataCommand::new()
            .current_dir(folder)
            .no_deps()
            .exec()
            .map_err(|error| match error {
                cargo_metadata::Error::Io(error) => anyhow::Error::new(error)
                    .context("cannot run cargo: install Rust with https://rustup.rs"),
                cargo_metadata::Error::CargoMetadata { stderr } => {
                    let text = stderr.trim();
                    anyhow::anyhow!(
                        "{}",
                        text.strip_prefix("error: ").unwrap_or(text).to_owned()
                    )
                }
                error => error.into(),
            })?;
        let root = metadata.workspace_root.into_std_path_buf();
        Ok(Workspace {
            has_profile: has_profile(&root)?,
            target: metadata.target_directory.into_std_path_buf(),
            packages: metadata.packages,
            root,
        })
    }

    /// The package whose folder this is.
    ///
    /// # Errors
    /// Where it is none, or builds nothing that could be a component.
    pub fn package_in(&self, folder: &Path) -> Result<Package> {
        let folder = folder
            .canonicalize()
            .with_context(|| format!("cannot open {}", folder.display()))?;
        let found = self.packages.iter().find(|package| {
            let parent = package.manifest_path.parent();
            parent.is_some_and(|it| it.as_std_path().canonicalize().is_ok_and(|it| it == folder))
        });
        match found {
            Some(package) => read(package),
            None => bail!(
                "{} is not the folder of a package: name the one of its Cargo.toml",
                folder.display()
            ),
        }
    }
}

fn read(package: &cargo_metadata::Package) -> Result<Package> {
    let name = package.name.to_string();
    ensure!(
        package.targets.iter().any(|it| it.is_cdylib()),
        "{name} builds no component: its Cargo.toml needs [lib] with crate-type = [\"cdylib\", \"rlib\"]"
    );
    let manifest = package.manifest_path.as_std_path();
    Ok(Package {
        name,
        version: package.version.to_string(),
        description: package.description.clone(),
        license: package.license.clone(),
        folder: manifest.parent().unwrap_or(manifest).to_owned(),
        id: package.id.clone(),
    })
}

fn has_profile(root: &Path) -> Result<bool> {
    let file = root.join("Cargo.toml");
    let text = std::fs::read_to_string(&file)
        .with_context(|| format!("cannot read {}", file.display()))?;
    let table: toml::Table =
        toml::from_str(&text).with_context(|| format!("cannot read {}", file.display()))?;
    let profile = table.get("profile").and_then(|it| it.get(PROFILE));
    Ok(profile.is_some())
}
