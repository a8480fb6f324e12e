use uuid::Uuid;

use super::rules::reasons;
use super::{
    ApiKey, Erasure, IdempotencyRecord, Rewritten, ScheduleState, StoreError, StoredTranscript,
    Timer,
};
use crate::model::*;

/// Called once with what came of a changeset.
pub type Completion = Box<dyn FnOnce(Result<Committed, StoreError>) + Send>;

/// What is to be written: all of it, if the world is as expected, or none.
#[derive(Debug, Clone, Default)]
pub struct Changeset {
    pub preconditions: Vec<Precondition>,
    /// Applied in order.
    pub changes: Vec<Change>,
}

impl Changeset {
    pub fn new() -> Changeset {
        Changeset::default()
    }

    pub fn expect(&mut self, expect: Precondition) -> &mut Self {
        self.preconditions.push(expect);
        self
    }

    pub fn push(&mut self, change: Change) -> &mut Self {
        self.changes.push(change);
        self
    }

    /// Suppresses a contact point and cancels the messages that wait to be sent to those who have it.
    pub fn suppress(&mut self, suppression: Suppression) -> &mut Self {
        let hash = suppression.hash;
        self.push(Change::Suppress(suppression));
        self.push(Change::CancelMessagesTo {
            hash,
            why: reasons::SUPPRESSED.to_owned(),
        })
    }
}

/// What must be so for a changeset to be written.
#[derive(Debug, Clone, PartialEq)]
pub enum Precondition {
    /// No customer has this id.
    CustomerAbsent(CustomerId),
    /// The customer's record is at this version.
    Customer {
        customer: CustomerId,
        version: u64,
    },
    /// No interaction has this id.
    InteractionAbsent(InteractionId),
    /// The event still waits to be acknowledged.
    Pending(EventId),
    /// The event still waits for this plugin, after so many attempts; a dead one waits too.
    Parked {
        event: EventId,
        installation: InstallationId,
        attempts: u32,
    },
    /// The event is dead for this plugin.
    Dead {
        event: EventId,
        installation: InstallationId,
    },
    /// The memory's version is this one; 0 where it was never written.
    Memory {
        installation: InstallationId,
        customer: Option<CustomerId>,
        version: u64,
    },
    /// The installation is at this version; 0 where there is none.
    Installation {
        id: InstallationId,
        version: u64,
    },
    /// Nobody wrote to any of the plugin's memories since: the versions of all of them together, see
    /// [`MemoryPlace`](crate::store::MemoryPlace).
    Memories {
        installation: InstallationId,
        versions: u64,
    },
    /// Nothing that the rules of contact look at has changed since: see [`OutreachView`](crate::store::OutreachView).
    /// 0 where nothing ever has.
    Contact {
        customer: CustomerId,
        version: u64,
    },
    /// The message is in this state, after so many attempts, and is to be cancelled or not.
    Message {
        message: MessageId,
        state: MessageState,
        attempts: u32,
        cancel: bool,
    },
    ComplaintOpen(InteractionId),
    SecretAbsent(String),
    CardOpen(CardId),
    QuestionOpen(QuestionId),
    TaskOpen(TaskId),
    /// No answer is kept under this name.
    IdempotencyKeyAbsent(Uuid),
    /// The fan-out stands where it was read: the whole state is equal, or with none there is no such row.
    Schedule {
        installation: InstallationId,
        schedule: String,
        time_zone: Option<String>,
        state: Option<Box<ScheduleState>>,
    },
    /// The timer is still set, for this instant.
    TimerSet {
        installation: InstallationId,
        customer: CustomerId,
        key: String,
        at: Timestamp,
    },
}

