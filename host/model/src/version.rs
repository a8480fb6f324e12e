use serde::Serialize;

use super::{Digest, Grants, Timestamp};

/// A version of an installation: the present one, or an earlier one to roll back to.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct PluginVersion {
    /// The manifest's version.
    pub version: String,
    #[cfg_attr(feature = "schema", schema(value_type = String))]
    pub digest: Digest,
    /// The source that the operator named.
    pub source: String,
    /// The grants of this version.
    pub grants: Grants,
    /// The time of its replacement. `None` for the present version.
    #[cfg_attr(feature = "schema", schema(value_type = Option<String>, format = DateTime))]
    pub replaced_at: Option<Timestamp>,
    /// The number of memory entries in its snapshot. `None` for the present version.
    pub remembered: Option<u64>,
}
