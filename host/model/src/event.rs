use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::{
    CustomerId, EventId, InstallationId, Interaction, InteractionId, Json, MessageId, Purpose,
    QuestionId, TaskId, Timestamp,
};

/// An entry of the ordered event log.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// The position in the log, from 1. It has no meaning beyond order.
    pub seq: u64,
    pub id: EventId,
    pub customer: CustomerId,
    /// The time at which the host recorded the event. Plugins see it as `now`.
    pub time: Timestamp,
    /// The event whose handling caused this one.
    pub cause: Option<EventId>,
    /// The length of the chain of causes. 0 for an event from outside.
    pub depth: u8,
    /// The storage position of the newest interaction at that time. Plugins see the history up to it.
    pub as_of: u64,
    pub data: EventData,
}

/// An event without its position in the log, which the store adds together with `as_of`.
#[derive(Debug, Clone, PartialEq)]
pub struct NewEvent {
    pub id: EventId,
    pub customer: CustomerId,
    pub time: Timestamp,
    pub cause: Option<EventId>,
    pub depth: u8,
    pub data: EventData,
}

/// An event's kind and content. Serialises as CloudEvents `data`; the `type` is [`EventData::kind`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(tag = "kind", rename_all = "kebab-case")]
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
        /// The customer's local date.
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
        /// The installation that proposed the task. Only that plugin receives the event.
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
        /// The installation that asked. Only that plugin receives the event.
        installation: InstallationId,
        /// The plugin's own id of the question.
        name: String,
        answer: String,
        answered_by: Option<String>,
        /// The interaction that records the answer.
        interaction: InteractionId,
    },
    /// A change of a message's state. Only the plugin that proposed the message receives the event.
    Message {
        news: MessageNews,
        message: MessageId,
        installation: InstallationId,
        purpose: Purpose,
        topic: Option<String>,
        channel: Option<String>,
        /// The plugin's own key of the message.
        dedupe_key: String,
        /// The interaction that records the message or the answer to it.
        interaction: Option<InteractionId>,
    },
    /// A kind without a shape of its own.
    Other {
        #[serde(rename = "type")]
        kind: String,
        #[cfg_attr(feature = "schema", schema(value_type = Value))]
        data: Json,
    },
}

impl EventData {
    /// Returns the CloudEvents `type` (CloudEvents 1.0 §3.1.1).
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

    /// Returns the only installation that receives the event. `None` if all subscribers do.
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

/// A change of a message's state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "kebab-case")]
pub enum MessageNews {
    /// The channel accepted it.
    Sent,
    /// The channel rejected it permanently.
    Bounced,
    /// The channel failed, and no attempt is left.
    Failed,
    /// The customer unsubscribed with it.
    Unsubscribed,
    /// The customer answered it.
    Answered,
}

impl MessageNews {
    /// Returns the CloudEvents `type` of the event about it.
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
