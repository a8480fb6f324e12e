//! `/v1/plugins/{id}/actions/{action}`

use axum::Json;
use axum::extract::State;
use regulars_manifest::Caller;
use serde::Deserialize;
use utoipa::ToSchema;

use super::extract::{ActionName, Body, Id};
use super::openapi::{ActionErrors, WriteErrors};
use super::problem::Problem;
use super::{App, blocking};
use crate::error::Error;
use crate::model::{ActionCall, ActionReply, CustomerId, InstallationId};

/// What to call an action with.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Call {
    /// Whom it is about, where the action asks for a customer.
    customer: Option<CustomerId>,
    /// As the action's input schema says; an empty object where it is not given.
    #[serde(default = "empty")]
    #[schema(value_type = Object)]
    input: serde_json::Value,
}

fn empty() -> serde_json::Value {
    serde_json::json!({})
}

/// Call a plugin's action
///
/// The input is checked against the action's schema before the plugin runs, its output after. Every
/// action of this host has a path of its own below, with both schemas.
#[utoipa::path(
    post, path = "/v1/plugins/{id}/actions/{action}", operation_id = "callAction", tag = "actions",
    params(("id" = InstallationId, Path), ("action" = String, Path, description = "One of the manifest's actions")),
    request_body(content = Call, example = json!({ "customer": "01970000-0000-7000-8000-000000000001", "input": {} })),
    responses((status = 200, description = "What it answered", body = ActionReply), WriteErrors, ActionErrors),
)]
pub(super) async fn call(
    State(app): State<App>,
    Id(plugin): Id<InstallationId>,
    ActionName(action): ActionName,
    Body(Call { customer, input }): Body<Call>,
) -> Result<Json<ActionReply>, Problem> {
    let call = ActionCall {
        plugin,
        action,
        customer,
        input,
        caller: Caller::Staff,
    };
    let reply = blocking(&app.host, move |host| Ok(host.act(call))).await?;
    reply.map(Json).map_err(|error| match error {
        Error::NotFound {
            what: "customer", ..
        } => Problem::from(error).at("/customer"),
        other => Problem::from(other),
    })
}
