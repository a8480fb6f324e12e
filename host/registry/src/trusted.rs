//! The trusted keys: whose signatures count on this host.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::error::RegistryError;
use super::reference::OciReference;
use super::replace::{replace, text_of, unusable, with_lock};
use super::scope::Scope;
use super::signature::{KeyId, PublicKey, Signature, SignatureError};
use regulars_model::toml_reader;

const HEADER: &str = "\
# The keys whose plugins may be installed from registries. `regulars plugin trust` adds a key.

";

/// A key whose signatures count, with the operator's name for its owner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrustedKey {
    pub name: String,
    pub key: PublicKey,
    /// The repositories that it is trusted for. Empty means all.
    pub only: Vec<Scope>,
}

impl TrustedKey {
    /// Returns true if `which` is the key's name, its id or its base64 text.
    pub fn is_called(&self, which: &str) -> bool {
        self.name == which || self.key.id().to_string() == which || self.key.to_string() == which
    }

    /// Returns the repositories that the key is trusted for, separated by commas.
    pub fn only_in_words(&self) -> String {
        let only: Vec<String> = self.only.iter().map(ToString::to_string).collect();
        only.join(", ")
    }

    fn counts_for(&self, reference: &OciReference) -> bool {
        self.only.is_empty() || self.only.iter().any(|it| it.holds(reference))
    }
}

/// The content of the file of trusted keys.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TrustedKeys(Vec<TrustedKey>);

/// The result of a signature check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SignatureStatus {
    /// Signed by a trusted key.
    Trusted {
        key: TrustedKey,
        /// The signer's comment.
        comment: String,
    },
    /// Signed by a key that is trusted for other repositories only.
    Elsewhere { key: TrustedKey },
    /// Signed by a key that is not trusted. Anybody may own it.
    Unknown { key: KeyId },
    /// Without a signature.
    Unsigned,
    /// The signature names a trusted key but does not match the bytes.
    Forged { key: KeyId },
}

#[derive(Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default, rename = "key")]
    keys: Vec<Entry>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    name: String,
    key: String,
    #[serde(default, rename = "for", skip_serializing_if = "Vec::is_empty")]
    only: Vec<Scope>,
}

impl TrustedKeys {
    /// Reads a file of keys. A missing file holds none.
    ///
    /// # Errors
    /// [`RegistryError::File`] names the line or the key.
    pub fn load(path: &Path) -> Result<TrustedKeys, RegistryError> {
        let text = text_of(path)?.unwrap_or_default();
        let file: File =
            toml_reader::read(&text).map_err(|error| unusable(path, error.to_string()))?;
        let read = |entry: Entry| match entry.key.parse() {
            Ok(key) => Ok(TrustedKey {
                name: entry.name,
                key,
                only: entry.only,
            }),
            Err(error) => Err(unusable(
                path,
                format!("the key of {}: {error}", entry.name),
            )),
        };
        let keys = file.keys.into_iter().map(read);
        Ok(TrustedKeys(keys.collect::<Result<_, _>>()?))
    }

    pub fn keys(&self) -> &[TrustedKey] {
        &self.0
    }

    /// Adds a key to a file. A key that is there already gets the new name and scopes.
    ///
    /// # Errors
    /// [`RegistryError::File`].
    pub fn add(path: &Path, key: TrustedKey) -> Result<(), RegistryError> {
        with_lock(path, || {
            let mut keys = TrustedKeys::load(path)?;
            keys.0.retain(|it| it.key != key.key);
            keys.0.push(key);
            keys.write(path)
        })
    }

    /// Removes the keys with this name, id or base64 text from a file. Returns the removed keys.
    ///
    /// # Errors
    /// [`RegistryError::File`].
    pub fn remove(path: &Path, which: &str) -> Result<Vec<TrustedKey>, RegistryError> {
        with_lock(path, || {
            let keys = TrustedKeys::load(path)?;
            let called = |it: &TrustedKey| it.is_called(which);
            let (gone, stay): (Vec<_>, Vec<_>) = keys.0.into_iter().partition(called);
            if !gone.is_empty() {
                TrustedKeys(stay).write(path)?;
            }
            Ok(gone)
        })
    }

    /// Checks a signature of these bytes. `from` is the repository of the component: a key limited to other
    /// repositories gives [`SignatureStatus::Elsewhere`]. For a local file it is `None`, and every trusted key
    /// counts.
    ///
    /// # Errors
    /// [`SignatureError::Old`] for minisign's legacy format.
    pub fn check(
        &self,
        wasm: &[u8],
        signature: Option<&Signature>,
        from: Option<&OciReference>,
    ) -> Result<SignatureStatus, SignatureError> {
        let Some(signature) = signature else {
            return Ok(SignatureStatus::Unsigned);
        };
        let id = signature.key();
        let (mut forged, mut elsewhere) = (false, None);
        // Two keys may share an id: an owner can choose it.
        for trusted in self.0.iter().filter(|it| it.key.id() == id) {
            match trusted.key.verify(wasm, signature) {
                Ok(()) if from.is_some_and(|from| !trusted.counts_for(from)) => {
                    elsewhere = Some(trusted.clone());
                }
                Ok(()) => {
                    return Ok(SignatureStatus::Trusted {
                        key: trusted.clone(),
                        comment: signature.comment().to_owned(),
                    });
                }
                Err(SignatureError::Old) => return Err(SignatureError::Old),
                Err(_) => forged = true,
            }
        }
        Ok(match (elsewhere, forged) {
            (Some(key), _) => SignatureStatus::Elsewhere { key },
            (None, true) => SignatureStatus::Forged { key: id },
            (None, false) => SignatureStatus::Unknown { key: id },
        })
    }

    fn write(&self, path: &Path) -> Result<(), RegistryError> {
        let entry = |it: &TrustedKey| Entry {
            name: it.name.clone(),
            key: it.key.to_string(),
            only: it.only.clone(),
        };
        let file = File {
            keys: self.0.iter().map(entry).collect(),
        };
        let text = toml::to_string(&file).expect("strings serialize");
        replace(path, format!("{HEADER}{text}").as_bytes())
    }
}
