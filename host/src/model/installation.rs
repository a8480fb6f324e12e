use std::collections::BTreeSet;

use regulars_manifest::{CustomerField, EffectKind, Manifest};
use serde::{Deserialize, Serialize};

use super::{Digest, InstallationId, Json, Timestamp};

/// A plugin on this host: a component, what it was granted, and how it is set.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "http", derive(utoipa::ToSchema))]
pub struct Installation {
    pub id: InstallationId,
    #[cfg_attr(feature = "http", schema(value_type = String))]
    pub digest: Digest,
    /// What the operator named as the source: a path, later a registry reference.
    pub source: String,
    #[cfg_attr(feature = "http", schema(schema_with = manifest_schema))]
    pub manifest: Manifest,
    pub grants: Grants,
    #[cfg_attr(feature = "http", schema(value_type = Object))]
    pub settings: Json,
    pub state: InstallationState,
    /// Decides between proposals of one purpose; higher goes first.
    pub priority: i32,
    pub installed_at: Timestamp,
    /// Counts the changes to this record.
    pub version: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "http", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum InstallationState {
    Enabled,
    Disabled,
}

/// What a person granted at install: never more than the manifest asks for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "http", derive(utoipa::ToSchema))]
pub struct Grants {
    #[cfg_attr(feature = "http", schema(value_type = Vec<String>))]
    pub fields: BTreeSet<CustomerField>,
    pub history: Vec<HistoryGrant>,
    #[cfg_attr(feature = "http", schema(value_type = Vec<String>))]
    pub effects: BTreeSet<EffectKind>,
    /// The kinds that `record` may append.
    #[serde(default)]
    pub record_kinds: BTreeSet<String>,
}

/// A window of history that may be seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "http", derive(utoipa::ToSchema))]
pub struct HistoryGrant {
    /// Empty is every kind.
    pub kinds: BTreeSet<String>,
    /// Days before the event.
    pub days: u32,
    /// At most so many of the newest.
    pub limit: u32,
}

/// As a reference: the HTTP API's document has the manifest's own schema under this name.
#[cfg(feature = "http")]
fn manifest_schema() -> utoipa::openapi::Ref {
    utoipa::openapi::Ref::from_schema_name("Manifest")
}
