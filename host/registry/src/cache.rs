//! The local cache of downloaded components, by digest.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::error::RegistryError;
use super::pins::Pins;
use super::replace::{replace, text_of, unusable};
use crate::bounded;
use regulars_model::Digest;

/// A folder of components, each named by its digest, with its signature beside it. Any file in it may be
/// deleted.
#[derive(Debug, Clone)]
pub struct Cache {
    folder: PathBuf,
}

impl Cache {
    /// Returns the cache in a folder, which is created with the first component.
    pub fn new(folder: impl Into<PathBuf>) -> Cache {
        Cache {
            folder: folder.into(),
        }
    }

    /// Returns a component. `None` if it is missing or does not match its digest.
    pub fn component(&self, digest: Digest, most: u64) -> Option<Vec<u8>> {
        let wasm = bounded::read(&self.path(digest), most).ok()?;
        (Digest::of(&wasm) == digest).then_some(wasm)
    }

    /// Returns the text of a component's signature. `None` if there is none.
    pub fn signature(&self, digest: Digest) -> Option<String> {
        text_of(&signature_beside(&self.path(digest))).ok()?
    }

    /// Stores a component and its signature.
    ///
    /// # Errors
    /// [`RegistryError::File`].
    pub fn put(&self, wasm: &[u8], signature: Option<&str>) -> Result<(), RegistryError> {
        fs::create_dir_all(&self.folder)
            .map_err(|error| unusable(&self.folder, format!("cannot be created: {error}")))?;
        let path = self.path(Digest::of(wasm));
        replace(&path, wasm)?;
        match signature {
            Some(text) => replace(&signature_beside(&path), text.as_bytes()),
            None => Ok(()),
        }
    }

    /// Removes the components and signatures that no pin names. Foreign files in the folder stay.
    pub(super) fn prune(&self, pins: &Pins) {
        let named: BTreeSet<String> = pins
            .layers()
            .map(|layer| format!("sha256-{}", layer.hex()))
            .collect();
        for entry in fs::read_dir(&self.folder).into_iter().flatten().flatten() {
            let name = entry.file_name();
            let Some(name) = name.to_str() else { continue };
            let stem = name.strip_suffix(".minisig").unwrap_or(name);
            let Some(stem) = stem.strip_suffix(".wasm") else {
                continue;
            };
            let digest = stem
                .strip_prefix("sha256-")
                .map(|hex| format!("sha256:{hex}"));
            let ours = digest.is_some_and(|it| it.parse::<Digest>().is_ok());
            if ours && !named.contains(stem) {
                // A file left behind takes room and does no harm.
                drop(fs::remove_file(entry.path()));
            }
        }
    }

    fn path(&self, digest: Digest) -> PathBuf {
        self.folder.join(format!("sha256-{}.wasm", digest.hex()))
    }
}

/// Returns the path of a file's signature, as minisign names it.
pub(super) fn signature_beside(file: &Path) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".minisig");
    name.into()
}
