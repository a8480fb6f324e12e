use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use jiff::civil::Date;
use regulars_manifest::Condition;
use uuid::Uuid;

use regulars_model::*;
use regulars_policy::view::DeskView;

/// A part of a list.
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

/// A selection of customers. Every member that is set must match.
#[derive(Debug, Clone, Default)]
pub struct CustomerQuery {
    /// Words of the names, or beginnings of words.
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

/// A selection of messages by their state.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum WhichMessages {
    #[default]
    All,
    In(MessageState),
    /// Queued or being sent.
    Waiting,
    /// In a final state.
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

/// The data to load for one event, once for all plugins that want it.
#[derive(Debug, Clone)]
pub struct SnapshotRequest {
    pub customer: CustomerId,
    /// The last place in storage to show (see [`Event::as_of`]), `None` for the newest.
    pub as_of: Option<u64>,
    /// The last instant of occurrence to show.
    pub until: Timestamp,
    pub windows: Vec<HistoryWindow>,
    /// The plugins whose memories are loaded.
    pub installations: Vec<InstallationId>,
}

/// One range of history to load.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryWindow {
    /// `None` for every kind together.
    pub kind: Option<String>,
    /// Inclusive.
    pub since: Timestamp,
    /// The most interactions, newest first.
    pub limit: u32,
}

/// The data of a [`SnapshotRequest`].
#[derive(Debug, Clone)]
pub struct SnapshotData {
    pub customer: Customer,
    /// The union of the windows, each interaction once, newest first.
    pub history: Vec<Interaction>,
    /// By installation: the memory of the customer, and the plugin's own.
    pub memories: HashMap<InstallationId, (Memory, Memory)>,
    /// Plugins for which an earlier event of this customer waits.
    pub blocked: BTreeSet<InstallationId>,
    pub desk: DeskView,
}

/// The memory of an installation in one scope.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Memory {
    pub entries: Arc<BTreeMap<String, Json>>,
    /// 0 if nothing was ever written.
    pub version: u64,
}

/// An event that waits for one plugin, or is in its dead letter.
#[derive(Debug, Clone)]
pub struct RetryEntry {
    pub event: Event,
    pub installation: InstallationId,
    /// The number of attempts.
    pub attempts: u32,
    /// The number of attempts before the last redrive.
    pub attempts_before_redrive: u32,
    /// `None` if it waits behind an earlier event, or is dead.
    pub due_at: Option<Timestamp>,
    pub dead: bool,
    /// The error of the last attempt, or the reason against one.
    pub error: String,
    /// The start of the wait, or the instant of the death.
    pub since: Timestamp,
}

/// A selection of the events that are kept for plugins. Every member that is set must match.
#[derive(Debug, Clone, Default)]
pub struct RetryQuery {
    /// Dead events only, or waiting ones only.
    pub dead: Option<bool>,
    pub event: Option<EventId>,
    pub installation: Option<InstallationId>,
    pub customer: Option<CustomerId>,
}

/// Things that fall due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Due {
    /// Timers and schedules.
    Calendar,
    /// Messages in the outbox that are due later than this.
    Outbox { after: Timestamp },
    /// Events that wait for this plugin and are due later than this.
    Deferred {
        installation: InstallationId,
        after: Timestamp,
    },
}

/// The events that wait for a plugin.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Waiting {
    pub events: u64,
    /// The start of the longest wait.
    pub oldest: Option<Timestamp>,
}

/// The state of a schedule in one time zone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScheduleState {
    pub installation: InstallationId,
    pub schedule: String,
    /// `None` for customers without a zone of their own.
    pub time_zone: Option<String>,
    /// The local day of the occurrence that is next, or is being fanned out.
    pub date: Date,
    /// The instant of that occurrence.
    pub due_at: Timestamp,
    /// The place in storage of the last customer reached, `None` before the fan-out.
    pub cursor: Option<u64>,
}

/// The customers that a schedule concerns.
#[derive(Debug, Clone)]
pub struct AudienceQuery {
    /// The customers' zone, `None` for customers without one.
    pub time_zone: Option<String>,
    pub conditions: Vec<Condition>,
    /// The day of “today” in the conditions.
    pub date: Date,
    /// The instant from which “inactive for” counts back.
    pub now: Timestamp,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Timer {
    pub installation: InstallationId,
    pub customer: CustomerId,
    pub key: String,
    pub at: Timestamp,
    pub payload: Json,
    /// The event whose run set the timer.
    pub cause: Option<EventId>,
}

/// A run's transcript, opaque to the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredTranscript {
    pub run: RunId,
    pub kept_at: Timestamp,
    /// Bytes before packing, 0 if it was too large to keep.
    pub size: u64,
    /// `None` if it was too large to keep.
    pub packed: Option<Vec<u8>>,
}

/// A selection of the transcripts to drop: old ones, and those beyond a number.
#[derive(Debug, Clone, Copy)]
pub struct StaleTranscripts {
    /// Transcripts kept before this instant.
    pub before: Timestamp,
    /// The number of an installation's newest transcripts that stay.
    pub beyond: u32,
}

/// The output of an action call that had an idempotency key.
#[derive(Debug, Clone, PartialEq)]
pub struct IdempotencyRecord {
    pub name: Uuid,
    /// SHA-256 of the call: the same key with another call is refused.
    pub asked: [u8; 32],
    /// The customer of the call, with whom the record is erased.
    pub customer: Option<CustomerId>,
    pub reply: ActionReply,
    pub at: Timestamp,
}

/// A bearer key, without its secret.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct ApiKey {
    pub id: KeyId,
    /// The holder, for the list and the audit.
    pub name: String,
    /// The permissions, at least one.
    #[cfg_attr(feature = "schema", schema(value_type = Vec<KeyScope>))]
    pub scopes: BTreeSet<KeyScope>,
    /// SHA-256 of the secret, which is random and long enough to need no salt.
    #[serde(skip)]
    #[cfg_attr(feature = "schema", schema(ignore))]
    pub hash: [u8; 32],
    #[cfg_attr(feature = "schema", schema(value_type = String, format = DateTime))]
    pub created_at: Timestamp,
    /// The end of its validity, `None` if it does not expire.
    #[cfg_attr(feature = "schema", schema(value_type = Option<String>, format = DateTime))]
    pub expires_at: Option<Timestamp>,
    /// To the minute, `None` if it was never used.
    #[cfg_attr(feature = "schema", schema(value_type = Option<String>, format = DateTime))]
    pub last_used_at: Option<Timestamp>,
}

/// Gauges of the queues and of the store's size.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Stats {
    /// Events not acknowledged yet.
    pub pending: u64,
    /// Events that wait for a plugin, counted for each.
    pub deferred: u64,
    /// Events in a plugin's dead letter, counted for each.
    pub dead: u64,
    /// Bytes of the database on disk, without its write-ahead log.
    pub bytes: u64,
}

/// The numbers of rows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
pub struct Counts {
    pub customers: u64,
    pub interactions: u64,
    pub events: u64,
    pub pending: u64,
    pub open_tasks: u64,
    pub runs: u64,
}
