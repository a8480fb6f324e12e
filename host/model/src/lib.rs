//! Plain types of the domain, without I/O.

pub mod backoff;
pub mod clock;
pub mod contact;
pub mod grants;
pub mod ids;
pub mod mac;
pub mod text;
pub mod token_bucket;
pub mod toml_reader;
pub mod web_url;

mod action;
mod audit;
mod blame;
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
pub use blame::{Blame, InvalidInput};
pub use component::{Component, Digest, MAX_COMPONENT_BYTES};
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
pub use installation::manifest_schema;
pub use installation::{
    Grants, HistoryGrant, Installation, InstallationState, PluginLimits, Trouble,
};
pub use interaction::{Direction, Interaction, KINDS};
pub use json::{MAX_DEPTH, shallow};
pub use key::{Actor, KeyScope, ParseKeyScopeError};
pub use language::is_language_tag;
pub use message::{Message, MessageState};
pub use page::{Cursor, Page};
pub use run::{FailureKind, LogLine, Run, RunOutcome, Severity, Trigger};
pub use task::{Task, TaskState};
pub use time::instant;
pub use time::is_about_time;
pub use time::{Birthday, ParseInstantError, Timestamp};
pub use version::PluginVersion;

/// A JSON document.
pub type Json = serde_json::Value;
