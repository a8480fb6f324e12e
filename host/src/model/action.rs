use regulars_manifest::Caller;
use serde::Serialize;

use super::{CustomerId, InstallationId, Json, RunId};

/// A named call of a plugin.
#[derive(Debug, Clone)]
pub struct ActionCall {
    pub plugin: InstallationId,
    /// One of the actions in the plugin's manifest.
    pub action: String,
    /// Whom it is about, where the action asks for a customer.
    pub customer: Option<CustomerId>,
    pub input: Json,
    pub caller: Caller,
}

/// What the plugin answered, after the host checked and decided it.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct ActionReply {
    /// Valid against the action's output schema.
    #[cfg_attr(feature = "schema", schema(value_type = Value))]
    pub output: Json,
    pub run: RunId,
}
