//! The store: customers, the event log, and the data that follows from events. [`Store::submit`] is the only write. It
//! applies one [`Changeset`] completely or not at all.
//!
//! - [`changeset`](Changeset), [`change`](Change), [`query`](PageRequest): the parameters and results of a store.
//! - [`rules`]: the domain's rules, which every database and the rehearsal share.
//! - [`sql`]: [`Store`] in SQL, written once over a small driver; [`sqlite`] is a driver.
//! - `conformance`: test cases that every backend must pass (feature `conformance`).

mod change;
mod changeset;
#[cfg(any(test, feature = "conformance"))]
pub mod conformance;
mod customer_data;
mod erasure;
mod error;
mod outreach;
mod precondition;
mod query;
pub mod rules;
pub mod sql;
pub mod sqlite;
mod version;

pub use change::{Change, ContactScope};
pub use changeset::{Changeset, Committed, Completion};
pub use customer_data::{CustomerData, KeptMemory, KeptTranscript};
pub use erasure::Erasure;
pub use error::StoreError;
pub use outreach::OutreachRequest;
pub use precondition::Precondition;
pub use query::{
    ApiKey, AudienceQuery, Counts, CustomerQuery, Due, HistoryWindow, IdempotencyRecord, Memory,
    MessageQuery, PageRequest, RetryEntry, RetryQuery, RunQuery, ScheduleState, SnapshotData,
    SnapshotRequest, StaleTranscripts, Stats, StoredTranscript, TaskQuery, TimelineQuery, Timer,
    Waiting, WhichMessages,
};

pub use version::{
    KeptVersion, MemoryPlace, OrphanedMemories, PluginOffer, Rewritten, UninstalledVersion,
};

pub use regulars_policy::view::{DeskView, OutreachView, PastMessage, PointView};

use std::collections::BTreeMap;
use std::sync::{Arc, mpsc};

use uuid::Uuid;

use regulars_model::*;

/// The result of a store's operation.
pub type Result<T> = std::result::Result<T, StoreError>;

