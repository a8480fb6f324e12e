use serde::{Deserialize, Serialize};

use super::{Effect, Timestamp};

/// An effect with the host's answer to it: what `explain` shows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "http", derive(utoipa::ToSchema))]
pub struct Proposal {
    pub effect: Effect,
    pub decision: Decision,
    /// What came of it: the id of the card, question, task or message, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub result: Option<uuid::Uuid>,
}

/// The host's answer to a proposal, with every rule's verdict kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "http", derive(utoipa::ToSchema))]
pub struct Decision {
    #[serde(flatten)]
    pub outcome: VerdictOutcome,
    pub verdicts: Vec<Verdict>,
}

/// What one rule said. Without failures, `Allow`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "http", derive(utoipa::ToSchema))]
pub struct Verdict {
    /// The rule's name.
    pub rule: String,
    #[serde(flatten)]
    pub outcome: VerdictOutcome,
    /// In words a person can be shown; says what would allow it.
    pub detail: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "http", derive(utoipa::ToSchema))]
#[serde(tag = "outcome", rename_all = "kebab-case")]
pub enum VerdictOutcome {
    Allow,
    /// Not now. `until` is the first instant at which it would be allowed, none where that depends
    /// on a person.
    Defer {
        until: Option<Timestamp>,
    },
    Deny,
    /// Kept back to measure what would have happened anyway.
    HeldOut,
}
