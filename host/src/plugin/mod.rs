//! A plugin on this host: manifest, grants, and the loaded installation.

pub(crate) mod admission;
mod display;
mod error;
mod grant;
mod grant_diff;
mod inspect;
mod manifest;
mod restrict;
mod risk_flags;
mod schema;
mod schema_bound;
mod secret;
mod version_diff;
mod windows;

pub use error::PluginError;
pub(crate) use grant::field_name;
#[cfg(feature = "cli")]
pub(crate) use inspect::runs;
pub(crate) use inspect::sections;
pub use inspect::{Inspection, Section};
pub(crate) use manifest::{is_kind, local_time, own_id, read};
pub use risk_flags::RiskFlag;
pub(crate) use risk_flags::risk_flags;
pub use schema::SchemaError;
pub(crate) use schema::{Validator, whole_numbers, with_defaults};
pub(crate) use secret::names as secret_names;
pub(crate) use version_diff::diff_manifests;
pub use version_diff::{AskChange, AskDirection, AskPart, VersionDiff, VersionName};
