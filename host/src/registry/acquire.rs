use std::path::{Path, PathBuf};

use super::allowed::{allow, allow_other, others};
use super::client::{Registry, RegistryOptions};
use super::download::Found;
use super::error::RegistryError;
use super::kept::Kept;
use super::pins::{Pin, Pins};
use super::reference::OciReference;
use super::replace::alone;
use super::signature::Signature;
use super::trusted::{TrustedKeys, Verdict};
use crate::model::Digest;

/// The files that a host keeps about registries.
#[derive(Debug, Clone)]
pub struct Places {
    /// The lock file, see [`Pins`].
    pub pins: PathBuf,
    /// The folder of downloaded components, see [`Kept`].
    pub kept: PathBuf,
    /// The file of trusted keys, see [`TrustedKeys`].
    pub trusted: PathBuf,
}

impl Places {
    /// Returns `regulars.lock`, `regulars-components` and `trusted-keys.toml` in the folder of a database.
    pub fn beside(database: &Path) -> Places {
        let folder = database.parent().unwrap_or(Path::new(""));
        Places {
            pins: folder.join("regulars.lock"),
            kept: folder.join("regulars-components"),
            trusted: folder.join("trusted-keys.toml"),
        }
    }
}

/// A component to pull, and the checks that the operator waives for it.
#[derive(Debug, Clone)]
pub struct Wanted {
    pub reference: OciReference,
    /// Uses the local copy and does not contact the registry.
    pub offline: bool,
    /// Accepts a component without a trusted signature. A forged signature is always refused.
    pub allow_unsigned: bool,
    /// Accepts a reference whose manifest differs from the pinned one.
    pub accept_moved: bool,
    /// The handling of a trusted key that did not sign earlier components of this repository.
    pub other_signer: OtherSigner,
}

/// The handling of a component that another trusted key signed than its predecessors.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum OtherSigner {
    #[default]
    Refuse,
    /// Accepts the key with this name, id or base64 text.
    Accept(String),
    /// Accepts any trusted key and lists the earlier signers in [`Acquired::signed_before_by`].
    Tell,
}

impl Wanted {
    /// Returns a request that contacts the registry and waives no check.
    pub fn new(reference: OciReference) -> Wanted {
        Wanted {
            reference,
            offline: false,
            allow_unsigned: false,
            accept_moved: false,
            other_signer: OtherSigner::Refuse,
        }
    }
}

/// A verified component from a registry. Nothing is written before [`Acquired::keep`].
#[derive(Debug, Clone)]
pub struct Acquired {
    pub wasm: Vec<u8>,
    pub reference: OciReference,
    /// The digest of the image manifest.
    pub manifest: Digest,
    /// The manifest digest at installation. `None` if the reference was never installed.
    pub pinned: Option<Digest>,
    /// The result of the signature check.
    pub verdict: Verdict,
    /// The earlier signers of this repository, for display. Empty if the present signer is among them.
    pub signed_before_by: Vec<String>,
    /// The connection error, if the local copy was used because the registry did not respond.
    pub unreachable: Option<String>,
    signature: Option<String>,
}

/// Returns the verified component that a reference names. The manifest must match the pin, the layer must
/// match the manifest, and a trusted key must have signed it. A component in the local cache is not
/// downloaded again. An unreachable registry is tolerated if the cache holds the pinned component. `watch`
/// receives the downloaded bytes and the total.
///
/// # Errors
/// [`RegistryError`] names the failed check and the option that waives it.
pub fn acquire(
    wanted: &Wanted,
    places: &Places,
    options: RegistryOptions,
    watch: &mut (dyn FnMut(u64, u64) + Send),
) -> Result<Acquired, RegistryError> {
    let reference = &wanted.reference;
    let trusted = TrustedKeys::load(&places.trusted)?;
    let kept = Kept::new(&places.kept);
    let most = options.max_component_bytes;
    let pins = Pins::load(&places.pins)?;
    let pin = pins.of(reference);
    let here = |why: Option<String>| {
        let pin = pin?;
        let wasm = kept.component(pin.layer, most)?;
        let text = kept.signature(pin.layer);
        Some((pin.manifest, wasm, text, why))
    };
    let (manifest, wasm, text, unreachable) = if wanted.offline {
        here(None).ok_or_else(|| RegistryError::NotKept {
            reference: reference.to_string(),
        })?
    } else {
        let registry = Registry::of(reference, options)?;
        match registry.find(reference) {
            Ok(found) => {
                if let Some(pin) = pin.filter(|pin| pin.manifest != found.manifest)
                    && !wanted.accept_moved
                {
                    return Err(RegistryError::Moved {
                        reference: reference.to_string(),
                        pinned: pin.manifest,
                        now: found.manifest,
                        old: reference.at(pin.manifest).to_string(),
                    });
                }
                let signature = registry.signature(reference, found.manifest)?;
                let signature = signature.map(|signature| signature.text().to_owned());
                let text = signature.or_else(|| kept.signature(found.layer.digest));
                // Refuses before a large download.
                if let Some(verdict) = glance(&trusted, text.as_deref()) {
                    allow(&verdict, wanted)?;
                }
                let wasm = match kept.component(found.layer.digest, most) {
                    Some(wasm) => wasm,
                    None => fetch(&registry, reference, found, watch)?,
                };
                (found.manifest, wasm, text, None)
            }
            Err(
                error @ (RegistryError::Unreachable { .. }
                | RegistryError::Slow { .. }
                | RegistryError::Cut { .. }),
            ) => here(Some(error.to_string())).ok_or(error)?,
            Err(error) => return Err(error),
        }
    };
    let what = format!("the signature of {reference}");
    let unreadable = |problem| RegistryError::Signature {
        what: what.clone(),
        problem,
    };
    let signature: Option<Signature> = match &text {
        Some(text) => Some(text.parse().map_err(unreadable)?),
        None => None,
    };
    let verdict = trusted
        .judge(&wasm, signature.as_ref(), Some(reference))
        .map_err(unreadable)?;
    allow(&verdict, wanted)?;
    let signed_before_by = others(&verdict, &pins, &trusted, reference);
    allow_other(&verdict, &signed_before_by, wanted)?;
    Ok(Acquired {
        wasm,
        reference: reference.clone(),
        manifest,
        pinned: pin.map(|pin| pin.manifest),
        verdict,
        signed_before_by,
        unreachable,
        signature: text,
    })
}

