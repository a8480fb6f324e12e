//! The manifest: a plugin's requests to see and propose, its triggers, and its reasons. The host shows it to
//! an operator at installation, and the SDK builds it.
//!
//! `wit/v0.1/manifest.schema.json` describes the JSON form. It is generated from these types, and a test
//! compares both. It may grow: hosts ignore unknown members.

#![warn(missing_docs)]

mod ask;
mod audience;
mod build;
mod hooks;
pub mod schema;

pub use ask::{CustomerField, EffectKind, FieldAsk, HistoryAsk, ProposeAsk, Reads};
pub use audience::{Audience, Condition};
pub use hooks::{Action, Caller, Outcome, Schedule, Subscription, Weekday};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The whole self-description, returned once by `about.describe`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Manifest {
    /// Lower-case letters, digits and hyphens, 1 to 64 characters, starting with a letter.
    /// A label only: identity is the source that the operator chose and the component's digest.
    pub name: String,
    /// Semantic version (<https://semver.org>).
    pub version: String,
    /// A few words for a list.
    pub title: String,
    /// One or two sentences: what the business gets from it.
    pub summary: String,
    /// What the plugin asks to see of a customer.
    #[serde(default)]
    pub reads: Reads,
    /// Which effects the plugin may return.
    #[serde(default)]
    pub proposes: Vec<ProposeAsk>,
    /// Which events the plugin wants.
    #[serde(default)]
    pub subscribes: Vec<Subscription>,
    /// When the plugin runs by itself, and for whom.
    #[serde(default)]
    pub schedules: Vec<Schedule>,
    /// What can be asked of the plugin by name.
    #[serde(default)]
    pub actions: Vec<Action>,
    /// JSON Schema (2020-12) of the installation's settings, with a `default` for each property
    /// that may be left out.
    #[serde(default = "empty_object")]
    pub settings: serde_json::Value,
    /// What should become better, and how one would see it.
    #[serde(default)]
    pub outcomes: Vec<Outcome>,
}

fn empty_object() -> serde_json::Value {
    serde_json::json!({})
}

/// Returns the JSON Schema of [`Manifest`], as published in `wit/v0.1/manifest.schema.json`.
pub fn json_schema() -> serde_json::Value {
    schemars::schema_for!(Manifest).to_value()
}
