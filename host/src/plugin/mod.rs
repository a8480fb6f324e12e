//! A plugin on this host: manifest, grants, and the loaded installation.

mod active;
mod beyond;
mod difference;
mod error;
mod grant;
mod inspect;
mod manifest;
mod narrow;
mod schema;
mod schema_bound;
mod secret;
mod unusual;
mod windows;
mod words;

pub(crate) use active::{Active, PluginSet};
pub(crate) use difference::diff_manifests;
pub use difference::{AskChange, AskDirection, AskPart, VersionDiff, VersionName};
pub use error::PluginError;
pub(crate) use grant::field_name;
#[cfg(feature = "cli")]
pub(crate) use inspect::runs;
pub(crate) use inspect::sections;
pub use inspect::{Inspection, Section};
pub(crate) use manifest::{is_kind, local_time, own_id, read};
pub use schema::SchemaError;
pub(crate) use schema::{Validator, whole_numbers};
pub(crate) use secret::names as secret_names;
pub use unusual::RiskFlag;
pub(crate) use unusual::risk_flags;
