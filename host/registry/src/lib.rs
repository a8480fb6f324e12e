//! Plugins from OCI registries: pull, verification, pins, cache and publication.
//!
//! Components use the [WebAssembly OCI artifact layout]: an image manifest, a config
//! `application/vnd.wasm.config.v0+json`, one layer `application/wasm`, and a semantic version as the tag.
//! Other tools of that layout can push components that this host installs, and install components that it
//! publishes.
//!
//! A signature is a text in [minisign]'s format over the component's bytes. On disk it is `FILE.minisig`
//! beside the file. In a registry it is an artifact under the tag `sha256-<manifest digest>.minisig`, because
//! not all registries have the referrers API of OCI 1.1. The artifact's `subject` is the component's
//! manifest, for those that have it.
//!
//! [`pull`] is the entry point. It does not trust the registry: the manifest must match the pin, the layer
//! must match the manifest, and a trusted key must have signed the component. All calls block, and may be
//! made from any thread.
//!
//! [WebAssembly OCI artifact layout]: https://tag-runtime.cncf.io/wgs/wasm/deliverables/wasm-oci-artifact/
//! [minisign]: https://jedisct1.github.io/minisign/

mod pull;

mod pull_request;

mod trust_policy;

mod reference;

mod client;

mod http;

mod token;

mod responses;

mod login;

mod download;

mod publish;

pub mod bounded;

mod artifact;

mod signature;

mod trusted;

mod scope;

mod pins;

mod cache;

mod error;

mod replace;

pub use artifact::Artifact;
pub use cache::Cache;
pub use client::{Registry, RegistryOptions};
pub use error::RegistryError;
pub use pins::{Pin, Pins};
pub use publish::Published;
pub use pull::{Pulled, pull};
pub use pull_request::{OtherSigner, PullRequest, RegistryPaths};
pub use reference::OciReference;
pub use scope::Scope;
pub use signature::{KeyId, PublicKey, SecretKey, Signature, SignatureError};
pub use trusted::{SignatureStatus, TrustedKey, TrustedKeys};
