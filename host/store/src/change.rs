use super::{
    ApiKey, Erasure, IdempotencyRecord, Rewritten, ScheduleState, StoredTranscript, Timer,
};
use regulars_model::*;

/// One change of stored data.
///
/// A change about an unknown customer is a conflict, reported as
/// [`Precondition::Customer`](crate::Precondition::Customer) with version 0. A change about an unknown installation is
/// written: data outlives the record of its plugin. Closing or removing something twice changes nothing.
#[derive(Debug, Clone)]
pub enum Change {
    /// Inserts or replaces the record. Its `version` becomes the stored one plus 1, at first 1.
    PutCustomer(Customer),
    /// Adds a contact point, unless the customer has the same one with the same label. The record's version stays.
    AddContactPoint {
        customer: CustomerId,
        point: ContactPoint,
        /// As in [`Suppression::hash`]: equal for every spelling of one address or number.
        hash: [u8; 32],
    },
    RemoveContactPoint {
        customer: CustomerId,
        point: ContactPoint,
    },
    /// Adds a tag. The record's version grows if the customer did not have it.
    Tag {
        customer: CustomerId,
        tag: String,
    },
    /// Removes a tag. The record's version grows if the customer had it.
    Untag {
        customer: CustomerId,
        tag: String,
    },
    SetLevel {
        customer: CustomerId,
        level: Level,
    },
    /// Erases a customer, see [`Erasure`]. Every later change about them is a conflict, except a second erasure, which
    /// changes nothing.
    Erase(Erasure),

    /// Appends an interaction. If its id is stored already, the interaction is skipped and counted with `if_absent`, and
    /// a conflict without, reported as [`Precondition::InteractionAbsent`](crate::Precondition::InteractionAbsent).
    /// [`Changeset::append_interaction`](crate::Changeset::append_interaction) also opens its complaint.
    AppendInteraction {
        interaction: Interaction,
        if_absent: bool,
    },
    /// Appends an event to the log, to be acknowledged if `pending`. An event whose id is in the log is skipped, so that
    /// a fan-out can be repeated.
    AppendEvent {
        event: NewEvent,
        pending: bool,
    },
    /// Ends the wait of an event: every plugin that wants it has handled it, or it is deferred for that plugin.
    Acknowledge(EventId),
    /// Keeps an event for one plugin. It is tried again at `due_at`. Without `due_at` it waits behind an earlier event of
    /// the customer, or is due at once if none waits. A dead event has no time.
    ///
    /// A second change for the same event and plugin replaces the first, except `since` of an event that goes on
    /// waiting and the attempts before its last redrive. An event that is not in the log is a conflict, reported as
    /// [`Precondition::Pending`](crate::Precondition::Pending).
    Defer {
        event: EventId,
        customer: CustomerId,
        installation: InstallationId,
        attempts: u32,
        due_at: Option<Timestamp>,
        dead: bool,
        error: String,
        /// The current time.
        at: Timestamp,
    },
    RemoveDeferred {
        event: EventId,
        installation: InstallationId,
    },
    /// Makes the oldest waiting event of this plugin and customer due, at `at` if it has no time yet. Later events lose
    /// their time.
    ReleaseDeferred {
        installation: InstallationId,
        customer: CustomerId,
        at: Timestamp,
    },
    /// Lets a dead event wait again, with its attempts forgiven, in its place among the customer's events. An event that
    /// is not dead stays as it is.
    Redrive {
        event: EventId,
        installation: InstallationId,
        at: Timestamp,
    },
    /// Removes the waiting and dead events of a plugin.
    DropDeferredOf(InstallationId),
    /// Ends the wait of up to `most` events that wait for a plugin since before `before`, longest first: they are dead,
    /// and the events behind them are due.
    ExpireDeferred {
        installation: InstallationId,
        before: Timestamp,
        most: u32,
        error: String,
        at: Timestamp,
    },

