use serde::{Deserialize, Serialize};

use super::{Actor, Json, Timestamp};

/// One administrative act. Kept for good: entries are added, never changed or removed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct AuditEntry {
    #[cfg_attr(feature = "schema", schema(value_type = String, format = DateTime))]
    pub at: Timestamp,
    pub actor: Actor,
    pub act: Act,
    /// What it was done to: the id of a key, a plugin or a customer, or the name of a file.
    pub subject: String,
    /// What else is worth knowing; never a secret.
    #[cfg_attr(feature = "schema", schema(value_type = Object))]
    pub details: Json,
}

/// What was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Act {
    KeyCreated,
    KeyRevoked,
    PluginInstalled,
    /// Another component took the installation's place, or it was installed again otherwise.
    PluginReplaced,
    /// A version that was replaced is back, with what it remembered then.
    PluginRolledBack,
    /// The entry says whether what it remembered was forgotten.
    PluginUninstalled,
    PluginEnabled,
    PluginDisabled,
    /// A person ended its quarantine.
    PluginResumed,
    /// Its limits, or its settings, were replaced; the entry names the settings that differ, without
    /// their values.
    PluginSet,
    /// The subject is the first event; the entry counts them.
    DeadLettersRedriven,
    DeadLettersDropped,
    ImportStarted,
    ImportFinished,
    CustomerDeleted,
    /// Nothing is sent to a contact point any more; the subject is its kind.
    ContactSuppressed,
    ContactReleased,
    /// Somebody of the business raised how much contact a customer gets.
    LevelRaised,
    /// A customer chose something on their own page; the subject is their id.
    CustomerChose,
}
