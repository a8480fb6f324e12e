use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use jiff::civil::Date;
use regulars_manifest::Condition;
use uuid::Uuid;

use crate::model::*;

/// Which part of a list.
#[derive(Debug, Clone, Copy)]
pub struct PageRequest {
    pub after: Option<Cursor>,
    /// 1 to 1000.
    pub limit: u32,
}

impl PageRequest {
    pub fn first(limit: u32) -> PageRequest {
        PageRequest { after: None, limit }
    }
}

/// Which customers. Every member that is set must fit.
#[derive(Debug, Clone, Default)]
pub struct CustomerQuery {
    /// Words, or beginnings of words, of the names.
    pub search: Option<String>,
    pub tag: Option<String>,
    pub level: Option<Level>,
    pub contact: Option<(ContactKind, String)>,
}

#[derive(Debug, Clone, Default)]
pub struct TimelineQuery {
    pub kind: Option<String>,
}

#[derive(Debug, Clone, Default)]
pub struct TaskQuery {
    pub state: Option<TaskState>,
    pub role: Option<String>,
    pub customer: Option<CustomerId>,
}

#[derive(Debug, Clone, Default)]
pub struct MessageQuery {
    pub customer: Option<CustomerId>,
    pub which: WhichMessages,
}

/// Messages by what has become of them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum WhichMessages {
    #[default]
    All,
    In(MessageState),
    /// Those that are to be sent, or are being sent.
    Waiting,
    /// Those of which nothing more will become.
    Ended,
}

impl From<Option<MessageState>> for WhichMessages {
    fn from(state: Option<MessageState>) -> WhichMessages {
        state.map_or(WhichMessages::All, WhichMessages::In)
    }
}

#[derive(Debug, Clone, Default)]
pub struct RunQuery {
    pub installation: Option<InstallationId>,
    pub customer: Option<CustomerId>,
    pub event: Option<EventId>,
    pub failed_only: bool,
}

/// What to load for one event, once for all plugins that want it.
#[derive(Debug, Clone)]
pub struct SnapshotRequest {
    pub customer: CustomerId,
    /// Nothing stored after this is shown (see [`Event::as_of`]); none for the newest.
    pub as_of: Option<u64>,
    /// Nothing that occurred after this is shown.
    pub until: Timestamp,
    pub windows: Vec<HistoryWindow>,
    /// Whose memories.
    pub installations: Vec<InstallationId>,
}

/// One range of history to load.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryWindow {
    /// None is every kind together.
    pub kind: Option<String>,
    /// Inclusive.
    pub since: Timestamp,
    /// The newest so many.
    pub limit: u32,
}

/// What was loaded.
#[derive(Debug, Clone)]
pub struct SnapshotData {
    pub customer: Customer,
    /// The union of the windows, each interaction once, newest first.
    pub history: Vec<Interaction>,
    /// By installation, one for each that was asked for.
    pub memories: HashMap<InstallationId, (Memory, Memory)>,
    /// Plugins for which an earlier event of this customer waits to be tried again.
    pub blocked: BTreeSet<InstallationId>,
    pub desk: DeskView,
}

/// The memory of an installation in one scope.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Memory {
    pub entries: Arc<BTreeMap<String, Json>>,
    /// 0 where nothing was ever written.
    pub version: u64,
}

/// What the guards of the desk look at.
#[derive(Debug, Clone, Default)]
pub struct DeskView {
    /// When a question was last put on the desk, by whichever plugin.
    pub last_question_at: Option<Timestamp>,
    /// Open tasks that have a group key.
    pub open_groups: BTreeSet<(InstallationId, String)>,
    /// The dedupe keys of messages that are not denied, by plugin.
    pub message_keys: BTreeSet<(InstallationId, String)>,
}

/// An event that waits for one plugin.
#[derive(Debug, Clone)]
pub struct Parked {
    pub event: Event,
    pub installation: InstallationId,
    /// How often it was tried.
    pub attempts: u32,
    /// How many of the attempts were before it was last redriven.
    pub spent: u32,
    /// None where it waits behind an earlier one, or is dead.
    pub due_at: Option<Timestamp>,
    pub dead: bool,
    /// What the last attempt said, or why there was none.
    pub error: String,
    /// Since when it waits, or is dead.
    pub since: Timestamp,
}

