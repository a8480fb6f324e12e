use serde::{Deserialize, Serialize};

use super::{Direction, InteractionId, Json, Level, Timestamp};

/// A proposal that a plugin returned. The host decides if it takes effect.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(tag = "effect", rename_all = "kebab-case")]
pub enum Effect {
    Suggest(Suggestion),
    Ask(QuestionProposal),
    Message(MessageProposal),
    Task(TaskProposal),
    Remember {
        scope: Scope,
        key: String,
        #[cfg_attr(feature = "schema", schema(value_type = Option<Value>))]
        value: Option<Json>,
    },
    Wake(TimerProposal),
    Tag {
        tag: String,
    },
    Untag {
        tag: String,
    },
    ProposeLevel {
        level: Level,
        because: Because,
    },
    Record(Entry),
}

impl Effect {
    /// Returns the effect kind that the installation must be granted.
    pub fn kind(&self) -> regulars_manifest::EffectKind {
        use regulars_manifest::EffectKind;
        match self {
            Effect::Suggest(_) => EffectKind::Suggest,
            Effect::Ask(_) => EffectKind::Ask,
            Effect::Message(_) => EffectKind::Message,
            Effect::Task(_) => EffectKind::Task,
            Effect::Remember { .. } => EffectKind::Remember,
            Effect::Wake(_) => EffectKind::Wake,
            Effect::Tag { .. } | Effect::Untag { .. } => EffectKind::Tag,
            Effect::ProposeLevel { .. } => EffectKind::ProposeLevel,
            Effect::Record(_) => EffectKind::Record,
        }
    }

    /// Returns the reason and evidence, for the kinds that must have them.
    pub fn because(&self) -> Option<&Because> {
        match self {
            Effect::Suggest(suggestion) => Some(&suggestion.because),
            Effect::Ask(question) => Some(&question.because),
            Effect::Message(message) => Some(&message.because),
            Effect::Task(task) => Some(&task.because),
            Effect::ProposeLevel { because, .. } => Some(because),
            _ => None,
        }
    }
}

/// A reason that people can read, and the interactions that support it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Because {
    pub reason: String,
    pub evidence: Vec<InteractionId>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Suggestion {
    pub title: String,
    pub body: String,
    pub action: Option<String>,
    pub because: Because,
    pub expires: Option<Timestamp>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct QuestionProposal {
    /// The plugin's own id of the question.
    pub id: String,
    pub text: String,
    pub choices: Vec<String>,
    pub because: Because,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct MessageProposal {
    pub purpose: Purpose,
    /// One of the topics that customers can choose.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub topic: Option<String>,
    pub subject: String,
    pub body: String,
    /// The channels in order of preference.
    pub channels: Vec<String>,
    /// The benefit for the customer.
    pub value: String,
    pub because: Because,
    pub not_before: Option<Timestamp>,
    pub expires: Option<Timestamp>,
    pub dedupe_key: String,
}

/// The purpose of a message, from contractual service to commercial interest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum Purpose {
    Service,
    Care,
    Education,
    Community,
    Offer,
    Survey,
}

impl Purpose {
    /// All purposes, from contractual service to commercial interest.
    pub const ALL: [Purpose; 6] = [
        Purpose::Service,
        Purpose::Care,
        Purpose::Education,
        Purpose::Community,
        Purpose::Offer,
        Purpose::Survey,
    ];

    /// Returns the JSON name.
    pub fn as_str(self) -> &'static str {
        match self {
            Purpose::Service => "service",
            Purpose::Care => "care",
            Purpose::Education => "education",
            Purpose::Community => "community",
            Purpose::Offer => "offer",
            Purpose::Survey => "survey",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct TaskProposal {
    pub title: String,
    pub body: String,
    /// The assignee: a role or a person's name.
    pub role: String,
    pub due: Option<Timestamp>,
    pub urgent: bool,
    pub group_key: Option<String>,
    pub because: Because,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct TimerProposal {
    pub key: String,
    pub at: Timestamp,
    #[cfg_attr(feature = "schema", schema(value_type = Value))]
    pub payload: Json,
}

/// An entry for the customer's own history. The host adds an id, a time and a cause.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Entry {
    pub kind: String,
    pub direction: Direction,
    pub channel: Option<String>,
    pub subject: Option<String>,
    pub body: Option<String>,
    #[cfg_attr(feature = "schema", schema(value_type = Object))]
    pub data: Json,
}

/// The owner of a memory: a customer or the whole installation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum Scope {
    Customer,
    /// The installation as a whole.
    Plugin,
}