impl Acquired {
    /// Checks that the plugin's own version matches the tag. A signature proves the maker, and not that the
    /// version is the newest.
    ///
    /// # Errors
    /// [`RegistryError::OtherVersion`].
    pub fn check_version(&self, says: &str) -> Result<(), RegistryError> {
        match self.reference.version() {
            Some(version) if version != says => Err(RegistryError::OtherVersion {
                reference: self.reference.to_string(),
                says: crate::text::line(says, 64),
                by_digest: self.reference.at(self.manifest).to_string(),
            }),
            _ => Ok(()),
        }
    }

    /// Stores the component in the cache, so that it can be installed again without the registry. The caller
    /// pins it after the installation.
    ///
    /// # Errors
    /// [`RegistryError::File`].
    pub fn keep(&self, places: &Places) -> Result<(), RegistryError> {
        Kept::new(&places.kept).put(&self.wasm, self.signature.as_deref())
    }

    /// Pins the reference to its present manifest. Call it only for an installed component: later pulls must
    /// match the pin.
    ///
    /// # Errors
    /// [`RegistryError::File`].
    pub fn pin(&self, places: &Places) -> Result<(), RegistryError> {
        let signed_by = match &self.verdict {
            Verdict::Trusted { key, .. } => Some(key.key.to_string()),
            _ => None,
        };
        let pin = Pin {
            reference: self.reference.to_string(),
            manifest: self.manifest,
            layer: Digest::of(&self.wasm),
            size: self.wasm.len() as u64,
            signed_by,
        };
        Pins::put(&places.pins, pin)?;
        let kept = Kept::new(&places.kept);
        // Another process may have pruned the component before it was pinned.
        let size = self.wasm.len() as u64;
        if kept.component(Digest::of(&self.wasm), size).is_none() {
            self.keep(places)?;
        }
        prune(places)
    }

    /// Undoes [`Acquired::keep`] after a failed installation.
    ///
    /// # Errors
    /// [`RegistryError::File`].
    pub fn forget(&self, places: &Places) -> Result<(), RegistryError> {
        prune(places)
    }
}

/// Returns the verdict, as far as it follows from the signature alone, without the signed bytes.
fn glance(trusted: &TrustedKeys, text: Option<&str>) -> Option<Verdict> {
    let Some(text) = text else {
        return Some(Verdict::Unsigned);
    };
    let key = text.parse::<Signature>().ok()?.key();
    let known = trusted.keys().iter().any(|it| it.key.id() == key);
    (!known).then_some(Verdict::Unknown { key })
}

/// Removes the cached components that no pin names.
fn prune(places: &Places) -> Result<(), RegistryError> {
    alone(&places.pins, || {
        Kept::new(&places.kept).prune(&Pins::load(&places.pins)?);
        Ok(())
    })
}

fn fetch(
    registry: &Registry,
    reference: &OciReference,
    found: Found,
    watch: &mut (dyn FnMut(u64, u64) + Send),
) -> Result<Vec<u8>, RegistryError> {
    let of = found.layer.size;
    registry.fetch(reference, found.layer, &mut |there| watch(there, of))
}
