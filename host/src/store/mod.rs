//! Where everything is kept. [`Store::submit`] is the only write: one [`Changeset`], all of it or none.
//!
//! The trait holds few primitives; what they mean together is said above it, once for all backends.

mod changeset;
#[cfg(any(test, feature = "conformance"))]
pub mod conformance;
mod customer_data;
mod erasure;
mod error;
mod outreach;
mod query;
pub mod rules;
pub mod sql;
pub mod sqlite;
mod version;

pub use changeset::{Change, Changeset, Committed, Completion, Precondition};
pub use customer_data::{CustomerData, KeptMemory, KeptTranscript};
pub use erasure::Erasure;
pub use error::StoreError;
pub use outreach::{OutreachRequest, OutreachView, PastMessage, PointView};
pub use query::{
    ApiKey, AudienceQuery, Counts, CustomerQuery, DeskView, Due, HistoryWindow, IdempotencyRecord,
    Memory, MessageQuery, PageRequest, Parked, ParkedQuery, RunQuery, ScheduleState, SnapshotData,
    SnapshotRequest, StaleTranscripts, Stats, StoredTranscript, TaskQuery, TimelineQuery, Timer,
    Waiting, WhichMessages,
};

pub use version::{
    KeptVersion, MemoryPlace, OrphanedMemories, PluginOffer, Rewritten, UninstalledVersion,
};

use std::collections::BTreeMap;
use std::sync::{Arc, mpsc};

use uuid::Uuid;

use crate::model::*;

/// The result of a store's operation.
pub type Result<T> = std::result::Result<T, StoreError>;

