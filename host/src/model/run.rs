use serde::{Deserialize, Serialize};

use super::{CustomerId, Digest, Event, EventId, InstallationId, Proposal, RunId, Timestamp};

/// One call of one plugin, and what came of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Run {
    pub id: RunId,
    pub installation: InstallationId,
    #[cfg_attr(feature = "schema", schema(value_type = String))]
    pub digest: Digest,
    pub trigger: Trigger,
    /// None in an action that is about no customer.
    pub customer: Option<CustomerId>,
    pub started_at: Timestamp,
    /// 1 for the first try.
    pub attempt: u32,
    pub outcome: RunOutcome,
    /// Fuel that the guest used: deterministic for one component, event and snapshot.
    pub fuel: u64,
    /// Wall-clock time of the call in microseconds. Not deterministic.
    pub micros: u64,
    /// Largest sum of the guest's linear memories, in bytes.
    pub peak_memory: u64,
    pub logs: Vec<LogLine>,
    /// What was proposed and decided, in the order the plugin gave it. Empty where the run failed
    /// before it returned; refused proposals are kept with the verdict that refused them.
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
    /// The plugin returned, and its effects were decided.
    Completed,
    /// The run has no effects.
    Failed {
        failure: FailureKind,
        detail: String,
    },
}

/// Why a run failed. Each has one party that can mend it, see [`FailureKind::blame`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum FailureKind {
    /// The plugin asked to be called again later.
    Retry,
    /// The plugin refused, for good.
    Permanent,
    /// The guest panicked, hit `unreachable`, divided by zero, …
    Trap,
    /// The fuel budget ran out.
    OutOfFuel,
    /// The wall-clock backstop passed.
    TimedOut,
    /// The memory limit was reached.
    OutOfMemory,
    /// The guest's stack overflowed.
    StackOverflow,
    /// More bytes came back than the cap allows.
    OutputTooLarge,
    /// More effects came back than the cap allows.
    TooManyEffects,
    /// Something that is not what its type says: invalid UTF-8, a list whose length lies.
    InvalidValue,
    /// An effect that the installation was not granted.
    NotGranted,
    /// Evidence that is not this customer's, or is missing where it must not be.
    BadEvidence,
    /// More memory than a plugin may keep.
    OverQuota,
    /// An effect whose content is out of its bounds.
    MalformedEffect,
    /// An action's output that its own schema refuses.
    BadOutput,
    /// The host had no room for another instance, or failed itself.
    Host,
}

impl std::fmt::Display for FailureKind {
    /// As it is serialised: `out-of-fuel`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.serialize(f)
    }
}

impl FailureKind {
    /// Who can mend it.
    pub fn blame(self) -> crate::error::Blame {
        use crate::error::Blame;
        match self {
            FailureKind::Host => Blame::Host,
            FailureKind::NotGranted => Blame::Operator,
            _ => Blame::Guest,
        }
    }

    /// Whether the same call may come out otherwise another time, and so is worth repeating.
    pub fn retryable(self) -> bool {
        matches!(
            self,
            FailureKind::Retry | FailureKind::Trap | FailureKind::TimedOut | FailureKind::Host
        )
    }
}

/// A line that the guest wrote, with control characters taken out.
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
