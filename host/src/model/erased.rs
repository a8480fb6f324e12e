use serde::{Deserialize, Serialize};

use super::{CustomerId, InstallationId, Timestamp};

/// What erasing a customer's data came to. It names nobody.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Erased {
    pub customer: CustomerId,
    #[cfg_attr(feature = "schema", schema(value_type = String, format = DateTime))]
    pub at: Timestamp,
    /// The data had been erased before, at that time: there was nothing left to remove.
    pub repeated: bool,
    pub removed: Removed,
    /// Contact points to which nothing is sent any more, whoever has them one day.
    pub suppressed: u64,
    /// Contact points that another customer has too: they are theirs, and stay as they are.
    pub shared: u64,
    /// What plugins keep for themselves, about no customer in particular, and what looks as if it came from this
    /// one: somebody should look, since the host cannot know.
    pub plugin_memory: Vec<PluginTrace>,
    /// Whether the database's journal is clear of it too. Where somebody read for long, such as a backup, it is
    /// cleared when they are done.
    pub journal_cleared: bool,
}

/// How much was removed. What is counted here is either gone or keeps nothing but its kind, its state and its times.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(default)]
pub struct Removed {
    pub contact_points: u64,
    pub interactions: u64,
    pub events: u64,
    pub cards: u64,
    pub questions: u64,
    pub tasks: u64,
    pub messages: u64,
    /// Messages that waited to be sent, and are not sent now.
    pub cancelled: u64,
    pub runs: u64,
    pub transcripts: u64,
    /// Keys of plugins' memories of the customer.
    pub memories: u64,
    pub timers: u64,
    /// Events that waited for plugins, or were given up.
    pub waiting: u64,
    /// Answers of actions.
    pub answers: u64,
    pub consents: u64,
    pub complaints: u64,
}

/// A key of a plugin's own memory.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct PluginTrace {
    pub plugin: InstallationId,
    pub key: String,
}