/// A place that keeps customers, the event log and what came of it.
///
/// Reads see the newest committed state and never wait for a write. Lists are in the order that
/// their query says, pages by keyset.
pub trait Store: Send + Sync + 'static {
    /// Queues a changeset and returns. `done` is called with what came of it, on the store's own
    /// thread and in the order of commits: it must be short and must not block. Changesets are
    /// durable when `done` hears of them.
    fn submit(&self, changeset: Changeset, done: Completion);

    /// [`Store::submit`], and wait for it. Never call it from a [`Completion`].
    fn commit(&self, changeset: Changeset) -> Result<Committed> {
        let (sender, receiver) = mpsc::sync_channel(1);
        self.submit(changeset, Box::new(move |result| drop(sender.send(result))));
        receiver.recv().unwrap_or(Err(StoreError::Closed))
    }

    /// None for one who was erased, too; so with everything that is read of a customer by their id.
    fn customer(&self, id: CustomerId) -> Result<Option<Customer>>;
    /// When a customer was erased.
    fn erased_at(&self, id: CustomerId) -> Result<Option<Timestamp>>;
    /// Newest customers first.
    fn customers(&self, query: &CustomerQuery, page: PageRequest) -> Result<Page<Customer>>;
    fn contact_points(&self, customer: CustomerId) -> Result<Vec<ContactPoint>>;

    fn interaction(&self, id: InteractionId) -> Result<Option<Interaction>>;
    /// By when they occurred, newest first.
    fn timeline(
        &self,
        customer: CustomerId,
        query: &TimelineQuery,
        page: PageRequest,
    ) -> Result<Page<Interaction>>;
    /// When the first of a customer's interactions occurred.
    fn first_occurred(&self, customer: CustomerId) -> Result<Option<Timestamp>>;
    /// How many interactions occurred from an instant on and before another. Counts row by row.
    fn count_interactions(&self, from: Timestamp, until: Timestamp) -> Result<u64>;
    /// How many of these interactions are the customer's own. `ids` holds no id twice.
    fn count_owned(&self, customer: CustomerId, ids: &[InteractionId]) -> Result<usize>;
    /// When the newest of these interactions occurred that came in, and that no plugin caused: each with the event
    /// that it is, and whose depth says so.
    fn newest_inbound(&self, of: &[(InteractionId, EventId)]) -> Result<Option<Timestamp>>;
    /// What plugins may be shown of a customer, read at one moment. None where there is no such customer.
    fn snapshot(&self, request: &SnapshotRequest) -> Result<Option<SnapshotData>>;

    /// Entries of the log after `after`, in order.
    fn events(&self, after: u64, limit: u32) -> Result<Vec<Event>>;
    /// The newest place in the log, 0 where it is empty.
    fn last_seq(&self) -> Result<u64>;
    fn event(&self, id: EventId) -> Result<Option<Event>>;
    /// A customer's events, newest first.
    fn customer_events(&self, customer: CustomerId, page: PageRequest) -> Result<Page<Event>>;
    /// Returns events that are not acknowledged yet, of one customer or of all, after `after`, in the order of the log.
    fn pending(&self, customer: Option<CustomerId>, after: u64, limit: u32) -> Result<Vec<Event>>;
    /// Events that wait for this plugin and whose time has come, in the order of their times.
    fn parked_due(
        &self,
        installation: &InstallationId,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<Parked>>;
    /// In the order of the log.
    fn parked(&self, query: &ParkedQuery, page: PageRequest) -> Result<Page<Parked>>;
    /// Counts row by row. What is dead does not wait.
    fn waiting(&self, installation: &InstallationId) -> Result<Waiting>;

    /// Cards that have not expired at `now`, questions and tasks that are open.
    fn desk(&self, customer: CustomerId, now: Timestamp) -> Result<Option<Desk>>;
    /// All of a customer's, newest first.
    fn cards(&self, customer: CustomerId, page: PageRequest) -> Result<Page<Card>>;
    /// All of a customer's, newest first.
    fn questions(&self, customer: CustomerId, page: PageRequest) -> Result<Page<Question>>;
    fn card(&self, id: CardId) -> Result<Option<Card>>;
    fn question(&self, id: QuestionId) -> Result<Option<Question>>;
    fn task(&self, id: TaskId) -> Result<Option<Task>>;
    /// Newest first.
    fn tasks(&self, query: &TaskQuery, page: PageRequest) -> Result<Page<Task>>;
    /// Newest first.
    fn messages(&self, query: &MessageQuery, page: PageRequest) -> Result<Page<Message>>;
    fn message(&self, id: MessageId) -> Result<Option<Message>>;

    /// A customer, and what the rules of contact look at, read at one moment.
    fn outreach(&self, request: &OutreachRequest) -> Result<Option<(Customer, OutreachView)>>;
    /// Messages to be sent by `now` that nobody is sending, those that are due longest first, but for those that
    /// are to go by one of the channels `without`. One that is [`MessageState::Sending`] was left by whoever sent
    /// it: it may have arrived.
    fn outbox_due(&self, now: Timestamp, limit: u32, without: &[String]) -> Result<Vec<MessageId>>;
    /// What a customer said about being contacted, newest first.
    fn consents(&self, customer: CustomerId, page: PageRequest) -> Result<Page<Consent>>;
    fn preferences(&self, customer: CustomerId) -> Result<Preferences>;
    fn suppression(&self, hash: &[u8; 32]) -> Result<Option<Suppression>>;
    /// Newest first.
    fn complaints(&self, customer: CustomerId) -> Result<Vec<Complaint>>;
    fn complaint(&self, interaction: InteractionId) -> Result<Option<Complaint>>;
    fn secret(&self, name: &str) -> Result<Option<Vec<u8>>>;

    fn run(&self, id: RunId) -> Result<Option<Run>>;
    /// Newest first.
    fn runs(&self, query: &RunQuery, page: PageRequest) -> Result<Page<Run>>;

    /// The runs that actions about this customer set off, newest first, each with its place in
    /// storage, from before a place on.
    fn action_runs(&self, customer: CustomerId, before: u64, limit: u32)
    -> Result<Vec<(u64, Run)>>;

    fn transcript(&self, run: RunId) -> Result<Option<StoredTranscript>>;
    /// Those of runs about this customer, newest first.
    fn kept_transcripts(
        &self,
        customer: CustomerId,
        page: PageRequest,
    ) -> Result<Page<KeptTranscript>>;
    /// Transcripts that can go, oldest first for each installation; some of them may be named twice.
    fn stale_transcripts(&self, stale: &StaleTranscripts, limit: u32) -> Result<Vec<RunId>>;
    /// What a call of this name was answered.
    fn idempotency_record(&self, name: Uuid) -> Result<Option<IdempotencyRecord>>;

    fn installations(&self) -> Result<Vec<Installation>>;
    /// Which installations there are, by id, and the versions of their records.
    fn installation_versions(&self) -> Result<Vec<(InstallationId, u64)>>;
    fn component(&self, digest: Digest) -> Result<Option<Component>>;
    /// One memory of an installation: of a customer, or with none the plugin's own.
    fn memory(&self, installation: &InstallationId, customer: Option<CustomerId>)
    -> Result<Memory>;

    /// The version of an installation's record, also of one that was uninstalled; 0 where there never was one.
    fn installation_version(&self, id: &InstallationId) -> Result<u64>;
    /// Versions of an installation that can be returned to, newest first.
    fn kept_versions(&self, id: &InstallationId) -> Result<Vec<KeptVersion>>;
    /// What is remembered under an id under which nothing is installed; none where that is nothing.
    fn orphaned_memories(&self, id: &InstallationId) -> Result<Option<OrphanedMemories>>;
    /// What directories of plugins offered.
    fn plugin_offers(&self) -> Result<Vec<PluginOffer>>;
    /// The settings of an installation that are secrets.
    fn plugin_secrets(&self, id: &InstallationId) -> Result<BTreeMap<String, Json>>;
    /// Every memory of a plugin, written or emptied.
    fn memory_places(&self, id: &InstallationId) -> Result<Vec<MemoryPlace>>;
    /// What is remembered in one of them.
    fn memory_entries(&self, place: u64) -> Result<Arc<BTreeMap<String, Json>>>;

    /// What else is kept of a customer.
    fn customer_data(&self, customer: CustomerId) -> Result<CustomerData>;

    fn schedules(&self) -> Result<Vec<ScheduleState>>;
    /// Every time zone that some customer has.
    fn time_zones(&self) -> Result<Vec<String>>;
    /// Customers who meet every condition, in storage order after `after`, each with its place there.
    fn audience(
        &self,
        query: &AudienceQuery,
        after: u64,
        limit: u32,
    ) -> Result<Vec<(u64, CustomerId)>>;
    /// Timers whose time has come, earliest first.
    fn timers_due(&self, now: Timestamp, limit: u32) -> Result<Vec<Timer>>;
    /// The keys of the timers that a plugin has set for a customer.
    fn timer_keys(
        &self,
        installation: &InstallationId,
        customer: CustomerId,
    ) -> Result<Vec<String>>;
    /// Returns the next instant at which something is due.
    fn next_due(&self, of: &Due) -> Result<Option<Timestamp>>;

    fn api_key(&self, hash: &[u8; 32]) -> Result<Option<ApiKey>>;
    fn api_keys(&self) -> Result<Vec<ApiKey>>;
    /// Newest first.
    fn audit(&self, page: PageRequest) -> Result<Page<AuditEntry>>;
    fn stats(&self) -> Result<Stats>;
    /// Counts row by row: for people, not for hot paths.
    fn counts(&self) -> Result<Counts>;
}
