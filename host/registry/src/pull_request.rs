use std::path::{Path, PathBuf};

use super::reference::OciReference;

/// The files that a host keeps about registries.
#[derive(Debug, Clone)]
pub struct RegistryPaths {
    /// The lock file, see [`Pins`](crate::Pins).
    pub pins: PathBuf,
    /// The folder of downloaded components, see [`Cache`](crate::Cache).
    pub cache: PathBuf,
    /// The file of trusted keys, see [`TrustedKeys`](crate::TrustedKeys).
    pub trusted: PathBuf,
}

impl RegistryPaths {
    /// Returns `regulars.lock`, `regulars-components` and `trusted-keys.toml` in the folder of a database.
    pub fn next_to(database: &Path) -> RegistryPaths {
        let folder = database.parent().unwrap_or(Path::new(""));
        RegistryPaths {
            pins: folder.join("regulars.lock"),
            cache: folder.join("regulars-components"),
            trusted: folder.join("trusted-keys.toml"),
        }
    }
}

/// A component to pull, and the checks that the operator waives for it.
#[derive(Debug, Clone)]
pub struct PullRequest {
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
    /// Accepts any trusted key and lists the earlier signers in [`Pulled::signed_before_by`](crate::Pulled::signed_before_by).
    Report,
}

impl PullRequest {
    /// Returns a request that contacts the registry and waives no check.
    pub fn new(reference: OciReference) -> PullRequest {
        PullRequest {
            reference,
            offline: false,
            allow_unsigned: false,
            accept_moved: false,
            other_signer: OtherSigner::Refuse,
        }
    }
}
