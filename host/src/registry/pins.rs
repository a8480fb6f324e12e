//! The lock file: what each reference was when it was installed.

use std::collections::BTreeSet;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::error::RegistryError;
use super::reference::OciReference;
use super::replace::{alone, replace, text_of, unusable};
use crate::model::Digest;
use crate::toml_reader;

const HEADER: &str = "\
# Written by `regulars plugin install`: what each reference was when it was installed. What is found there later must be
# the same. Keep it with the database.

";
/// Of the file's form.
const VERSION: u32 = 1;

/// What a reference was when it was installed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pin {
    /// As the operator named it.
    pub reference: String,
    /// Of the image manifest.
    pub manifest: Digest,
    /// Of the component.
    pub layer: Digest,
    /// Bytes of the component.
    pub size: u64,
    /// The trusted key that signed it; none where it was let in without.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signed_by: Option<String>,
}

/// All of them, by reference.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pins {
    version: u32,
    #[serde(default, rename = "artifact")]
    pins: Vec<Pin>,
}

impl Pins {
    /// Reads a lock file; there are no pins where there is none.
    ///
    /// # Errors
    /// [`RegistryError::File`].
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
                    "this lock file is of version {}, and this program knows {VERSION}: use the program that wrote it",
                    pins.version
                ),
            ));
        }
        Ok(pins)
    }

    /// What a reference was. One by digest alone is whatever was installed with that manifest.
    pub fn of(&self, reference: &OciReference) -> Option<&Pin> {
        let name = reference.to_string();
        let named = self.pins.iter().find(|pin| pin.reference == name);
        named.or_else(|| {
            let manifest = reference.digest()?;
            self.pins.iter().find(|pin| pin.manifest == manifest)
        })
    }

    /// The components that any reference was.
    pub(super) fn layers(&self) -> impl Iterator<Item = Digest> {
        self.pins.iter().map(|pin| pin.layer)
    }

    /// The keys that signed what was installed of a reference's repository, in whatever version.
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

    /// Adds a pin to a lock file, in the place of what the reference was before.
    ///
    /// # Errors
    /// [`RegistryError::File`].
    pub fn put(path: &Path, pin: Pin) -> Result<(), RegistryError> {
        alone(path, || {
            let mut pins = Pins::load(path)?;
            pins.version = VERSION;
            pins.pins.retain(|it| it.reference != pin.reference);
            pins.pins.push(pin);
            pins.pins.sort_by(|a, b| a.reference.cmp(&b.reference));
            let text = toml::to_string(&pins).expect("it is strings and numbers");
            replace(path, format!("{HEADER}{text}").as_bytes())
        })
    }
}