/// One write.
///
/// A customer that a change names and who is not there is a conflict, told as
/// [`Precondition::Customer`] with version 0. An installation need not be there: what it left may be kept
/// longer than its record. What is closed or removed already stays so, silently.
#[derive(Debug, Clone)]
pub enum Change {
    /// Inserts or replaces; the record's `version` becomes one more than the stored one, 1 at first.
    PutCustomer(Customer),
    /// One that the customer has already, label included, is not added again. Contact points are
    /// no part of the record and leave its version.
    AddContactPoint {
        customer: CustomerId,
        point: ContactPoint,
        /// As in [`Suppression::hash`]: what reaches the same place has the same, however it is written.
        hash: [u8; 32],
    },
    RemoveContactPoint {
        customer: CustomerId,
        point: ContactPoint,
    },
    /// A set operation on the customer's tags; counts as a change of the record where it changes it.
    Tag {
        customer: CustomerId,
        tag: String,
    },
    Untag {
        customer: CustomerId,
        tag: String,
    },
    SetLevel {
        customer: CustomerId,
        level: Level,
    },
    /// Removes everything that says who a customer is or what passed with them, see [`Erasure`]. From then on
    /// there is no such customer for any change. One who was erased before stays so.
    Erase(Erasure),

    /// With `if_absent`, an interaction whose id is stored already is skipped and counted so;
    /// without, it is a conflict, told as [`Precondition::InteractionAbsent`].
    AppendInteraction {
        interaction: Interaction,
        if_absent: bool,
    },
    /// Gives the event its place in the log. One whose id is there already is skipped: fan-outs
    /// derive the id from what they are for. With `pending` it waits to be acknowledged.
    AppendEvent {
        event: NewEvent,
        pending: bool,
    },
    /// The event was handled by everyone who wanted it, or is parked for those who failed.
    Acknowledge(EventId),
    /// Keeps an event for one plugin: to be tried again at `due_at`, behind an earlier one without
    /// it (at once where none waits any more), or for good where `dead`, which has no time. Replaces the row of the same event and plugin,
    /// but for how long it waits and what it spent before it was redriven.
    /// An event that is not in the log is a conflict, told as [`Precondition::Pending`].
    Park {
        event: EventId,
        customer: CustomerId,
        installation: InstallationId,
        attempts: u32,
        due_at: Option<Timestamp>,
        dead: bool,
        error: String,
        /// Now: since when it waits where it did not wait before, or is dead.
        at: Timestamp,
    },
    Unpark {
        event: EventId,
        installation: InstallationId,
    },
    /// The oldest event that waits for this plugin and customer gets this time where it has none;
    /// those after it lose theirs.
    ReleaseParked {
        installation: InstallationId,
        customer: CustomerId,
        at: Timestamp,
    },
    /// A dead event waits again, as if it had not been tried, in its place among those of its
    /// customer. What is not dead stays as it is.
    Redrive {
        event: EventId,
        installation: InstallationId,
        at: Timestamp,
    },
    /// Of the events that wait for a plugin since before `before`, the `most` that wait longest are
    /// dead; those behind them go on.
    BuryParked {
        installation: InstallationId,
        before: Timestamp,
        most: u32,
        error: String,
        at: Timestamp,
    },

    /// Closes the plugin's older open card for the customer as superseded.
    OpenCard(Card),
    CloseCard {
        card: CardId,
        state: CardState,
    },
    OpenQuestion(Question),
    CloseQuestion {
        question: QuestionId,
        state: QuestionState,
        answer: Option<String>,
        answered_by: Option<String>,
    },
    OpenTask(Task),
    CloseTask {
        task: TaskId,
        outcome: String,
        note: Option<String>,
        closed_by: Option<String>,
        at: Timestamp,
    },
    /// Inserts, or replaces what becomes of it: what it says and of whom stays. As long as it is neither at
    /// its end nor without `due_at` it is in the outbox, and nobody is sending it.
    PutMessage(Message),
    /// [`Change::PutMessage`], and somebody is sending it: nobody else finds it due until then.
    LeaseMessage {
        message: Message,
        until: Timestamp,
    },
    /// Whoever was sending is not there any more: what they had is to be sent at once.
    ReleaseLeases,
    /// Cancels all that waits to be sent to a customer, but for these purposes. What is being sent is noted as
    /// [`Message::cancel`]: if it is not taken, it is not tried again.
    CancelMessages {
        customer: CustomerId,
        keep: Vec<Purpose>,
        why: String,
    },
    AppendConsent(Consent),
    /// [`Change::CancelMessages`] for everyone who has the contact point, for every purpose.
    CancelMessagesTo {
        hash: [u8; 32],
        why: String,
    },
    /// An older suppression of the same contact point stays. [`Changeset::suppress`] also cancels the messages.
    Suppress(Suppression),
    /// The suppression of this hash goes.
    Unsuppress([u8; 32]),
    PutPreferences {
        customer: CustomerId,
        preferences: Preferences,
    },
    CloseComplaint {
        interaction: InteractionId,
        by: Option<String>,
        note: Option<String>,
        at: Timestamp,
    },
    /// Nothing reaches this contact point, whoever has it.
    MarkBounced {
        hash: [u8; 32],
        at: Timestamp,
    },

