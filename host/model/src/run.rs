use serde::{Deserialize, Serialize};

use super::{CustomerId, Digest, Event, EventId, InstallationId, Proposal, RunId, Timestamp};

/// One call of a plugin, and its result.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Run {
    pub id: RunId,
    pub installation: InstallationId,
    #[cfg_attr(feature = "schema", schema(value_type = String))]
    pub digest: Digest,
    pub trigger: Trigger,
    /// `None` for an action about no customer.
    pub customer: Option<CustomerId>,
    pub started_at: Timestamp,
    /// The number of the attempt, from 1.
    pub attempt: u32,
    pub outcome: RunOutcome,
    /// Consumed fuel. Deterministic for one component, event and snapshot.
    pub fuel: u64,
    /// The call's wall-clock time in microseconds. Not deterministic.
    pub micros: u64,
    /// The largest sum of the guest's linear memories in bytes.
    pub peak_memory: u64,
    pub logs: Vec<LogLine>,
    /// The proposals with their decisions, in the plugin's order. Empty if the run failed before it returned.
    /// Rejected proposals carry the verdict that rejected them.
    pub proposals: Vec<Proposal>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(tag = "on", rename_all = "kebab-case")]
pub enum Trigger {
    Event { event: EventId, kind: String },
    Action { action: String },
}

impl From<&Event> for Trigger {
    fn from(event: &Event) -> Trigger {
        Trigger::Event {
            event: event.id,
            kind: event.data.kind().to_owned(),
        }
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(tag = "outcome", rename_all = "kebab-case")]
pub enum RunOutcome {
    /// The plugin returned, and the host decided on its effects.
    Completed,
    /// The run has no effects.
    Failed {
        failure: FailureKind,
        detail: String,
    },
}

/// The kind of a failed run. See [`FailureKind::blame`] for the party that can fix it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "kebab-case")]
pub enum FailureKind {
    /// The plugin asked for a retry.
    Retry,
    /// The plugin failed permanently.
    Permanent,
    /// The guest trapped, for example by a panic, `unreachable` or a division by zero.
    Trap,
    /// The fuel budget is used up.
    OutOfFuel,
    /// The wall-clock limit passed.
    TimedOut,
    /// The memory limit was reached.
    OutOfMemory,
    /// The guest's stack overflowed.
    StackOverflow,
    /// The output exceeds the limit in bytes.
    OutputTooLarge,
    /// The number of effects exceeds the limit.
    TooManyEffects,
    /// The output violates its type, for example by invalid UTF-8 or an out-of-bounds list.
    InvalidValue,
    /// An effect that the installation was not granted.
    NotGranted,
    /// Missing evidence, or evidence that is not this customer's.
    BadEvidence,
    /// The plugin's memory exceeds its quota.
    OverQuota,
    /// An effect with out-of-bounds content.
    MalformedEffect,
    /// An action's output that violates its schema.
    BadOutput,
    /// The host had no capacity for an instance, or failed itself.
    Host,
}

impl std::fmt::Display for FailureKind {
    /// Writes the serialised name, such as `out-of-fuel`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.serialize(f)
    }
}

impl FailureKind {
    /// Returns the party that can fix the failure.
    pub fn blame(self) -> crate::Blame {
        use crate::Blame;
        match self {
            FailureKind::Host => Blame::Host,
            FailureKind::NotGranted => Blame::Operator,
            _ => Blame::Guest,
        }
    }

    /// Returns true if a repeated call may succeed.
    pub fn retryable(self) -> bool {
        matches!(
            self,
            FailureKind::Retry | FailureKind::Trap | FailureKind::TimedOut | FailureKind::Host
        )
    }
}

/// A log line of the guest, without control characters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct LogLine {
    pub severity: Severity,
    pub text: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    Debug,
    Info,
    Warn,
    Error,
}
