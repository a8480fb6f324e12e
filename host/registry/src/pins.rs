//! The lock file: the digests of each reference at installation.

use std::collections::BTreeSet;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::error::RegistryError;
use super::reference::OciReference;
use super::replace::{replace, text_of, unusable, with_lock};
use regulars_model::Digest;
use regulars_model::toml_reader;

const HEADER: &str = "\
# Written by `regulars plugin install`: the digests of each reference at installation. Later pulls must match them.
# Keep it with the database.

";
/// The version of the file format.
const VERSION: u32 = 1;

/// The digests of one reference at installation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pin {
    /// The reference as the operator wrote it.
    pub reference: String,
    /// The digest of the image manifest.
    pub manifest: Digest,
    /// The digest of the component.
    pub layer: Digest,
    /// The component's size in bytes.
    pub size: u64,
    /// The trusted key that signed it. `None` if it was accepted without a trusted signature.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signed_by: Option<String>,
}

/// The pins of a lock file, sorted by reference.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pins {
    version: u32,
    #[serde(default, rename = "artifact")]
    pins: Vec<Pin>,
}

impl Pins {
    /// Reads a lock file. A missing file holds no pins.
    ///
    /// # Errors
    /// [`RegistryError::File`] for an unreadable file or another format version.
    pub fn load(path: &Path) -> Result<Pins, RegistryError> {
        let Some(text) = text_of(path)? else {
            return Ok(Pins::default());
        };
        let pins: Pins = toml_reader::read(&text)
            .map_err(|error| unusable(path, format!("invalid lock file: {error}")))?;
        if pins.version != VERSION {
            return Err(unusable(
                path,
                format!(
                    "unknown version {} of the lock file: expected {VERSION}, use the program that wrote it",
                    pins.version
                ),
            ));
        }
        Ok(pins)
    }

    /// Returns the pin of a reference. A reference by digest alone matches any pin of that manifest.
    pub fn of(&self, reference: &OciReference) -> Option<&Pin> {
        let name = reference.to_string();
        let named = self.pins.iter().find(|pin| pin.reference == name);
        named.or_else(|| {
            let manifest = reference.digest()?;
            self.pins.iter().find(|pin| pin.manifest == manifest)
        })
    }

    /// Returns the digests of all pinned components.
    pub(super) fn layers(&self) -> impl Iterator<Item = Digest> {
        self.pins.iter().map(|pin| pin.layer)
    }

    /// Returns the keys that signed the pinned components of a reference's repository, in any version.
    pub fn signers(&self, reference: &OciReference) -> BTreeSet<&str> {
        let here = |pin: &&Pin| {
            let pinned = pin.reference.parse::<OciReference>();
            pinned.is_ok_and(|it| {
                it.host() == reference.host() && it.repository() == reference.repository()
            })
        };
        let pins = self.pins.iter().filter(here);
        pins.filter_map(|pin| pin.signed_by.as_deref()).collect()
    }

    /// Adds a pin to a lock file, and replaces the reference's earlier pin.
    ///
    /// # Errors
    /// [`RegistryError::File`].
    pub fn put(path: &Path, pin: Pin) -> Result<(), RegistryError> {
        with_lock(path, || {
            let mut pins = Pins::load(path)?;
            pins.version = VERSION;
            pins.pins.retain(|it| it.reference != pin.reference);
            pins.pins.push(pin);
            pins.pins.sort_by(|a, b| a.reference.cmp(&b.reference));
            let text = toml::to_string(&pins).expect("strings and numbers serialize");
            replace(path, format!("{HEADER}{text}").as_bytes())
        })
    }
}
