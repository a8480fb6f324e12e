use std::collections::BTreeSet;

use regulars_manifest::{CustomerField, EffectKind, Manifest};
use serde::{Deserialize, Serialize};

use super::{Digest, InstallationId, Json, Timestamp};

/// A plugin on this host: a component, what it was granted, and how it is set.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Installation {
    pub id: InstallationId,
    #[cfg_attr(feature = "schema", schema(value_type = String))]
    pub digest: Digest,
    /// What the operator named as the source: a path, later a registry reference.
    pub source: String,
    #[cfg_attr(feature = "schema", schema(schema_with = manifest_schema))]
    pub manifest: Manifest,
    pub grants: Grants,
    #[cfg_attr(feature = "schema", schema(value_type = Object))]
    pub settings: Json,
    /// The settings that are secrets and are set, by name. Their values are kept apart and never shown.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub secrets: BTreeSet<String>,
    pub state: InstallationState,
    /// Why it is quarantined or broken; none in the other states.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trouble: Option<Trouble>,
    /// What it may use where that is not what every plugin may.
    #[serde(default)]
    pub limits: PluginLimits,
    /// Decides between proposals of one purpose; higher goes first.
    pub priority: i32,
    pub installed_at: Timestamp,
    /// Counts the changes to this record.
    pub version: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum InstallationState {
    /// It runs on what happens.
    Enabled,
    /// A person switched it off: it sees nothing.
    Disabled,
    /// It failed so often in a row that the host calls it only now and then, to see whether it works
    /// again. What happens meanwhile waits for it.
    Quarantined,
    /// Its component does not load here. What happens waits until a version is installed that does.
    /// Found out at each start, and never stored.
    Broken,
}

/// Why a plugin is not called.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Trouble {
    pub reason: String,
    #[cfg_attr(feature = "schema", schema(value_type = String, format = DateTime))]
    pub since: Timestamp,
    /// When one event is tried on it; none where it is broken.
    #[cfg_attr(feature = "schema", schema(value_type = Option<String>, format = DateTime))]
    pub next_trial: Option<Timestamp>,
    /// How many such trials failed.
    pub trials: u32,
}

/// The most that can be set: beyond it, nothing is limited.
const RUNS: u64 = 1_000_000;
const FUEL: u64 = 1_000_000_000_000_000;

/// How much of the host one plugin may take. What is beyond waits, and for nobody else. Each member
/// is at least 1, runs are at most a million and fuel is at most 10^15; one that is not set is as the host's configuration says.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields, default)]
pub struct PluginLimits {
    /// Calls per second; ten seconds' worth may come at once.
    #[cfg_attr(feature = "schema", schema(minimum = 1, maximum = 1_000_000))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub runs_per_second: Option<u32>,
    /// Calls at the same time.
    #[cfg_attr(feature = "schema", schema(minimum = 1, maximum = 1_000_000))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub concurrent_runs: Option<u32>,
    /// Fuel per minute; ten seconds' worth, and never less than one run's budget, may be used at once.
    #[cfg_attr(
        feature = "schema",
        schema(minimum = 1, maximum = 1_000_000_000_000_000_u64)
    )]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fuel_per_minute: Option<u64>,
}

impl PluginLimits {
    /// These, and where one is not set, the other's.
    pub fn or(self, other: PluginLimits) -> PluginLimits {
        PluginLimits {
            runs_per_second: self.runs_per_second.or(other.runs_per_second),
            concurrent_runs: self.concurrent_runs.or(other.concurrent_runs),
            fuel_per_minute: self.fuel_per_minute.or(other.fuel_per_minute),
        }
    }

    /// The first member that is out of its range, and the most that it may be.
    pub(crate) fn out_of_range(&self) -> Option<(&'static str, u64)> {
        let runs = (self.runs_per_second.map(u64::from), "runs_per_second", RUNS);
        let concurrent = (self.concurrent_runs.map(u64::from), "concurrent_runs", RUNS);
        let fuel = (self.fuel_per_minute, "fuel_per_minute", FUEL);
        [runs, concurrent, fuel]
            .into_iter()
            .find(|(given, _, most)| given.is_some_and(|given| !(1..=*most).contains(&given)))
            .map(|(_, name, most)| (name, most))
    }
}

/// What a person granted at install: never more than the manifest asks for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Grants {
    #[cfg_attr(feature = "schema", schema(value_type = Vec<String>))]
    pub fields: BTreeSet<CustomerField>,
    pub history: Vec<HistoryGrant>,
    #[cfg_attr(feature = "schema", schema(value_type = Vec<String>))]
    pub effects: BTreeSet<EffectKind>,
    /// The kinds that `record` may append.
    #[serde(default)]
    pub record_kinds: BTreeSet<String>,
    /// Whether its messages may be `service`, which the caps do not hold back. Never granted but by name.
    #[serde(default)]
    pub service: bool,
}

/// A window of history that may be seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct HistoryGrant {
    /// Empty is every kind.
    pub kinds: BTreeSet<String>,
    /// Days before the event.
    pub days: u32,
    /// At most so many of the newest.
    pub limit: u32,
}

/// As a reference: the HTTP API's document has the manifest's own schema under this name.
#[cfg(feature = "schema")]
pub(crate) fn manifest_schema() -> utoipa::openapi::Ref {
    utoipa::openapi::Ref::from_schema_name("Manifest")
}