    /// Opens a card and closes the plugin's older open card for the customer as superseded.
    OpenCard(Card),
    CloseCard {
        card: CardId,
        state: CardState,
    },
    /// Dismisses the open cards of a plugin.
    DismissCardsOf(InstallationId),
    OpenQuestion(Question),
    CloseQuestion {
        question: QuestionId,
        state: QuestionState,
        answer: Option<String>,
        answered_by: Option<String>,
    },
    /// Dismisses the open questions of a plugin.
    DismissQuestionsOf(InstallationId),
    OpenTask(Task),
    CloseTask {
        task: TaskId,
        outcome: String,
        note: Option<String>,
        closed_by: Option<String>,
        at: Timestamp,
    },
    /// Inserts a message, or replaces its progress; its content, customer and plugin stay. It is in the outbox, without
    /// a lease, until it is at its end or has no `due_at`.
    PutMessage(Message),
    /// [`Change::PutMessage`] with a lease: the message is not due again before `until`.
    LeaseMessage {
        message: Message,
        until: Timestamp,
    },
    /// Ends all leases of a host that stopped: its messages are due at once.
    ReleaseLeases,
    /// Cancels the customer's queued messages, except for purposes in `keep`. Messages that are being sent get
    /// [`Message::cancel`] and are not retried.
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
    /// Cancels a plugin's queued messages, for every customer and purpose, and raises the contact versions of their
    /// customers. Messages that are being sent get [`Message::cancel`] and are not retried.
    CancelMessagesOf {
        installation: InstallationId,
        why: String,
    },
    /// An older suppression of the same contact point stays. [`Changeset::suppress`](crate::Changeset::suppress) also
    /// cancels the messages.
    Suppress(Suppression),
    /// Removes the suppression of this hash.
    Unsuppress([u8; 32]),
    PutPreferences {
        customer: CustomerId,
        preferences: Preferences,
    },
    /// Opens the complaint of an interaction that the changeset appends before. If the interaction was skipped, this
    /// changes nothing.
    OpenComplaint {
        interaction: InteractionId,
        customer: CustomerId,
        /// The time of the complaint.
        at: Timestamp,
    },
    CloseComplaint {
        interaction: InteractionId,
        customer: CustomerId,
        by: Option<String>,
        note: Option<String>,
        at: Timestamp,
    },
    /// Marks a contact point as unreachable for everyone who has it.
    MarkBounced {
        hash: [u8; 32],
        at: Timestamp,
    },

    /// Raises the contact version of these customers, see
    /// [`Precondition::Contact`](crate::Precondition::Contact). The store appends this change to a changeset that needs
    /// it, see [`rules::touched`](crate::rules::touched).
    TouchContact(ContactScope),

    /// Writes one key of a memory, or forgets it for `None`. The memory's version grows by 1 for each changeset that
    /// does either, also if there was nothing to forget.
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
    /// Removes the timers of a plugin.
    DropTimersOf(InstallationId),
    PutSchedule(ScheduleState),
    /// Removes the states of an installation's schedules, except those in `keep`.
    KeepSchedules {
        installation: InstallationId,
        keep: Vec<String>,
    },
    RecordRun(Run),
    /// Keeps the transcript of a recorded run. The transcript of an unknown run is ignored.
    KeepTranscript(StoredTranscript),
    DropTranscript(RunId),
    /// Keeps a record for [`IDEMPOTENCY_DAYS`](super::rules::IDEMPOTENCY_DAYS) at least.
    PutIdempotencyRecord(IdempotencyRecord),

    PutComponent(Component),
    /// Inserts or replaces the record. Its `version` becomes the stored one plus 1.
    PutInstallation(Installation),
    /// Keeps the stored record and memories of an installation as a version for a rollback.
    KeepVersion {
        installation: InstallationId,
        at: Timestamp,
    },
    /// Replaces the plugin's memories by those of a kept version, which is dropped. The record needs a
    /// [`Change::PutInstallation`] of its own.
    ReturnToVersion {
        installation: InstallationId,
        number: u64,
    },
    /// Drops the kept versions except the newest `keep`.
    DropVersions {
        installation: InstallationId,
        keep: u32,
    },
    /// Replaces the entries of one memory.
    RewriteMemory(Rewritten),
    /// Replaces the components that the plugin directories hold for this id.
    PutOffers {
        id: InstallationId,
        digests: Vec<Digest>,
        at: Timestamp,
    },
    /// Forgets all memories of a plugin, about customers and its own.
    ForgetMemories(InstallationId),
    /// Writes a setting that is a secret, or forgets it for `None`.
    PutPluginSecret {
        installation: InstallationId,
        name: String,
        value: Option<Json>,
    },
    /// Forgets all secrets of a plugin.
    DropSecretsOf(InstallationId),
    /// Removes the record of a plugin. Its version grows, and goes on growing with the next record. The version that
    /// wrote the memories stays known. [`Changeset::uninstall`](crate::Changeset::uninstall) also removes the data that
    /// goes with the record.
    Uninstall(InstallationId),
    PutApiKey(ApiKey),
    RemoveApiKey(KeyId),
    /// Notes a use of the key. An earlier use than the stored one changes nothing.
    UseApiKey {
        key: KeyId,
        at: Timestamp,
    },
    /// Adds a secret of the store's own. A second one of this name is an error, see
    /// [`Precondition::SecretAbsent`](crate::Precondition::SecretAbsent).
    PutSecret {
        name: String,
        value: Vec<u8>,
    },
    /// Appends to the audit. Its entries are never changed or removed.
    Audit(AuditEntry),
}

/// Customers whose [`OutreachView`](crate::OutreachView) changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ContactScope {
    Customer(CustomerId),
    /// Everyone who has the contact point with this hash.
    Point([u8; 32]),
}
