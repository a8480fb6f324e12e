//! Plain types of the domain, without I/O.

mod action;
mod audit;
mod component;
mod consent;
mod customer;
mod decision;
mod desk;
mod effect;
mod erased;
mod event;
mod finding;
mod fingerprint;
mod id;
mod installation;
mod interaction;
mod json;
mod key;
mod language;
mod message;
mod page;
mod run;
mod task;
mod time;
mod version;

pub use action::{ActionCall, ActionReply};
pub use audit::{Act, AuditEntry};
pub use component::{Component, Digest};
pub use consent::{Complaint, Consent, ConsentState, Preferences, Suppression, SuppressionReason};
pub use customer::{ContactKind, ContactPoint, Customer, CustomerPatch, Level};
pub use decision::{Decision, Proposal, Route, Verdict, VerdictOutcome};
pub use desk::{Card, CardState, Desk, Question, QuestionState};
pub use effect::{
    Because, Effect, Entry, MessageProposal, Purpose, QuestionProposal, Scope, Suggestion,
    TaskProposal, TimerProposal,
};
pub use erased::{Erased, PluginTrace, Removed};
pub use event::{Event, EventData, MessageNews, NewEvent};
pub use finding::{Finding, FindingState};
pub use fingerprint::Fingerprint;
pub use id::{
    CardId, CustomerId, EventId, InstallationId, InteractionId, KeyId, MessageId, ParseIdError,
    QuestionId, RunId, TaskId,
};
#[cfg(feature = "schema")]
pub(crate) use installation::manifest_schema;
pub use installation::{
    Grants, HistoryGrant, Installation, InstallationState, PluginLimits, Trouble,
};
pub use interaction::{Direction, Interaction, KINDS};
pub use json::{MAX_DEPTH, shallow};
pub use key::{Actor, KeyScope, ParseKeyScopeError};
pub(crate) use language::is_language_tag;
pub use message::{Message, MessageState};
pub use page::{Cursor, Page};
pub use run::{FailureKind, LogLine, Run, RunOutcome, Severity, Trigger};
pub use task::{Task, TaskState};
pub(crate) use time::instant;
#[cfg(feature = "http")]
pub(crate) use time::is_about_time;
pub use time::{Birthday, ParseInstantError, Timestamp};
pub use version::PluginVersion;

/// A JSON document.
pub type Json = serde_json::Value;
