//! Whose signatures count here.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::error::RegistryError;
use super::reference::OciReference;
use super::replace::{alone, replace, text_of, unusable};
use super::scope::Scope;
use super::signature::{KeyId, PublicKey, Signature, SignatureError};
use crate::toml_reader;

const HEADER: &str = "\
# Whose plugins may be installed from registries. `regulars plugin trust` adds a key.

";

/// A key whose signatures count, and what its owner is called here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrustedKey {
    pub name: String,
    pub key: PublicKey,
    /// The repositories that it is trusted for; all where there are none.
    pub only: Vec<Scope>,
}

impl TrustedKey {
    /// Whether somebody means this one: by its name here, its id, or the key itself.
    pub fn is_called(&self, which: &str) -> bool {
        self.name == which || self.key.id().to_string() == which || self.key.to_string() == which
    }

    /// The repositories that it is trusted for, in words.
    pub fn only_in_words(&self) -> String {
        let only: Vec<String> = self.only.iter().map(ToString::to_string).collect();
        only.join(", ")
    }

    fn counts_for(&self, reference: &OciReference) -> bool {
        self.only.is_empty() || self.only.iter().any(|it| it.holds(reference))
    }
}

/// All of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TrustedKeys(Vec<TrustedKey>);

/// What a signature is worth here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Signed by a key that is trusted.
    Trusted {
        key: TrustedKey,
        /// What the signer wrote beside the signature.
        comment: String,
    },
    /// Signed by a key that is trusted for other repositories than the one that this is from.
    Elsewhere { key: TrustedKey },
    /// Signed, by a key that nobody here knows. It may be anybody's.
    Unknown { key: KeyId },
    /// Not signed.
    Unsigned,
    /// The signature names a trusted key, and is not of these bytes.
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
    /// Reads a file of keys; none are trusted where there is none.
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

    /// Adds a key to a file. One that is there gets the new name, and is trusted for what is said now.
    ///
    /// # Errors
    /// [`RegistryError::File`].
    pub fn add(path: &Path, key: TrustedKey) -> Result<(), RegistryError> {
        alone(path, || {
            let mut keys = TrustedKeys::load(path)?;
            keys.0.retain(|it| it.key != key.key);
            keys.0.push(key);
            keys.write(path)
        })
    }

    /// Takes a key out of a file, by its name, its id or itself. Gives what was taken out.
    ///
    /// # Errors
    /// [`RegistryError::File`].
    pub fn remove(path: &Path, which: &str) -> Result<Vec<TrustedKey>, RegistryError> {
        alone(path, || {
            let keys = TrustedKeys::load(path)?;
            let called = |it: &TrustedKey| it.is_called(which);
            let (gone, stay): (Vec<_>, Vec<_>) = keys.0.into_iter().partition(called);
            if !gone.is_empty() {
                TrustedKeys(stay).write(path)?;
            }
            Ok(gone)
        })
    }

    /// What a signature of these bytes is worth, where they come from such a repository; a file comes from none, and every key counts.
    ///
    /// # Errors
    /// [`SignatureError::Old`].
    pub fn judge(
        &self,
        wasm: &[u8],
        signature: Option<&Signature>,
        from: Option<&OciReference>,
    ) -> Result<Verdict, SignatureError> {
        let Some(signature) = signature else {
            return Ok(Verdict::Unsigned);
        };
        let id = signature.key();
        let (mut forged, mut elsewhere) = (false, None);
        // Two keys may have one id: whoever makes a key chooses it.
        for trusted in self.0.iter().filter(|it| it.key.id() == id) {
            match trusted.key.verify(wasm, signature) {
                Ok(()) if from.is_some_and(|from| !trusted.counts_for(from)) => {
                    elsewhere = Some(trusted.clone());
                }
                Ok(()) => {
                    return Ok(Verdict::Trusted {
                        key: trusted.clone(),
                        comment: signature.comment().to_owned(),
                    });
                }
                Err(SignatureError::Old) => return Err(SignatureError::Old),
                Err(_) => forged = true,
            }
        }
        Ok(match (elsewhere, forged) {
            (Some(key), _) => Verdict::Elsewhere { key },
            (None, true) => Verdict::Forged { key: id },
            (None, false) => Verdict::Unknown { key: id },
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
        let text = toml::to_string(&file).expect("it is strings");
        replace(path, format!("{HEADER}{text}").as_bytes())
    }
}
