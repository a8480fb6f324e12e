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

/// Where a host keeps what it knows of registries.
#[derive(Debug, Clone)]
pub struct Places {
    /// The lock file.
    pub pins: PathBuf,
    /// The folder of components that came from registries.
    pub kept: PathBuf,
    /// The file of trusted keys.
    pub trusted: PathBuf,
}

impl Places {
    /// `regulars.lock`, `regulars-components` and `trusted-keys.toml` in the folder of a database.
    pub fn beside(database: &Path) -> Places {
        let folder = database.parent().unwrap_or(Path::new(""));
        Places {
            pins: folder.join("regulars.lock"),
            kept: folder.join("regulars-components"),
            trusted: folder.join("trusted-keys.toml"),
        }
    }
}

/// What is wanted, and what is put up with.
#[derive(Debug, Clone)]
pub struct Wanted {
    pub reference: OciReference,
    /// Only what is kept here, without asking the registry.
    pub offline: bool,
    /// Also what nobody signed that is trusted. Never what is signed wrongly.
    pub allow_unsigned: bool,
    /// Also where the reference names something else than when it was pinned.
    pub accept_moved: bool,
    /// Where another trusted key signed it than what was installed of the repository before.
    pub other_signer: OtherSigner,
}

/// What is to be done where another trusted key signed than before.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum OtherSigner {
    #[default]
    Refuse,
    /// It is taken where it is this one: by its name here, its id, or the key itself.
    Accept(String),
    /// It is taken, and told of in [`Acquired::signed_before_by`].
    Tell,
}

impl Wanted {
    /// From the registry, signed, as it was pinned.
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

/// A component that came from a registry, with what is known of it. Nothing is written before [`Acquired::keep`].
#[derive(Debug, Clone)]
pub struct Acquired {
    pub wasm: Vec<u8>,
    pub reference: OciReference,
    /// Of the image manifest.
    pub manifest: Digest,
    /// What the reference was when it was installed; none where it never was.
    pub pinned: Option<Digest>,
    /// Who signed it.
    pub verdict: Verdict,
    /// Who signed what was installed of this repository before, in words, where that was never who signed this.
    pub signed_before_by: Vec<String>,
    /// Why the registry could not be asked, where it could not and what is kept here had to do.
    pub unreachable: Option<String>,
    signature: Option<String>,
}

/// Gets what a reference names, checked: as it was pinned, as the manifest says, and signed by who is trusted. What is kept here is not
/// fetched again. A registry that cannot be reached is done without where all is here. `watch` hears how many bytes of how many are there.
///
/// # Errors
/// [`RegistryError`] says what does not hold, and what would allow it.
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
                // Before anything large is fetched in vain.
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
    /// Checks that the plugin says the version that the tag says. What is signed proves who made it, not that it is the newest.
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

    /// Keeps the component, so that it can be installed again without the registry. It is to be pinned once it is installed.
    ///
    /// # Errors
    /// [`RegistryError::File`].
    pub fn keep(&self, places: &Places) -> Result<(), RegistryError> {
        Kept::new(&places.kept).put(&self.wasm, self.signature.as_deref())
    }

    /// Pins the reference to what it is now. Only what was installed is to be pinned: what is found there later must be the same.
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
        // Somebody else may have pruned it before it was pinned.
        let size = self.wasm.len() as u64;
        if kept.component(Digest::of(&self.wasm), size).is_none() {
            self.keep(places)?;
        }
        prune(places)
    }

    /// Undoes [`Acquired::keep`], where nothing came of it.
    ///
    /// # Errors
    /// [`RegistryError::File`].
    pub fn forget(&self, places: &Places) -> Result<(), RegistryError> {
        prune(places)
    }
}

/// What can be told of a signature without the bytes that it is of.
fn glance(trusted: &TrustedKeys, text: Option<&str>) -> Option<Verdict> {
    let Some(text) = text else {
        return Some(Verdict::Unsigned);
    };
    let key = text.parse::<Signature>().ok()?.key();
    let known = trusted.keys().iter().any(|it| it.key.id() == key);
    (!known).then_some(Verdict::Unknown { key })
}

/// Removes what is kept and no pin names any more.
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