    /// Writes one key, or forgets it; the memory's version grows by one for each changeset that does
    /// either, whether or not there was anything to forget.
    Remember {
        installation: InstallationId,
        customer: Option<CustomerId>,
        key: String,
        value: Option<Json>,
    },
    /// Replaces the timer of the same plugin, customer and key.
    SetTimer(Timer),
    ClearTimer {
        installation: InstallationId,
        customer: CustomerId,
        key: String,
    },
    PutSchedule(ScheduleState),
    /// Removes every schedule state of an installation that is not among `keep`.
    KeepSchedules {
        installation: InstallationId,
        keep: Vec<String>,
    },
    RecordRun(Run),
    /// Of a run that was recorded before; nothing is kept of one that was not.
    KeepTranscript(StoredTranscript),
    DropTranscript(RunId),
    /// Keeps it for seven days at least.
    PutIdempotencyRecord(IdempotencyRecord),

    PutComponent(Component),
    /// Inserts or replaces; `version` as for a customer.
    PutInstallation(Installation),
    /// Keeps the installation as it is stored now, and what it remembers, as a version that can be returned to.
    KeepVersion {
        installation: InstallationId,
        at: Timestamp,
    },
    /// What the plugin remembers becomes what it was in that version, which is not kept any more. The record
    /// is put by itself.
    ReturnToVersion {
        installation: InstallationId,
        number: u64,
    },
    /// Drops the kept versions beyond the newest so many.
    DropVersions {
        installation: InstallationId,
        keep: u32,
    },
    /// Replaces what is remembered in one place.
    RewriteMemory(Rewritten),
    /// Of this id, a directory of plugins has these components, and no others.
    PutOffers {
        id: InstallationId,
        digests: Vec<Digest>,
        at: Timestamp,
    },
    /// Forgets everything that a plugin remembers, of everybody and for itself.
    ForgetMemories(InstallationId),
    /// A setting that is a secret; none forgets it.
    PutPluginSecret {
        installation: InstallationId,
        name: String,
        value: Option<Json>,
    },
    /// Removes the record, the kept versions, secrets, schedules and timers, and what waits for the plugin or is dead.
    /// Its open cards and questions are dismissed and its queued messages cancelled, with `why`. Tasks, memories, runs
    /// and components stay, and which version the memories are of. The version of the record grows, and goes on growing with the next record.
    Uninstall {
        installation: InstallationId,
        why: String,
    },
    PutApiKey(ApiKey),
    RemoveApiKey(KeyId),
    /// The key was used; an earlier use than the stored one changes nothing.
    UseApiKey {
        key: KeyId,
        at: Timestamp,
    },
    /// A key of the store's own. One that is there already is a failure: expect it to be absent.
    PutSecret {
        name: String,
        value: Vec<u8>,
    },
    /// Appends to the audit, which nothing changes or removes.
    Audit(AuditEntry),
}

/// What a changeset did.
#[derive(Debug, Clone, Default)]
pub struct Committed {
    /// The events that were appended and wait to be acknowledged, with their place in the log.
    pub pending: Vec<Event>,
    /// The place in the log of the newest event appended, if any was.
    pub last_seq: Option<u64>,
    /// Interactions appended.
    pub appended: u64,
    /// Interactions skipped, being there already.
    pub skipped: u64,
    /// Messages that were put, or put back, into the outbox.
    pub outgoing: u64,
    /// What an erasure removed.
    pub erased: Option<Box<Erased>>,
    /// Changesets that were made durable together with this one, itself included.
    pub group: usize,
}
