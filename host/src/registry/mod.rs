//! Plugins from OCI registries: found, checked, pinned, kept, published.
//!
//! A component lies in a registry as the [WebAssembly OCI artifact layout] has it: an image manifest, a config
//! `application/vnd.wasm.config.v0+json`, one layer `application/wasm`, a tag that is a semantic version. What other tools of that
//! layout push can be installed here, and the other way round.
//!
//! A signature is a text in [minisign]'s format over the component's bytes. On disk it is `FILE.minisig` beside the
//! file. In a registry it is an artifact of its own under the tag `sha256-<manifest digest>.minisig`: a convention that every
//! registry can hold, since not all have the referrers API of OCI 1.1. Its manifest names the component's as its `subject`
//! for those that have.
//!
//! [`acquire`] is the way in. It trusts no registry: the manifest must be the one that was pinned, the layer must be what the
//! manifest says, the signature must be by a key that was chosen here. All calls block, and may be made from any thread.
//!
//! [WebAssembly OCI artifact layout]: https://tag-runtime.cncf.io/wgs/wasm/deliverables/wasm-oci-artifact/
//! [minisign]: https://jedisct1.github.io/minisign/

mod acquire;

mod allowed;

mod reference;

mod client;

mod exchange;

mod token;

mod answers;

mod login;

mod download;

mod publish;

mod artifact;

mod signature;

mod trusted;

mod scope;

mod pins;

mod kept;

mod error;

mod replace;

pub use acquire::{Acquired, OtherSigner, Places, Wanted, acquire};
pub use artifact::Artifact;
pub use client::{Registry, RegistryOptions};
pub use error::RegistryError;
pub use kept::Kept;
pub use pins::{Pin, Pins};
pub use publish::Published;
pub use reference::OciReference;
pub use scope::Scope;
pub use signature::{KeyId, PublicKey, SecretKey, Signature, SignatureError};
pub use trusted::{TrustedKey, TrustedKeys, Verdict};
