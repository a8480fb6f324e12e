use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use cargo_metadata::MetadataCommand;

use crate::PROFILE;

/// The packages that cargo builds together.
#[derive(Debug)]
pub struct Workspace {
    /// The folder of the root `Cargo.toml`.
    pub root: PathBuf,
    /// Cargo's target folder.
    pub target: PathBuf,
    /// True if the root `Cargo.toml` has a profile for plugins.
    pub(crate) has_profile: bool,
    packages: Vec<cargo_metadata::Package>,
}

/// A crate that can be a plugin.
#[derive(Debug, Clone)]
pub struct Package {
    /// The name in `Cargo.toml`.
    pub name: String,
    /// The version, such as `1.2.3`.
    pub version: String,
    /// The description, in a sentence.
    pub description: Option<String>,
    /// The licence as an SPDX expression.
    pub license: Option<String>,
    /// The folder of its `Cargo.toml`.
    pub folder: PathBuf,
    pub(crate) id: cargo_metadata::PackageId,
}

impl Workspace {
    /// Reads cargo's metadata of a folder. Builds and downloads nothing.
    ///
    /// # Errors
    /// An error if cargo or `Cargo.toml` is missing or invalid.
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

    /// Returns the package of a folder.
    ///
    /// # Errors
    /// An error if the folder holds no package, or the package builds no component.
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
                "{} is not the folder of a package: expected the folder of its Cargo.toml",
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