/// A database of customers, the event log, and the data that follows from events, such as cards, messages and runs.
///
/// Reads see the newest committed state and never wait for a write. Lists are in the order that their query names, with
/// keyset pagination. Reads by the id of an erased customer return no data, except [`Store::erased_at`].
///
/// # Errors
/// Every read returns the [`StoreError`] of the backend, and [`StoreError::Corrupt`] for a row that cannot be decoded.
pub trait Store: Send + Sync + 'static {
    /// Queues a changeset and returns. The store calls `done` with the outcome on its own thread, in the order of
    /// commits. A successful changeset is durable by then. `done` must be short and must not block.
    fn submit(&self, changeset: Changeset, done: Completion);

    /// Submits a changeset and waits for its outcome. A [`Completion`] must not call this.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if a precondition does not hold. Then nothing was written.
    fn commit(&self, changeset: Changeset) -> Result<Committed> {
        let (sender, receiver) = mpsc::sync_channel(1);
        self.submit(changeset, Box::new(move |result| drop(sender.send(result))));
        receiver.recv().unwrap_or(Err(StoreError::Closed))
    }

    fn customer(&self, id: CustomerId) -> Result<Option<Customer>>;
    /// Returns the time of a customer's erasure, `None` if there was none.
    fn erased_at(&self, id: CustomerId) -> Result<Option<Timestamp>>;
    /// Returns customers, newest first.
    fn customers(&self, query: &CustomerQuery, page: PageRequest) -> Result<Page<Customer>>;
    fn contact_points(&self, customer: CustomerId) -> Result<Vec<ContactPoint>>;

    fn interaction(&self, id: InteractionId) -> Result<Option<Interaction>>;
    /// Returns a customer's interactions by time of occurrence, newest first.
    fn timeline(
        &self,
        customer: CustomerId,
        query: &TimelineQuery,
        page: PageRequest,
    ) -> Result<Page<Interaction>>;
    /// Returns the time of a customer's first interaction.
    fn first_occurred(&self, customer: CustomerId) -> Result<Option<Timestamp>>;
    /// Counts, row by row, the interactions that occurred in `from..until`.
    fn count_interactions(&self, from: Timestamp, until: Timestamp) -> Result<u64>;
    /// Counts the interactions in `ids` that belong to the customer. `ids` must not contain an id twice.
    fn count_owned(&self, customer: CustomerId, ids: &[InteractionId]) -> Result<usize>;
    /// Returns the time of the newest inbound interaction in `of` that no plugin caused. Each id comes with its event's
    /// id: the depth of that event tells the cause.
    fn newest_inbound(&self, of: &[(InteractionId, EventId)]) -> Result<Option<Timestamp>>;
    /// Reads the requested customer data for plugins, as of one moment. Returns `None` if the customer does not exist.
    fn snapshot(&self, request: &SnapshotRequest) -> Result<Option<SnapshotData>>;

    /// Returns events after the place `after`, in the order of the log.
    fn events(&self, after: u64, limit: u32) -> Result<Vec<Event>>;
    /// Returns the newest event's place in the log, 0 if the log is empty.
    fn last_seq(&self) -> Result<u64>;
    fn event(&self, id: EventId) -> Result<Option<Event>>;
    /// Returns a customer's events, newest first.
    fn customer_events(&self, customer: CustomerId, page: PageRequest) -> Result<Page<Event>>;
    /// Returns unacknowledged events after the place `after`, in the order of the log. `None` selects all customers.
    fn pending(&self, customer: Option<CustomerId>, after: u64, limit: u32) -> Result<Vec<Event>>;
    /// Returns the deferred events of a plugin that are due at `now`, earliest first.
    fn deferred_due(
        &self,
        installation: &InstallationId,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<RetryEntry>>;
    /// Returns deferred and dead events, in the order of the log.
    fn deferred(&self, query: &RetryQuery, page: PageRequest) -> Result<Page<RetryEntry>>;
    /// Counts, row by row, the deferred events of a plugin, without dead ones.
    fn waiting(&self, installation: &InstallationId) -> Result<Waiting>;

    /// Returns the cards that have not expired at `now`, and the open questions and tasks.
    fn desk(&self, customer: CustomerId, now: Timestamp) -> Result<Option<Desk>>;
    /// Returns all cards of a customer, newest first.
    fn cards(&self, customer: CustomerId, page: PageRequest) -> Result<Page<Card>>;
    /// Returns all questions to a customer, newest first.
    fn questions(&self, customer: CustomerId, page: PageRequest) -> Result<Page<Question>>;
    fn card(&self, id: CardId) -> Result<Option<Card>>;
    fn question(&self, id: QuestionId) -> Result<Option<Question>>;
    fn task(&self, id: TaskId) -> Result<Option<Task>>;
    /// Newest first.
    fn tasks(&self, query: &TaskQuery, page: PageRequest) -> Result<Page<Task>>;
    /// Newest first.
    fn messages(&self, query: &MessageQuery, page: PageRequest) -> Result<Page<Message>>;
    fn message(&self, id: MessageId) -> Result<Option<Message>>;

    /// Reads a customer and the data that the contact policy reads, as of one moment. Returns `None` if the customer
    /// does not exist.
    fn outreach(&self, request: &OutreachRequest) -> Result<Option<(Customer, OutreachView)>>;
    /// Returns messages that are due at `now` and not leased, longest due first, except those for a channel in
    /// `without`. A message that is [`MessageState::Sending`] lost its sender and may have arrived.
    fn outbox_due(&self, now: Timestamp, limit: u32, without: &[String]) -> Result<Vec<MessageId>>;
    /// Returns a customer's consents, newest first.
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

    /// Returns runs of actions about a customer, newest first, each with its place in storage. Only runs before the
    /// place `before` are returned.
    fn action_runs(&self, customer: CustomerId, before: u64, limit: u32)
    -> Result<Vec<(u64, Run)>>;

    fn transcript(&self, run: RunId) -> Result<Option<StoredTranscript>>;
    /// Lists the transcripts of runs about a customer, newest first.
    fn kept_transcripts(
        &self,
        customer: CustomerId,
        page: PageRequest,
    ) -> Result<Page<KeptTranscript>>;
    /// Returns the runs whose transcripts exceed the limits, oldest first for each installation. The result may contain
    /// a run twice.
    fn stale_transcripts(&self, stale: &StaleTranscripts, limit: u32) -> Result<Vec<RunId>>;
    /// Returns the stored output of an action call by its idempotency key.
    fn idempotency_record(&self, name: Uuid) -> Result<Option<IdempotencyRecord>>;

    fn installations(&self) -> Result<Vec<Installation>>;
    /// Returns the ids of the installations with the versions of their records, by id.
    fn installation_versions(&self) -> Result<Vec<(InstallationId, u64)>>;
    fn component(&self, digest: Digest) -> Result<Option<Component>>;
    /// Returns the customer memory of a plugin, or with `None` its plugin memory.
    fn memory(&self, installation: &InstallationId, customer: Option<CustomerId>)
    -> Result<Memory>;

    /// Returns the version of an installation's record. It is 0 if the plugin never was installed, and stays after an
    /// uninstallation.
    fn installation_version(&self, id: &InstallationId) -> Result<u64>;
    /// Returns the versions of an installation that a rollback can return to, newest first.
    fn kept_versions(&self, id: &InstallationId) -> Result<Vec<KeptVersion>>;
    /// Returns the memories left behind by an uninstalled plugin, `None` if there are none.
    fn orphaned_memories(&self, id: &InstallationId) -> Result<Option<OrphanedMemories>>;
    /// Returns the components that the host last found in plugin directories.
    fn plugin_offers(&self) -> Result<Vec<PluginOffer>>;
    /// Returns the secret settings of an installation.
    fn plugin_secrets(&self, id: &InstallationId) -> Result<BTreeMap<String, Json>>;
    /// Returns all memories of a plugin, also empty ones.
    fn memory_places(&self, id: &InstallationId) -> Result<Vec<MemoryPlace>>;
    /// Returns the entries of one memory: see [`Store::memory_places`].
    fn memory_entries(&self, place: u64) -> Result<Arc<BTreeMap<String, Json>>>;

    /// Reads the data about a customer that no list returns, as of one moment.
    fn customer_data(&self, customer: CustomerId) -> Result<CustomerData>;

    fn schedules(&self) -> Result<Vec<ScheduleState>>;
    /// Returns the distinct time zones of all customers.
    fn time_zones(&self) -> Result<Vec<String>>;
    /// Returns the customers who meet all conditions, in storage order, each with its place. Only customers after the
    /// place `after` are returned.
    fn audience(
        &self,
        query: &AudienceQuery,
        after: u64,
        limit: u32,
    ) -> Result<Vec<(u64, CustomerId)>>;
    /// Returns the timers that are due at `now`, earliest first.
    fn timers_due(&self, now: Timestamp, limit: u32) -> Result<Vec<Timer>>;
    /// Returns the keys of the timers that a plugin has set for a customer.
    fn timer_keys(
        &self,
        installation: &InstallationId,
        customer: CustomerId,
    ) -> Result<Vec<String>>;
    /// Returns the next instant at which work of this kind is due.
    fn next_due(&self, of: &Due) -> Result<Option<Timestamp>>;

    fn api_key(&self, hash: &[u8; 32]) -> Result<Option<ApiKey>>;
    fn api_keys(&self) -> Result<Vec<ApiKey>>;
    /// Newest first.
    fn audit(&self, page: PageRequest) -> Result<Page<AuditEntry>>;
    /// Returns gauges. This is cheap enough to call every few seconds.
    fn stats(&self) -> Result<Stats>;
    /// Counts rows one by one. This is too slow for hot paths.
    fn counts(&self) -> Result<Counts>;
}
