use std::collections::BTreeMap;

use serde::Serialize;

use super::{IdempotencyRecord, Timer};
use regulars_model::*;

/// The data about a customer that no list returns, as of one moment.
#[derive(Debug, Clone, Default)]
pub struct CustomerData {
    /// The memories of each plugin about them.
    pub memories: BTreeMap<InstallationId, BTreeMap<String, Json>>,
    /// The memories about them in kept versions of plugins, oldest first.
    pub kept_memories: Vec<KeptMemory>,
    pub timers: Vec<Timer>,
    /// The outputs of actions about them.
    pub answers: Vec<IdempotencyRecord>,
}

/// The memory about a customer in a kept version of a plugin.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct KeptMemory {
    pub plugin: InstallationId,
    pub replaced_at: Timestamp,
    pub entries: BTreeMap<String, Json>,
}

/// A note that a transcript of a run is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct KeptTranscript {
    pub run: RunId,
    pub kept_at: Timestamp,
    /// Before packing, 0 if it was too large to keep.
    pub bytes: u64,
}
