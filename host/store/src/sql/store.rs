use uuid::Uuid;

use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};
use std::thread::JoinHandle;

use super::writer::{Job, Writer};
use super::{SqlBackend, read};
use crate::*;
use regulars_model::*;

/// A [`Store`] in a database that speaks SQL.
///
/// The queue of changesets has no bound, since a [`Completion`] runs on the writing thread and may
/// submit more: a caller that submits without waiting limits its own changesets. Dropping the store
/// writes the queue before it returns, unless the last owner is a completion: then the rest is
/// written after it.
#[derive(Debug)]
pub struct SqlStore<B: SqlBackend> {
    backend: Arc<B>,
    /// `None` once the store is being dropped.
    jobs: Option<Sender<Job>>,
    writer: Option<JoinHandle<()>>,
}

impl<B: SqlBackend> SqlStore<B> {
    /// Starts the writing thread.
    ///
    /// # Errors
    /// [`StoreError::Backend`] if the system gives no thread.
    pub fn new(backend: B) -> Result<SqlStore<B>> {
        let backend = Arc::new(backend);
        let (sender, receiver) = channel();
        let writer = Writer::new(backend.clone());
        let writer = std::thread::Builder::new()
            .name("regulars-writer".into())
            .spawn(move || writer.run(&receiver))
            .map_err(|error| StoreError::Backend(format!("no thread to write with: {error}")))?;
        Ok(SqlStore {
            backend,
            jobs: Some(sender),
            writer: Some(writer),
        })
    }

    fn read<T>(&self, with: impl FnOnce(&B::Connection) -> super::Result<T>) -> Result<T> {
        Ok(self.backend.read(with)?)
    }

    fn read_moment<T>(&self, with: impl FnOnce(&B::Connection) -> super::Result<T>) -> Result<T> {
        Ok(self.backend.read_moment(with)?)
    }
}

impl<B: SqlBackend> Drop for SqlStore<B> {
    fn drop(&mut self) {
        self.backend.close_readers();
        drop(self.jobs.take());
        if let Some(writer) = self.writer.take()
            && writer.thread().id() != std::thread::current().id()
            && writer.join().is_err()
        {
            tracing::error!("the writing thread panicked");
        }
    }
}

impl<B: SqlBackend> Store for SqlStore<B> {
    fn submit(&self, mut changeset: Changeset, done: Completion) {
        changeset.seal();
        let job = Job { changeset, done };
        let unsent = match &self.jobs {
            Some(jobs) => jobs.send(job).err().map(|error| error.0),
            None => Some(job),
        };
        if let Some(job) = unsent {
            (job.done)(Err(StoreError::Closed));
        }
    }

    fn customer(&self, id: CustomerId) -> Result<Option<Customer>> {
        self.read(|sql| read::customer::customer(sql, id))
    }

    fn erased_at(&self, id: CustomerId) -> Result<Option<Timestamp>> {
        self.read(|sql| read::customer::erased_at(sql, id))
    }

    fn customers(&self, query: &CustomerQuery, page: PageRequest) -> Result<Page<Customer>> {
        self.read(|sql| read::customer::customers(sql, query, page))
    }

    fn contact_points(&self, customer: CustomerId) -> Result<Vec<ContactPoint>> {
        self.read(|sql| read::customer::contact_points(sql, customer))
    }

    fn interaction(&self, id: InteractionId) -> Result<Option<Interaction>> {
        self.read(|sql| read::history::interaction(sql, id))
    }

    fn timeline(
        &self,
        customer: CustomerId,
        query: &TimelineQuery,
        page: PageRequest,
    ) -> Result<Page<Interaction>> {
        self.read(|sql| read::history::timeline(sql, customer, query, page))
    }

    fn first_occurred(&self, customer: CustomerId) -> Result<Option<Timestamp>> {
        self.read(|sql| read::history::first_occurred(sql, customer))
    }

    fn count_interactions(&self, from: Timestamp, until: Timestamp) -> Result<u64> {
        self.read(|sql| read::history::count_interactions(sql, from, until))
    }

    fn count_owned(&self, customer: CustomerId, ids: &[InteractionId]) -> Result<usize> {
        self.read(|sql| read::history::count_owned(sql, customer, ids))
    }

    fn newest_inbound(&self, of: &[(InteractionId, EventId)]) -> Result<Option<Timestamp>> {
        self.read(|sql| read::history::newest_inbound(sql, of))
    }

    fn snapshot(&self, request: &SnapshotRequest) -> Result<Option<SnapshotData>> {
        self.read_moment(|sql| read::snapshot::snapshot(sql, request))
    }

