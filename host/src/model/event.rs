use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::{
    CustomerId, EventId, InstallationId, Interaction, InteractionId, Json, MessageId, Purpose,
    QuestionId, TaskId, Timestamp,
};

/// An entry of the ordered log.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// Position in the log, from 1, without meaning beyond order.
    pub seq: u64,
    pub id: EventId,
    pub customer: CustomerId,
    /// When the host learned of it. A plugin's `now`.
    pub time: Timestamp,
    /// The event whose handling caused this one.
    pub cause: Option<EventId>,
    /// Length of the chain of causes; 0 where a person or program outside caused it.
    pub depth: u8,
    /// The newest interaction (by storage order) that existed: history is shown up to here.
    pub as_of: u64,
    pub data: EventData,
}

/// An event before the log gave it a place. `as_of` is filled in there too.
#[derive(Debug, Clone, PartialEq)]
pub struct NewEvent {
    pub id: EventId,
    pub customer: CustomerId,
    pub time: Timestamp,
    pub cause: Option<EventId>,
    pub depth: u8,
    pub data: EventData,
}

/// What happened, by kind. Serialises as its CloudEvents `data`, [`EventData::kind`] being the `type`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(tag = "kind", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum EventData {
    InteractionRecorded {
        interaction: Interaction,
    },
    CustomerCreated,
    CustomerChanged {
        fields: Vec<String>,
    },
    ScheduleDue {
        installation: InstallationId,
        schedule: String,
        /// The day where the customer is.
        date: Date,
    },
    TimerDue {
        installation: InstallationId,
        key: String,
        #[cfg_attr(feature = "schema", schema(value_type = Value))]
        payload: Json,
    },
    TaskClosed {
        task: TaskId,
        /// Who proposed the task; only that plugin hears of its closing.
        installation: Option<InstallationId>,
        title: String,
        group_key: Option<String>,
        outcome: String,
        note: Option<String>,
        closed_by: Option<String>,
        evidence: Vec<InteractionId>,
    },
    QuestionAnswered {
        question: QuestionId,
        /// Who asked; only that plugin hears the answer.
        installation: InstallationId,
        /// The plugin's own name for the question.
        name: String,
        answer: String,
        answered_by: Option<String>,
        /// Where the answer stands in the history.
        interaction: InteractionId,
    },
    /// Something became of a message; only the plugin that proposed it hears of it.
    Message {
        news: MessageNews,
        message: MessageId,
        installation: InstallationId,
        purpose: Purpose,
        topic: Option<String>,
        channel: Option<String>,
        /// The plugin's own name for the message.
        dedupe_key: String,
        /// Where it, or the answer to it, stands in the history.
        interaction: Option<InteractionId>,
    },
    /// A kind without a shape of its own here.
    Other {
        #[serde(rename = "type")]
        kind: String,
        #[cfg_attr(feature = "schema", schema(value_type = Value))]
        data: Json,
    },
}

impl EventData {
    /// The CloudEvents `type` (CloudEvents 1.0 §3.1.1).
    pub fn kind(&self) -> &str {
        match self {
            EventData::InteractionRecorded { .. } => "interaction.recorded",
            EventData::CustomerCreated => "customer.created",
            EventData::CustomerChanged { .. } => "customer.changed",
            EventData::ScheduleDue { .. } => "schedule.due",
            EventData::TimerDue { .. } => "timer.due",
            EventData::TaskClosed { .. } => "task.closed",
            EventData::QuestionAnswered { .. } => "question.answered",
            EventData::Message { news, .. } => news.kind(),
            EventData::Other { kind, .. } => kind,
        }
    }

    /// The one installation that this event is for, where it is not for everyone who subscribed.
    pub fn addressee(&self) -> Option<&InstallationId> {
        match self {
            EventData::ScheduleDue { installation, .. }
            | EventData::TimerDue { installation, .. }
            | EventData::QuestionAnswered { installation, .. }
            | EventData::Message { installation, .. } => Some(installation),
            EventData::TaskClosed { installation, .. } => installation.as_ref(),
            _ => None,
        }
    }
}

/// What became of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum MessageNews {
    /// Its channel took it.
    Sent,
    /// Its channel refused it for good.
    Bounced,
    /// Its channel could not take it, and it was tried often enough.
    Failed,
    /// The customer unsubscribed by it.
    Unsubscribed,
    /// The customer answered it.
    Answered,
}

impl MessageNews {
    /// The CloudEvents `type` of the event that tells it.
    pub fn kind(self) -> &'static str {
        match self {
            MessageNews::Sent => "message.sent",
            MessageNews::Bounced => "message.bounced",
            MessageNews::Failed => "message.failed",
            MessageNews::Unsubscribed => "message.unsubscribed",
            MessageNews::Answered => "message.answered",
        }
    }
}
