use std::path::PathBuf;
use std::time::Duration;

use super::signature::{KeyId, SignatureError};
use regulars_model::Digest;

/// A failed pull or publication. Each message names the option that would allow it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RegistryError {
    /// An invalid reference.
    #[error("{given}: {problem}")]
    Reference { given: String, problem: String },

    /// No connection, or no secure one.
    #[error(
        "the registry {host} cannot be reached: {problem}: check the name{}",
        if *.plain {
            " and that the registry is running"
        } else {
            " and that the registry speaks HTTPS, or allow plain HTTP with --insecure"
        }
    )]
    Unreachable {
        host: String,
        problem: String,
        /// True if plain HTTP was used.
        plain: bool,
    },

    /// The registry requires a login (401).
    #[error(
        "the registry {host} requires a login (401): {}",
        if *.known {
            "it refused the name and password of the docker config, log in again with `docker login`"
        } else {
            "the docker config (~/.docker/config.json or $DOCKER_CONFIG/config.json) has none, \
             log in with `docker login`"
        }
    )]
    Unauthorized {
        host: String,
        /// True if a name and a password were sent.
        known: bool,
    },

    /// The login lacks the permission (403).
    #[error(
        "the registry {host} denied access (403): ask its administrator for access to {repository}"
    )]
    Denied { host: String, repository: String },

    /// An unusable entry in the docker config.
    #[error("unusable login for {host} in the docker config: {problem}")]
    Login { host: String, problem: String },

    /// An unknown repository or tag (404).
    #[error("{reference} not found: check the repository and the version")]
    NotFound { reference: String },

    /// Any other error response.
    #[error("the registry {host} returned an error: {problem}")]
    Refused { host: String, problem: String },

    /// A redirect to an address that is not allowed.
    #[error(
        "the registry {host} redirects to {to}: {problem}; the redirect was not followed, ask the registry's administrator"
    )]
    BadRedirect {
        host: String,
        to: String,
        problem: &'static str,
    },

    /// The connection ended early.
    #[error("the connection to {host} was lost ({problem}): nothing was installed, try again")]
    Cut { host: String, problem: String },

    /// The exchange exceeded its time limit.
    #[error("the registry {host} took longer than {limit:?}: nothing was installed, try again")]
    Slow { host: String, limit: Duration },

    /// The artifact is no WebAssembly component.
    #[error(
        "{reference} is no WebAssembly component but {found}: expected one layer application/wasm and a config \
         application/vnd.wasm.config.v0+json, as `regulars plugin publish` or `wkg oci push` write them"
    )]
    NotWasm { reference: String, found: String },

    /// A layer larger than the limit for components.
    #[error(
        "{what} is {size} bytes, more than the limit of {limit} (`runtime.max_component_bytes`)"
    )]
    TooLarge { what: String, size: u64, limit: u64 },

    /// The digest or size differs from the requested one.
    #[error(
        "the content from {host} does not match the request: expected {expected}, received {found}; nothing was installed, \
         the registry may be damaged or tampered with"
    )]
    WrongDigest {
        host: String,
        expected: String,
        found: String,
    },

    /// The tag names another manifest than the pinned one.
    #[error(
        "{reference} has changed: the installed manifest is {pinned}, the registry now has {now}; a published version should \
         never change, ask its publisher; --accept-moved accepts the new one, {old} names the old one"
    )]
    Moved {
        reference: String,
        pinned: Digest,
        now: Digest,
        /// The reference by digest that names the pinned manifest.
        old: String,
    },

    /// The component has no signature.
    #[error(
        "{reference} is not signed: ask its publisher to sign it, or accept it with --allow-unsigned {repository}"
    )]
    Unsigned {
        reference: String,
        repository: String,
    },

    /// An untrusted key signed the component.
    #[error(
        "{reference} is signed with the key {key}, which is not trusted: get the publisher's key from a source that you know to be \
         theirs and add it with `regulars plugin trust`, or accept this component with --allow-unsigned {repository}"
    )]
    Untrusted {
        reference: String,
        repository: String,
        key: KeyId,
    },

    /// The signing key is trusted for other repositories only.
    #[error(
        "{reference} is signed by {signer}, whose key is trusted only for {only}: add this repository with \
         `regulars plugin trust --for`, or accept this component with --allow-unsigned {repository}"
    )]
    Elsewhere {
        reference: String,
        repository: String,
        signer: String,
        /// The repositories of the key, for display.
        only: String,
    },

    /// Another trusted key signed the earlier components of the repository.
    #[error(
        "{reference} is signed by {now}, but {before} signed the earlier components of {repository}: a repository \
         rarely changes hands, ask its publisher; --accept-signer {key} accepts it"
    )]
    OtherSigner {
        reference: String,
        repository: String,
        now: String,
        before: String,
        key: KeyId,
    },

    /// The signer is neither an earlier one nor the accepted one.
    #[error("--accept-signer names {named}, but {reference} is signed by {now}")]
    NotAccepted {
        reference: String,
        now: String,
        named: String,
    },

    /// The signature names a trusted key but does not match the bytes.
    #[error(
        "the signature of {what} names the trusted key {key} but does not match these bytes: the component or the signature \
         was changed; no option allows that, download it again"
    )]
    Forged { what: String, key: KeyId },

    /// An unreadable signature or key.
    #[error("{what}: {problem}")]
    Signature {
        what: String,
        problem: SignatureError,
    },

    /// The plugin's own version differs from the tag.
    #[error(
        "{reference} holds version {says}: an old version under a new tag may be an attack; {by_digest} installs it anyway"
    )]
    OtherVersion {
        reference: String,
        says: String,
        by_digest: String,
    },

    /// The version was published before with other content.
    #[error(
        "{reference} is published already with other content ({there}): publish a new version, or replace the one that others may have \
         pinned with --overwrite"
    )]
    Published { reference: String, there: Digest },

    /// The cache does not hold the component.
    #[error("{reference} is not in the local cache: omit --offline to download it")]
    NotCached { reference: String },

    /// A local file that cannot be read or written.
    #[error("{}: {problem}", .path.display())]
    File { path: PathBuf, problem: String },
}
