use serde::{Deserialize, Serialize};

use super::{CustomerId, InstallationId, Timestamp};

/// The result of an erasure. It contains no personal data.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Erased {
    pub customer: CustomerId,
    #[cfg_attr(feature = "schema", schema(value_type = String, format = DateTime))]
    pub at: Timestamp,
    /// True if the data had been erased before, at `at`, and nothing was left to remove.
    pub repeated: bool,
    pub removed: Removed,
    /// The number of contact points that were suppressed for good.
    pub suppressed: u64,
    /// The number of contact points that another customer has too. They stay as they are.
    pub shared: u64,
    /// Entries of plugins' own memories that seem to hold data of this customer. Staff should check them,
    /// because the host cannot tell.
    pub plugin_memory: Vec<PluginTrace>,
    /// True if the database's write-ahead log holds none of the data either. A long read, such as a backup,
    /// delays that until it ends.
    pub journal_cleared: bool,
}

/// The number of removed records by kind. Some records remain, with nothing but their kind, state and times.
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
    /// Queued messages that were cancelled.
    pub cancelled: u64,
    pub runs: u64,
    pub transcripts: u64,
    /// Keys in plugins' memories of the customer.
    pub memories: u64,
    pub timers: u64,
    /// Deferred events and dead letters.
    pub waiting: u64,
    /// Stored outputs of actions.
    pub answers: u64,
    pub consents: u64,
    pub complaints: u64,
}

/// A key in a plugin's own memory.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct PluginTrace {
    pub plugin: InstallationId,
    pub key: String,
}
