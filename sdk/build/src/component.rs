use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use wasm_metadata::{AddMetadata, AddMetadataField, Description, Licenses, Version};
use wit_component::ComponentEncoder;

use crate::Package;

/// Returns the component of a package's module. The metadata holds the name, version, description and licence
/// of `Cargo.toml`.
///
/// # Errors
/// An error if the module was not built with the SDK, or the licence is not an SPDX expression.
pub fn component(package: &Package, module: &Path) -> Result<Vec<u8>> {
    let name = &package.name;
    let bytes = fs::read(module).with_context(|| format!("cannot read {}", module.display()))?;
    let encoded = ComponentEncoder::default()
        .validate(true)
        .module(&bytes)
        .and_then(|encoder| encoder.encode())
        .with_context(|| {
            format!("{name} is not a component: expected regulars_sdk::export!(…) at its root")
        })?;
    let mut metadata = AddMetadata::default();
    metadata.name = AddMetadataField::Set(name.clone());
    metadata.version = AddMetadataField::Set(Version::new(package.version.clone()));
    if let Some(description) = &package.description {
        metadata.description = AddMetadataField::Set(Description::new(description.clone()));
    }
    if let Some(license) = &package.license {
        let licenses = Licenses::new(license).with_context(|| {
            format!("{name}: invalid licence “{license}”: expected an SPDX expression such as license = \"MIT OR Apache-2.0\" in Cargo.toml")
        })?;
        metadata.licenses = AddMetadataField::Set(licenses);
    }
    metadata.to_wasm(&encoded)
}

/// Writes a component, unless the file holds it already. The write is atomic.
///
/// # Errors
/// An error if the file cannot be written.
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
