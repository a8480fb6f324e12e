use uuid::Uuid;

use super::ScheduleState;
use regulars_model::*;

/// A condition on stored data without which a changeset is not written.
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
    /// The event waits for this plugin, or is dead for it, after this number of attempts.
    RetryEntry {
        event: EventId,
        installation: InstallationId,
        attempts: u32,
    },
    /// The event is dead for this plugin.
    Dead {
        event: EventId,
        installation: InstallationId,
    },
    /// The memory's version is this one, 0 if it was never written.
    Memory {
        installation: InstallationId,
        customer: Option<CustomerId>,
        version: u64,
    },
    /// The installation is at this version, 0 if there is none.
    Installation {
        id: InstallationId,
        version: u64,
    },
    /// No memory of the plugin was written since: the sum of their versions, see
    /// [`MemoryPlace`](crate::MemoryPlace), is this one.
    Memories {
        installation: InstallationId,
        versions: u64,
    },
    /// The customer's [`OutreachView`](crate::OutreachView) is at this version, 0 if it never changed.
    Contact {
        customer: CustomerId,
        version: u64,
    },
    /// The message is in this state, after this number of attempts, and is to be cancelled or not.
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
    /// No record has this idempotency key.
    IdempotencyKeyAbsent(Uuid),
    /// The state of the schedule in this time zone equals this one. With `None` there is no state.
    Schedule {
        installation: InstallationId,
        schedule: String,
        time_zone: Option<String>,
        state: Option<Box<ScheduleState>>,
    },
    /// The timer is set for this instant.
    TimerSet {
        installation: InstallationId,
        customer: CustomerId,
        key: String,
        at: Timestamp,
    },
}
