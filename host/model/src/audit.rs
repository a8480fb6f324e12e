use serde::{Deserialize, Serialize};

use super::{Actor, Json, Timestamp};

/// One administrative act. The log is append-only: entries are never changed or removed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct AuditEntry {
    #[cfg_attr(feature = "schema", schema(value_type = String, format = DateTime))]
    pub at: Timestamp,
    pub actor: Actor,
    pub act: Act,
    /// The object of the act: the id of a key, a plugin or a customer, or the name of a file.
    pub subject: String,
    /// Further facts about the act, never a secret.
    #[cfg_attr(feature = "schema", schema(value_type = Object))]
    pub details: Json,
}

/// The kind of an administrative act.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Act {
    KeyCreated,
    KeyRevoked,
    PluginInstalled,
    /// Another component, or other grants, replaced the installation's earlier ones.
    PluginReplaced,
    /// An earlier version is back, with its memory of that time.
    PluginRolledBack,
    /// The entry says if the plugin's memory was deleted.
    PluginUninstalled,
    PluginEnabled,
    PluginDisabled,
    /// A person ended the plugin's quarantine.
    PluginResumed,
    /// The plugin's limits or settings were replaced. The entry names the changed settings without their
    /// values.
    PluginSet,
    /// The subject is the first redriven event. The entry holds their number.
    DeadLettersRedriven,
    DeadLettersDropped,
    ImportStarted,
    ImportFinished,
    CustomerDeleted,
    /// The host sends nothing more to a contact point. The subject is its kind.
    ContactSuppressed,
    ContactReleased,
    /// A staff member raised a customer's relationship level.
    LevelRaised,
    /// A customer changed a setting in the customer portal. The subject is the customer's id.
    CustomerChose,
}
