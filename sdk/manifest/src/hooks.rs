use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Audience;

/// Events the plugin wants, by CloudEvents type.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Subscription {
    /// `interaction.recorded`, `customer.created`, `customer.changed`, `task.closed`,
    /// `question.answered`, … Schedules and timers need no subscription.
    pub event: String,
    /// For `interaction.recorded`: only these kinds; empty is every kind.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub kinds: Vec<String>,
}

/// A daily or weekly time, where the customer is, and whom it concerns. The host fans it out to
/// one `schedule-due` event for each of those customers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Schedule {
    /// The plugin's own name for it, as given back in `schedule-due`.
    pub id: String,
    /// Local time, `HH:MM`. A time that a clock change skips happens when the clock has jumped; one
    /// that comes twice happens the first time.
    pub at: String,
    /// Only on these days of the week; empty is every day.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub on: Vec<Weekday>,
    /// Whom it concerns, on that day.
    #[serde(default)]
    pub audience: Audience,
    /// Why, in plain words.
    pub because: String,
}

/// A day of the week.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the names say it")]
pub enum Weekday {
    Monday,
    Tuesday,
    Wednesday,
    Thursday,
    Friday,
    Saturday,
    Sunday,
}

/// A named, schema-typed call.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Action {
    /// Lower-case letters, digits and hyphens; the last part of its URL.
    pub id: String,
    /// A few words for a list.
    pub title: String,
    /// What it does, for those who call it.
    pub summary: String,
    /// Whether a call must name the customer that it is about.
    pub customer: bool,
    /// Who may call it; empty is staff only.
    #[serde(default)]
    pub callers: Vec<Caller>,
    /// JSON Schema (2020-12) that the host checks the input against before the guest runs.
    pub input: serde_json::Value,
    /// JSON Schema (2020-12) that the host checks the output against before anyone sees it.
    pub output: serde_json::Value,
}

/// Who may call an action.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Caller {
    /// A person of the business, at the desk or behind it.
    Staff,
    /// A program of the business: its till, its web shop, its app.
    App,
}

/// A number the plugin wants to move: measured later, against a holdout.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Outcome {
    /// The plugin's own name for it.
    pub id: String,
    /// For people: "came back within 30 days".
    pub title: String,
    /// The interaction kind that shows it.
    pub kind: String,
    /// Counted when it comes within so many days of the proposal.
    pub within_days: u32,
}