/// Which of the events that are kept for a plugin. Every member that is set must fit.
#[derive(Debug, Clone, Default)]
pub struct ParkedQuery {
    /// Only those that are dead, or only those that are not.
    pub dead: Option<bool>,
    pub installation: Option<InstallationId>,
    pub customer: Option<CustomerId>,
}

/// How much waits for a plugin.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Waiting {
    pub events: u64,
    /// Since when the one waits that waits longest.
    pub oldest: Option<Timestamp>,
}

/// Where a schedule stands in one time zone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScheduleState {
    pub installation: InstallationId,
    pub schedule: String,
    /// None stands for customers without a zone of their own.
    pub time_zone: Option<String>,
    /// The local day of the occurrence that is next, or being fanned out.
    pub date: Date,
    /// When that occurrence is due.
    pub due_at: Timestamp,
    /// The last customer that was reached, in storage order; none before the fan-out starts.
    pub cursor: Option<u64>,
}

/// Whom a schedule concerns.
#[derive(Debug, Clone)]
pub struct AudienceQuery {
    /// Only customers with this zone; none for those without one.
    pub time_zone: Option<String>,
    pub conditions: Vec<Condition>,
    /// The day that “today” means.
    pub date: Date,
    /// The instant that “inactive for” counts back from.
    pub now: Timestamp,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Timer {
    pub installation: InstallationId,
    pub customer: CustomerId,
    pub key: String,
    pub at: Timestamp,
    pub payload: Json,
    /// The event whose handling set it.
    pub cause: Option<EventId>,
}

/// A run's transcript as it is kept; its content is no concern of the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredTranscript {
    pub run: RunId,
    pub kept_at: Timestamp,
    /// Bytes before packing; 0 where it was too large.
    pub size: u64,
    /// None where it was too large to keep.
    pub packed: Option<Vec<u8>>,
}

/// Which transcripts have had their time.
#[derive(Debug, Clone, Copy)]
pub struct StaleTranscripts {
    /// Those kept before this.
    pub before: Timestamp,
    /// Those beyond the newest so many of an installation.
    pub beyond: u32,
}

/// What an action answered to a call that was named.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    pub name: Uuid,
    /// SHA-256 of what was asked: the same name with another question is refused.
    pub asked: [u8; 32],
    /// Whom it is about, so that it can go when they do.
    pub customer: Option<CustomerId>,
    pub reply: ActionReply,
    pub at: Timestamp,
}

/// A bearer key, without its secret.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct ApiKey {
    pub id: KeyId,
    /// Whose it is: for the list and the audit.
    pub name: String,
    /// What it opens; at least one.
    #[cfg_attr(feature = "schema", schema(value_type = Vec<KeyScope>))]
    pub scopes: BTreeSet<KeyScope>,
    /// SHA-256 of the secret, which is random and long enough to need no salt.
    #[serde(skip)]
    #[cfg_attr(feature = "schema", schema(ignore))]
    pub hash: [u8; 32],
    #[cfg_attr(feature = "schema", schema(value_type = String, format = DateTime))]
    pub created_at: Timestamp,
    /// From then on it opens nothing; none for one that does not expire.
    #[cfg_attr(feature = "schema", schema(value_type = Option<String>, format = DateTime))]
    pub expires_at: Option<Timestamp>,
    /// To the minute; none where it was never used.
    #[cfg_attr(feature = "schema", schema(value_type = Option<String>, format = DateTime))]
    pub last_used_at: Option<Timestamp>,
}

/// How much waits, and how large the store is: cheap enough to ask every few seconds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Depths {
    /// Events not acknowledged yet.
    pub pending: u64,
    /// Events that wait for one plugin to be tried again.
    pub parked: u64,
    /// Events that a plugin failed on for good.
    pub dead: u64,
    /// What the store takes on disk, without what it has not tidied up yet.
    pub bytes: u64,
}

/// How much there is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
pub struct Counts {
    pub customers: u64,
    pub interactions: u64,
    pub events: u64,
    pub pending: u64,
    pub open_tasks: u64,
    pub runs: u64,
}
