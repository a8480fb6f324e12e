use serde::Serialize;

use super::{Digest, Grants, Timestamp};

/// A version of an installation: the one that is installed, or one that can be returned to.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct PluginVersion {
    /// As its manifest says.
    pub version: String,
    #[cfg_attr(feature = "schema", schema(value_type = String))]
    pub digest: Digest,
    /// What the operator named as the source.
    pub source: String,
    /// What it is, or was, granted.
    pub grants: Grants,
    /// When another version took its place; none for the one that is installed.
    #[cfg_attr(feature = "schema", schema(value_type = Option<String>, format = DateTime))]
    pub replaced_at: Option<Timestamp>,
    /// How many entries are kept of what it remembered then; none for the one that is installed.
    pub remembered: Option<u64>,
}