    fn events(&self, after: u64, limit: u32) -> Result<Vec<Event>> {
        self.read(|sql| read::log::events(sql, after, limit))
    }

    fn event(&self, id: EventId) -> Result<Option<Event>> {
        self.read(|sql| read::log::event(sql, id))
    }

    fn customer_events(&self, customer: CustomerId, page: PageRequest) -> Result<Page<Event>> {
        self.read(|sql| read::log::customer_events(sql, customer, page))
    }

    fn pending(&self, customer: Option<CustomerId>, after: u64, limit: u32) -> Result<Vec<Event>> {
        self.read(|sql| read::log::pending(sql, customer, after, limit))
    }

    fn deferred_due(
        &self,
        installation: &InstallationId,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<RetryEntry>> {
        self.read(|sql| read::deferred::deferred_due(sql, installation, now, limit))
    }

    fn deferred(&self, query: &RetryQuery, page: PageRequest) -> Result<Page<RetryEntry>> {
        self.read(|sql| read::deferred::deferred(sql, query, page))
    }

    fn waiting(&self, installation: &InstallationId) -> Result<Waiting> {
        self.read(|sql| read::deferred::waiting(sql, installation))
    }

    fn desk(&self, customer: CustomerId, now: Timestamp) -> Result<Option<Desk>> {
        self.read_moment(|sql| read::desk::desk(sql, customer, now))
    }

    fn cards(&self, customer: CustomerId, page: PageRequest) -> Result<Page<Card>> {
        self.read(|sql| read::desk::cards(sql, customer, page))
    }

    fn questions(&self, customer: CustomerId, page: PageRequest) -> Result<Page<Question>> {
        self.read(|sql| read::desk::questions(sql, customer, page))
    }

    fn card(&self, id: CardId) -> Result<Option<Card>> {
        self.read(|sql| read::desk::card(sql, id))
    }

    fn question(&self, id: QuestionId) -> Result<Option<Question>> {
        self.read(|sql| read::desk::question(sql, id))
    }

    fn task(&self, id: TaskId) -> Result<Option<Task>> {
        self.read(|sql| read::desk::task(sql, id))
    }

    fn tasks(&self, query: &TaskQuery, page: PageRequest) -> Result<Page<Task>> {
        self.read(|sql| read::desk::tasks(sql, query, page))
    }

    fn messages(&self, query: &MessageQuery, page: PageRequest) -> Result<Page<Message>> {
        self.read(|sql| read::outreach::messages(sql, query, page))
    }

    fn message(&self, id: MessageId) -> Result<Option<Message>> {
        self.read(|sql| read::outreach::message(sql, id))
    }

    fn outreach(&self, request: &OutreachRequest) -> Result<Option<(Customer, OutreachView)>> {
        self.read_moment(|sql| read::outreach::outreach(sql, request))
    }

    fn outbox_due(&self, now: Timestamp, limit: u32, without: &[String]) -> Result<Vec<MessageId>> {
        self.read(|sql| read::outbox::due(sql, now, limit, without))
    }

    fn consents(&self, customer: CustomerId, page: PageRequest) -> Result<Page<Consent>> {
        self.read(|sql| read::outreach::consents(sql, customer, page))
    }

    fn preferences(&self, customer: CustomerId) -> Result<Preferences> {
        self.read(|sql| match read::customer::key(sql, customer)? {
            Some(key) => read::outreach::preferences(sql, key),
            None => Ok(Preferences::default()),
        })
    }

    fn suppression(&self, hash: &[u8; 32]) -> Result<Option<Suppression>> {
        self.read(|sql| read::outreach::suppression(sql, hash))
    }

    fn complaints(&self, customer: CustomerId) -> Result<Vec<Complaint>> {
        self.read(|sql| read::outreach::complaints(sql, customer))
    }

    fn complaint(&self, interaction: InteractionId) -> Result<Option<Complaint>> {
        self.read(|sql| read::outreach::complaint(sql, interaction))
    }

    fn secret(&self, name: &str) -> Result<Option<Vec<u8>>> {
        self.read(|sql| read::outreach::secret(sql, name))
    }

    fn run(&self, id: RunId) -> Result<Option<Run>> {
        self.read(|sql| read::run::run(sql, id))
    }

    fn runs(&self, query: &RunQuery, page: PageRequest) -> Result<Page<Run>> {
        self.read(|sql| read::run::runs(sql, query, page))
    }

    fn action_runs(
        &self,
        customer: CustomerId,
        before: u64,
        limit: u32,
    ) -> Result<Vec<(u64, Run)>> {
        self.read(|sql| read::run::action_runs(sql, customer, before, limit))
    }

    fn transcript(&self, run: RunId) -> Result<Option<StoredTranscript>> {
        self.read(|sql| read::transcript::transcript(sql, run))
    }

    fn kept_transcripts(
        &self,
        customer: CustomerId,
        page: PageRequest,
    ) -> Result<Page<KeptTranscript>> {
        self.read(|sql| read::customer_data::transcripts(sql, customer, page))
    }

    fn stale_transcripts(&self, stale: &StaleTranscripts, limit: u32) -> Result<Vec<RunId>> {
        self.read_moment(|sql| read::transcript::stale(sql, stale, limit))
    }

    fn idempotency_record(&self, name: Uuid) -> Result<Option<IdempotencyRecord>> {
        self.read(|sql| read::idempotency::record(sql, name))
    }

    fn installations(&self) -> Result<Vec<Installation>> {
        self.read(read::plugin::installations)
    }

    fn installation_versions(&self) -> Result<Vec<(InstallationId, u64)>> {
        self.read(read::plugin::installation_versions)
    }

    fn component(&self, digest: Digest) -> Result<Option<Component>> {
        self.read(|sql| read::plugin::component(sql, digest))
    }

    fn memory(
        &self,
        installation: &InstallationId,
        customer: Option<CustomerId>,
    ) -> Result<Memory> {
        self.read(|sql| read::memory::memory(sql, installation, customer))
    }

    fn installation_version(&self, id: &InstallationId) -> Result<u64> {
        self.read(|sql| read::version::of_record(sql, id))
    }

    fn kept_versions(&self, id: &InstallationId) -> Result<Vec<KeptVersion>> {
        self.read(|sql| read::version::kept(sql, id))
    }

    fn orphaned_memories(&self, id: &InstallationId) -> Result<Option<OrphanedMemories>> {
        self.read(|sql| read::version::orphaned(sql, id))
    }

    fn plugin_offers(&self) -> Result<Vec<PluginOffer>> {
        self.read(read::version::offers)
    }

    fn plugin_secrets(&self, id: &InstallationId) -> Result<BTreeMap<String, Json>> {
        self.read(|sql| read::version::secrets(sql, id))
    }

    fn memory_places(&self, id: &InstallationId) -> Result<Vec<MemoryPlace>> {
        self.read(|sql| read::version::places(sql, id))
    }

    fn memory_entries(&self, place: u64) -> Result<Arc<BTreeMap<String, Json>>> {
        self.read(|sql| read::version::entries(sql, place))
    }

    fn customer_data(&self, customer: CustomerId) -> Result<CustomerData> {
        self.read_moment(|sql| read::customer_data::customer_data(sql, customer))
    }

    fn schedules(&self) -> Result<Vec<ScheduleState>> {
        self.read(read::schedule::schedules)
    }

    fn time_zones(&self) -> Result<Vec<String>> {
        self.read(read::customer::time_zones)
    }

    fn audience(
        &self,
        query: &AudienceQuery,
        after: u64,
        limit: u32,
    ) -> Result<Vec<(u64, CustomerId)>> {
        self.read(|sql| read::audience::audience(sql, query, after, limit))
    }

    fn timers_due(&self, now: Timestamp, limit: u32) -> Result<Vec<Timer>> {
        self.read(|sql| read::schedule::timers_due(sql, now, limit))
    }

    fn timer_keys(
        &self,
        installation: &InstallationId,
        customer: CustomerId,
    ) -> Result<Vec<String>> {
        self.read(|sql| read::schedule::timer_keys(sql, installation, customer))
    }

    fn next_due(&self, of: &Due) -> Result<Option<Timestamp>> {
        self.read(|sql| match of {
            Due::Calendar => read::schedule::next_due(sql),
            Due::Outbox { after } => read::outbox::next_due(sql, *after),
            Due::Deferred {
                installation,
                after,
            } => read::deferred::next_due(sql, installation, *after),
        })
    }

    fn api_key(&self, hash: &[u8; 32]) -> Result<Option<ApiKey>> {
        self.read(|sql| read::key::api_key(sql, hash))
    }

    fn api_keys(&self) -> Result<Vec<ApiKey>> {
        self.read(read::key::api_keys)
    }

    fn audit(&self, page: PageRequest) -> Result<Page<AuditEntry>> {
        self.read(|sql| read::audit::audit(sql, page))
    }

    fn last_seq(&self) -> Result<u64> {
        self.read(read::log::last_seq)
    }

    fn stats(&self) -> Result<Stats> {
        self.read(read::plugin::stats)
    }

    fn counts(&self) -> Result<Counts> {
        self.read(read::plugin::counts)
    }
}
