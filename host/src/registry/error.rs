use std::path::PathBuf;
use std::time::Duration;

use super::signature::{KeyId, SignatureError};
use crate::model::Digest;

/// Why nothing came from a registry, or went to one. Each says what would allow it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RegistryError {
    /// A reference that cannot be used.
    #[error("{given}: {problem}")]
    Reference { given: String, problem: String },

    /// No connection, or none that is safe.
    #[error(
        "the registry {host} cannot be reached: {problem}. {}",
        if *.plain {
            "Is the name right, and does it run?"
        } else {
            "Is the name right, and does it speak HTTPS? --insecure allows plain HTTP"
        }
    )]
    Unreachable {
        host: String,
        problem: String,
        /// Whether it was tried by plain HTTP.
        plain: bool,
    },

    /// The registry wants to know who asks.
    #[error(
        "the registry {host} does not let us in (401): {}",
        if *.known {
            "it refuses the name and password of the docker config: log in again with `docker login`"
        } else {
            "there is no login for it in the docker config (~/.docker/config.json, or where DOCKER_CONFIG names the directory): \
             log in with `docker login`"
        }
    )]
    Unauthorized {
        host: String,
        /// Whether we gave a name and a password.
        known: bool,
    },

    /// The registry knows who asks, and says no.
    #[error(
        "the registry {host} does not allow this (403): ask who runs it for access to {repository}"
    )]
    Denied { host: String, repository: String },

    /// A login that cannot be used.
    #[error("the docker config has no usable login for {host}: {problem}")]
    Login { host: String, problem: String },

    /// The registry has no such thing.
    #[error("there is no {reference}: look at the repository and the version")]
    NotFound { reference: String },

    /// Another answer that is an error.
    #[error("the registry {host} answered: {problem}")]
    Refused { host: String, problem: String },

    /// It sends us to where we do not go.
    #[error(
        "the registry {host} sends us on to {to}: {problem}. Nothing was asked there; ask who runs the registry"
    )]
    Astray {
        host: String,
        to: String,
        problem: &'static str,
    },

    /// The connection ended before all was there.
    #[error("the connection to {host} broke ({problem}): nothing was taken; try again")]
    Cut { host: String, problem: String },

    /// It took too long.
    #[error("the registry {host} took longer than {limit:?}: nothing was taken; try again")]
    Slow { host: String, limit: Duration },

    /// Something else than a component lies there.
    #[error(
        "{reference} is no WebAssembly component, but {found}: one layer application/wasm with a config \
         application/vnd.wasm.config.v0+json is expected, as `regulars plugin publish` or `wkg oci push` make it"
    )]
    NotWasm { reference: String, found: String },

    /// More than a plugin may have.
    #[error(
        "{what} is {size} bytes, more than the {limit} that `runtime.max_component_bytes` allows"
    )]
    TooLarge { what: String, size: u64, limit: u64 },

    /// What came is not what was asked for.
    #[error(
        "what {host} sent is not what was asked for: {expected} was expected, {found} came. Nothing was taken; the registry is \
         damaged, or somebody tampers with it"
    )]
    WrongDigest {
        host: String,
        expected: String,
        found: String,
    },

    /// The tag names something else than when it was pinned.
    #[error(
        "{reference} is not what it was: {pinned} was installed from it, and it is {now} now. A version that is published should \
         never change: ask its publisher. --accept-moved takes the new one; {old} is the old one"
    )]
    Moved {
        reference: String,
        pinned: Digest,
        now: Digest,
        /// The reference by digest that still names the old one.
        old: String,
    },

    /// Nobody signed it.
    #[error(
        "{reference} is not signed. Ask its publisher to sign it, or vouch for it yourself: --allow-unsigned {repository}"
    )]
    Unsigned {
        reference: String,
        repository: String,
    },

    /// It is signed, by nobody that is known here.
    #[error(
        "{reference} is signed with the key {key}, which nobody here trusts. Get the publisher's key from where you know that it \
         is theirs, and add it with `regulars plugin trust`, or vouch for this one yourself: --allow-unsigned {repository}"
    )]
    Untrusted {
        reference: String,
        repository: String,
        key: KeyId,
    },

    /// It is signed by who is trusted for other repositories.
    #[error(
        "{reference} is signed by {signer}, whose key is trusted only for {only}. Trust it for this one too, with \
         `regulars plugin trust --for`, or vouch for this one yourself: --allow-unsigned {repository}"
    )]
    Elsewhere {
        reference: String,
        repository: String,
        signer: String,
        /// The repositories, in words.
        only: String,
    },

    /// Another key signed it than what was installed of its repository before.
    #[error(
        "{reference} is signed by {now}, and what was installed of {repository} before was signed by {before}. A repository \
         rarely changes hands: ask its publisher. --accept-signer {key} takes it"
    )]
    OtherSigner {
        reference: String,
        repository: String,
        now: String,
        before: String,
        key: KeyId,
    },

    /// Neither who signed it before nor who was to be accepted signed it.
    #[error("--accept-signer names {named}, and {reference} is signed by {now}")]
    NotAccepted {
        reference: String,
        now: String,
        named: String,
    },

    /// The signature is of something else.
    #[error(
        "the signature of {what} is not of these bytes, though it names the trusted key {key}: somebody changed the one or the \
         other. Nothing allows that: get it anew"
    )]
    Forged { what: String, key: KeyId },

    /// A signature or a key that cannot be read.
    #[error("{what}: {problem}")]
    Signature {
        what: String,
        problem: SignatureError,
    },

    /// The version is another than the plugin says of itself.
    #[error(
        "{reference} holds version {says}: an old version under a new name may be an attack. {by_digest} installs it all the same"
    )]
    OtherVersion {
        reference: String,
        says: String,
        by_digest: String,
    },

    /// The version is there already, and something else.
    #[error(
        "{reference} is there already, with other content ({there}): publish a new version, or replace what others may have \
         pinned with --overwrite"
    )]
    Published { reference: String, there: Digest },

    /// It was never installed from here, or is not kept any more.
    #[error("{reference} is not kept here: without --offline, it is fetched from the registry")]
    NotKept { reference: String },

    /// A file of ours that cannot be read or written.
    #[error("{}: {problem}", .path.display())]
    File { path: PathBuf, problem: String },
}
