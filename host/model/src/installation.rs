use std::collections::BTreeSet;

use regulars_manifest::{CustomerField, EffectKind, Manifest};
use serde::{Deserialize, Serialize};

use super::{Digest, InstallationId, Json, Timestamp};

/// An installed plugin: a component with its grants and settings.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Installation {
    pub id: InstallationId,
    #[cfg_attr(feature = "schema", schema(value_type = String))]
    pub digest: Digest,
    /// The source that the operator named: a path or a registry reference.
    pub source: String,
    #[cfg_attr(feature = "schema", schema(schema_with = manifest_schema))]
    pub manifest: Manifest,
    pub grants: Grants,
    #[cfg_attr(feature = "schema", schema(value_type = Object))]
    pub settings: Json,
    /// The names of the secret settings that are set. Their values are stored apart and never shown.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub secrets: BTreeSet<String>,
    pub state: InstallationState,
    /// The reason for a quarantine or a broken component. `None` in the other states.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trouble: Option<Trouble>,
    /// The limits that differ from the host's defaults.
    #[serde(default)]
    pub limits: PluginLimits,
    /// The order between proposals of one purpose. Higher values go first.
    pub priority: i32,
    pub installed_at: Timestamp,
    /// The number of changes to this record.
    pub version: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum InstallationState {
    /// The plugin receives events.
    Enabled,
    /// An operator disabled the plugin. It receives no events.
    Disabled,
    /// The plugin failed repeatedly in a row. The host calls it from time to time to test it, and defers its
    /// events meanwhile.
    Quarantined,
    /// The component does not load. Its events are deferred until a version that loads is installed.
    /// Determined at each start and never stored.
    Broken,
}

/// The reason that a plugin is not called.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Trouble {
    pub reason: String,
    #[cfg_attr(feature = "schema", schema(value_type = String, format = DateTime))]
    pub since: Timestamp,
    /// The time of the next trial call. `None` if the component is broken.
    #[cfg_attr(feature = "schema", schema(value_type = Option<String>, format = DateTime))]
    pub next_trial: Option<Timestamp>,
    /// The number of failed trials.
    pub trials: u32,
}

/// The largest values of limits.
const RUNS: u64 = 1_000_000;
const FUEL: u64 = 1_000_000_000_000_000;

/// The resource limits of one plugin. Calls beyond a limit wait, without delaying other plugins. Each limit
/// is at least 1. `None` means the default of the host's configuration.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields, default)]
pub struct PluginLimits {
    /// Calls per second, at most 1,000,000. A burst of ten seconds' worth is allowed.
    #[cfg_attr(feature = "schema", schema(minimum = 1, maximum = 1_000_000))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub runs_per_second: Option<u32>,
    /// Concurrent calls, at most 1,000,000.
    #[cfg_attr(feature = "schema", schema(minimum = 1, maximum = 1_000_000))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub concurrent_runs: Option<u32>,
    /// Fuel per minute, at most 10^15. The burst is ten seconds' worth, and at least one run's budget.
    #[cfg_attr(
        feature = "schema",
        schema(minimum = 1, maximum = 1_000_000_000_000_000_u64)
    )]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fuel_per_minute: Option<u64>,
}

impl PluginLimits {
    /// Returns these limits, with unset ones taken from `other`.
    pub fn or(self, other: PluginLimits) -> PluginLimits {
        PluginLimits {
            runs_per_second: self.runs_per_second.or(other.runs_per_second),
            concurrent_runs: self.concurrent_runs.or(other.concurrent_runs),
            fuel_per_minute: self.fuel_per_minute.or(other.fuel_per_minute),
        }
    }

    /// Returns the name of the first limit that is out of range, and its largest value.
    pub fn out_of_range(&self) -> Option<(&'static str, u64)> {
        let runs = (self.runs_per_second.map(u64::from), "runs_per_second", RUNS);
        let concurrent = (self.concurrent_runs.map(u64::from), "concurrent_runs", RUNS);
        let fuel = (self.fuel_per_minute, "fuel_per_minute", FUEL);
        [runs, concurrent, fuel]
            .into_iter()
            .find(|(given, _, most)| given.is_some_and(|given| !(1..=*most).contains(&given)))
            .map(|(_, name, most)| (name, most))
    }
}

/// The grants of an installation, never more than the manifest requests.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Grants {
    #[cfg_attr(feature = "schema", schema(value_type = Vec<String>))]
    pub fields: BTreeSet<CustomerField>,
    pub history: Vec<HistoryGrant>,
    #[cfg_attr(feature = "schema", schema(value_type = Vec<String>))]
    pub effects: BTreeSet<EffectKind>,
    /// The interaction kinds that the effect `record` may append.
    #[serde(default)]
    pub record_kinds: BTreeSet<String>,
    /// True if the plugin may send `service` messages, which contact caps do not limit. It must be granted by
    /// name.
    #[serde(default)]
    pub service: bool,
}

/// A window of history that a plugin may see.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct HistoryGrant {
    /// The visible kinds. Empty means all.
    pub kinds: BTreeSet<String>,
    /// Days before the event.
    pub days: u32,
    /// The maximum number of records, newest first.
    pub limit: u32,
}

/// Refers to the manifest's own schema, which the OpenAPI document holds under this name.
#[cfg(feature = "schema")]
pub fn manifest_schema() -> utoipa::openapi::Ref {
    utoipa::openapi::Ref::from_schema_name("Manifest")
}
