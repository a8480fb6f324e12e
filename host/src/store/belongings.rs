use std::collections::BTreeMap;

use serde::Serialize;

use super::{Answer, Timer};
use crate::model::*;

/// What is kept of a customer beside what has lists of its own: little, and read at one moment.
#[derive(Debug, Clone, Default)]
pub struct Belongings {
    /// What each plugin remembers of them.
    pub memories: BTreeMap<InstallationId, BTreeMap<String, Json>>,
    pub timers: Vec<Timer>,
    /// What actions about them answered.
    pub answers: Vec<Answer>,
}

/// That there is a transcript of a run, which holds what its plugin saw.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct KeptTranscript {
    pub run: RunId,
    pub kept_at: Timestamp,
    /// Before packing; 0 where it was too large to be kept.
    pub bytes: u64,
}
