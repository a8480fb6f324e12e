use super::cache::Cache;
use super::client::{Registry, RegistryOptions};
use super::download::Found;
use super::error::RegistryError;
use super::pins::{Pin, Pins};
use super::pull_request::{PullRequest, RegistryPaths};
use super::reference::OciReference;
use super::replace::with_lock;
use super::signature::Signature;
use super::trust_policy::{check_signature, check_signer, earlier_signers};
use super::trusted::{SignatureStatus, TrustedKeys};
use regulars_model::Digest;

/// A verified component from a registry. Nothing is written before [`Pulled::store`].
#[derive(Debug, Clone)]
pub struct Pulled {
    pub wasm: Vec<u8>,
    pub reference: OciReference,
    /// The digest of the image manifest.
    pub manifest: Digest,
    /// The manifest digest at installation. `None` if the reference was never installed.
    pub pinned: Option<Digest>,
    /// The result of the signature check.
    pub status: SignatureStatus,
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
pub fn pull(
    request: &PullRequest,
    paths: &RegistryPaths,
    options: RegistryOptions,
    watch: &mut (dyn FnMut(u64, u64) + Send),
) -> Result<Pulled, RegistryError> {
    let reference = &request.reference;
    let trusted = TrustedKeys::load(&paths.trusted)?;
    let cache = Cache::new(&paths.cache);
    let most = options.max_component_bytes;
    let pins = Pins::load(&paths.pins)?;
    let pin = pins.of(reference);
    let here = |why: Option<String>| {
        let pin = pin?;
        let wasm = cache.component(pin.layer, most)?;
        let text = cache.signature(pin.layer);
        Some((pin.manifest, wasm, text, why))
    };
    let (manifest, wasm, text, unreachable) = if request.offline {
        here(None).ok_or_else(|| RegistryError::NotCached {
            reference: reference.to_string(),
        })?
    } else {
        let registry = Registry::of(reference, options)?;
        match registry.find(reference) {
            Ok(found) => {
                if let Some(pin) = pin.filter(|pin| pin.manifest != found.manifest)
                    && !request.accept_moved
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
                let text = signature.or_else(|| cache.signature(found.layer.digest));
                // Refuses before a large download.
                if let Some(status) = status_of_key(&trusted, text.as_deref()) {
                    check_signature(&status, request)?;
                }
                let wasm = match cache.component(found.layer.digest, most) {
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
    let status = trusted
        .check(&wasm, signature.as_ref(), Some(reference))
        .map_err(unreadable)?;
    check_signature(&status, request)?;
    let signed_before_by = earlier_signers(&status, &pins, &trusted, reference);
    check_signer(&status, &signed_before_by, request)?;
    Ok(Pulled {
        wasm,
        reference: reference.clone(),
        manifest,
        pinned: pin.map(|pin| pin.manifest),
        status,
        signed_before_by,
        unreachable,
        signature: text,
    })
}

impl Pulled {
    /// Checks that the plugin's own version matches the tag. A signature proves the maker, and not that the
    /// version is the newest.
    ///
    /// # Errors
    /// [`RegistryError::OtherVersion`].
    pub fn check_version(&self, says: &str) -> Result<(), RegistryError> {
        match self.reference.version() {
            Some(version) if version != says => Err(RegistryError::OtherVersion {
                reference: self.reference.to_string(),
                says: regulars_model::text::line(says, 64),
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
    pub fn store(&self, paths: &RegistryPaths) -> Result<(), RegistryError> {
        Cache::new(&paths.cache).put(&self.wasm, self.signature.as_deref())
    }

    /// Pins the reference to its present manifest. Call it only for an installed component: later pulls must
    /// match the pin.
    ///
    /// # Errors
    /// [`RegistryError::File`].
    pub fn pin(&self, paths: &RegistryPaths) -> Result<(), RegistryError> {
        let signed_by = match &self.status {
            SignatureStatus::Trusted { key, .. } => Some(key.key.to_string()),
            _ => None,
        };
        let pin = Pin {
            reference: self.reference.to_string(),
            manifest: self.manifest,
            layer: Digest::of(&self.wasm),
            size: self.wasm.len() as u64,
            signed_by,
        };
        Pins::put(&paths.pins, pin)?;
        let cache = Cache::new(&paths.cache);
        // Another process may have pruned the component before it was pinned.
        let size = self.wasm.len() as u64;
        if cache.component(Digest::of(&self.wasm), size).is_none() {
            self.store(paths)?;
        }
        prune(paths)
    }

    /// Undoes [`Pulled::store`] after a failed installation.
    ///
    /// # Errors
    /// [`RegistryError::File`].
    pub fn discard(&self, paths: &RegistryPaths) -> Result<(), RegistryError> {
        prune(paths)
    }
}

/// Returns the verdict, as far as it follows from the signature alone, without the signed bytes.
fn status_of_key(trusted: &TrustedKeys, text: Option<&str>) -> Option<SignatureStatus> {
    let Some(text) = text else {
        return Some(SignatureStatus::Unsigned);
    };
    let key = text.parse::<Signature>().ok()?.key();
    let known = trusted.keys().iter().any(|it| it.key.id() == key);
    (!known).then_some(SignatureStatus::Unknown { key })
}

/// Removes the cached components that no pin names.
fn prune(paths: &RegistryPaths) -> Result<(), RegistryError> {
    with_lock(&paths.pins, || {
        Cache::new(&paths.cache).prune(&Pins::load(&paths.pins)?);
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
