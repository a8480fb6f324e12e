use std::collections::BTreeMap;

use serde::Serialize;

use super::{IdempotencyRecord, Timer};
use crate::model::*;

/// What is kept of a customer beside what has lists of its own: little, and read at one moment.
#[derive(Debug, Clone, Default)]
pub struct CustomerData {
    /// What each plugin remembers of them.
    pub memories: BTreeMap<InstallationId, BTreeMap<String, Json>>,
    /// What each plugin remembered of them when it was replaced, where that version is kept; oldest first.
    pub kept_memories: Vec<KeptMemory>,
    pub timers: Vec<Timer>,
    /// What actions about them answered.
    pub answers: Vec<IdempotencyRecord>,
}

/// What a version of a plugin that was replaced remembered of a customer.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct KeptMemory {
    pub plugin: InstallationId,
    pub replaced_at: Timestamp,
    pub entries: BTreeMap<String, Json>,
}

/// That there is a transcript of a run, which holds what its plugin saw.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct KeptTranscript {
    pub run: RunId,
    pub kept_at: Timestamp,
    /// Before packing; 0 where it was too large to be kept.
    pub bytes: u64,
}
