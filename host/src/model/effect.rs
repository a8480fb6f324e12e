use serde::{Deserialize, Serialize};

use super::{Direction, InteractionId, Json, Level, Timestamp};

/// What a plugin returned: a proposal, never an act.
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
    /// The kind that must be granted.
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

    /// Reason and evidence, for the kinds that must carry them.
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

/// Why, in words a person can be shown, and the interactions that show it.
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
    /// The plugin's own name for the question.
    pub id: String,
    pub text: String,
    pub choices: Vec<String>,
    pub because: Because,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct MessageProposal {
    pub purpose: Purpose,
    /// What it is about: one of the topics that a customer can choose.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub topic: Option<String>,
    pub subject: String,
    pub body: String,
    /// In order of preference.
    pub channels: Vec<String>,
    /// What is in it for the customer.
    pub value: String,
    pub because: Because,
    pub not_before: Option<Timestamp>,
    pub expires: Option<Timestamp>,
    pub dedupe_key: String,
}

/// What outreach is for, from what the customer is owed to what the business would like.
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
    /// All of them, from what the customer is owed to what the business would like.
    pub const ALL: [Purpose; 6] = [
        Purpose::Service,
        Purpose::Care,
        Purpose::Education,
        Purpose::Community,
        Purpose::Offer,
        Purpose::Survey,
    ];

    /// As in JSON.
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
    /// Whom it is for: a role, or a person's name.
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

/// Something for the customer's own history; the host gives it an id, a time and a cause.
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

/// What a memory belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum Scope {
    Customer,
    /// The installation as a whole.
    Plugin,
}
