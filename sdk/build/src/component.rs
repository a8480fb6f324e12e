use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use wasm_metadata::{AddMetadata, AddMetadataField, Description, Licenses, Version};
use wit_component::ComponentEncoder;

use crate::Package;

/// The component of a package's module. Name, version, description and licence in its metadata are those of
/// `Cargo.toml`.
///
/// # Errors
/// Where the module is not one of the SDK's, or the licence is no SPDX expression.
pub fn component(package: &Package, module: &Path) -> Result<Vec<u8>> {
    let name = &package.name;
    let bytes = fs::read(module).with_context(|| format!("cannot read {}", module.display()))?;
    let encoded = ComponentEncoder::default()
        .validate(true)
        .module(&bytes)
        .and_then(|encoder| encoder.encode())
        .with_context(|| {
            format!(
                "{name} does not make a component: is there a regulars_sdk::export!(…) at its root?"
            )
        })?;
    let mut metadata = AddMetadata::default();
    metadata.name = AddMetadataField::Set(name.clone());
    metadata.version = AddMetadataField::Set(Version::new(package.version.clone()));
    if let Some(description) = &package.description {
        metadata.description = AddMetadataField::Set(Description::new(description.clone()));
    }
    if let Some(license) = &package.license {
        let licenses = Licenses::new(license).with_context(|| {
            format!("{name}: “{license}” is no SPDX expression: write license = \"MIT OR Apache-2.0\", say, in Cargo.toml")
        })?;
        metadata.licenses = AddMetadataField::Set(licenses);
    }
    metadata.to_wasm(&encoded)
}

/// Writes a component, where it is not the one that is already there. Whoever reads the file at this moment sees a
/// whole one.
///
/// # Errors
/// Where it cannot be written.
pub fn write(component: &[u8], file: &Path) -> Result<()> {
    if fs::read(file).is_ok_and(|there| there == component) {
        return Ok(());
    }
    let partial = file.with_extension("partial");
    let folder = file.parent().map_or(Ok(()), fs::create_dir_all);
    folder
        .and_then(|()| fs::write(&partial, component))
        .and_then(|()| fs::rename(&partial, file))
        .with_context(|| format!("cannot write {}", file.display()))
}
