//! A plugin as it describes itself: manifest, inspection, differences of versions; and its admission to runs.

pub mod admission;
mod error;
mod inspect;
mod manifest;
mod risk_flags;
mod schema;
mod schema_bound;
mod secret;
mod version_diff;

pub use error::PluginError;
pub use inspect::runs;
pub use inspect::sections;
pub use inspect::{Inspection, Section};
pub use manifest::{is_kind, local_time, own_id, read};
pub use regulars_model::grants::field_name;
pub use risk_flags::RiskFlag;
pub use risk_flags::risk_flags;
pub use schema::SchemaError;
pub use schema::{Validator, whole_numbers, with_defaults};
pub use secret::names as secret_names;
pub use version_diff::diff_manifests;
pub use version_diff::{AskChange, AskDirection, AskPart, VersionDiff, VersionName};
