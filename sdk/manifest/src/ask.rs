use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a plugin asks to see. Each ask says why, in words the shop owner reads at install.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Reads {
    /// Fields of the customer record.
    #[serde(default)]
    pub customer: Vec<FieldAsk>,
    /// Windows of the past. What lies in any of them can be seen.
    #[serde(default)]
    pub history: Vec<HistoryAsk>,
}

/// One field of the customer record.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FieldAsk {
    /// Which one.
    pub field: CustomerField,
    /// Why, in plain words.
    pub because: String,
}

/// A field of the customer that must be granted to be seen. The id, the relationship level and
/// the day the customer came are always there.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum CustomerField {
    /// The name as the business writes it.
    DisplayName,
    /// The name the customer is called by.
    GivenName,
    /// The language to speak with them, BCP 47.
    Language,
    /// Day and month of birth, and the year where it is known.
    Birthday,
    /// What they said they want to hear about.
    Topics,
    /// The labels that staff and plugins gave them.
    Tags,
}

impl CustomerField {
    /// Every field that can be granted.
    pub const ALL: [CustomerField; 6] = [
        CustomerField::DisplayName,
        CustomerField::GivenName,
        CustomerField::Language,
        CustomerField::Birthday,
        CustomerField::Topics,
        CustomerField::Tags,
    ];
}

/// A window of the customer's past.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct HistoryAsk {
    /// Interaction kinds; empty asks for every kind.
    #[serde(default)]
    pub kinds: Vec<String>,
    /// How far back, in days before the event, 1 to 3650.
    pub days: u32,
    /// At most this many of the newest, 1 to 5000.
    #[serde(default = "default_limit")]
    pub limit: u32,
    /// Why, in plain words.
    pub because: String,
}

pub(crate) fn default_limit() -> u32 {
    1000
}

/// One kind of effect that the plugin may return.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ProposeAsk {
    /// Which kind.
    pub effect: EffectKind,
    /// Why, in plain words.
    pub because: String,
    /// For `record`: the interaction kinds that it may append. Not used by other effects.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub kinds: Vec<String>,
    /// For `message`: whether some answer to what the customer did, such as an order that is ready. The operator grants that by
    /// name, or not. Not used by other effects.
    #[serde(default, skip_serializing_if = "is_false")]
    pub service: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for it")]
fn is_false(it: &bool) -> bool {
    !it
}

/// The kinds of effect, by the names of the contract.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum EffectKind {
    /// A card at the desk.
    Suggest,
    /// One question for staff to put in person.
    Ask,
    /// Outreach.
    Message,
    /// Work for a person of the business.
    Task,
    /// A write to the plugin's own memory.
    Remember,
    /// A timer.
    Wake,
    /// A label for the customer. Covers `untag` too.
    Tag,
    /// Another relationship level for the customer.
    ProposeLevel,
    /// An interaction for the customer's own history.
    Record,
}

impl std::fmt::Display for EffectKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            EffectKind::Suggest => "suggest",
            EffectKind::Ask => "ask",
            EffectKind::Message => "message",
            EffectKind::Task => "task",
            EffectKind::Remember => "remember",
            EffectKind::Wake => "wake",
            EffectKind::Tag => "tag",
            EffectKind::ProposeLevel => "propose-level",
            EffectKind::Record => "record",
        })
    }
}
