use regulars_manifest::Caller;
use serde::Serialize;

use super::{CustomerId, InstallationId, Json, RunId};

/// A call of one of a plugin's actions.
#[derive(Debug, Clone)]
pub struct ActionCall {
    pub plugin: InstallationId,
    /// The action's name, as the plugin's manifest declares it.
    pub action: String,
    /// The customer that the action is about. Required if the action asks for one.
    pub customer: Option<CustomerId>,
    pub input: Json,
    pub caller: Caller,
}

/// The reply to an action call, after the host validated it and decided on its proposals.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct ActionReply {
    /// The plugin's output, valid against the action's output schema.
    #[cfg_attr(feature = "schema", schema(value_type = Value))]
    pub output: Json,
    pub run: RunId,
}
