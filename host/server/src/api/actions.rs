//! `/v1/plugins/{id}/actions/{action}`

use axum::Json;
use axum::extract::{Extension, State};
use axum::http::HeaderMap;
use regulars_manifest::Caller;
use serde::Deserialize;
use utoipa::ToSchema;

use super::openapi::{ActionErrors, WriteErrors};
use crate::extract::access::forbidden;
use crate::extract::auth::Key;
use crate::extract::idempotency;
use crate::extract::problem::Problem;
use crate::extract::{ActionName, Body, Id};
use crate::{App, blocking};
use regulars::error::Error;
use regulars::model::{ActionCall, ActionReply, CustomerId, InstallationId};

/// The input of an action call.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CallRequest {
    /// The customer, if the action needs one.
    customer: Option<CustomerId>,
    /// Input that matches the action's schema. Omitted: an empty object.
    #[serde(default = "empty_object")]
    #[schema(value_type = Object)]
    input: serde_json::Value,
}

fn empty_object() -> serde_json::Value {
    serde_json::json!({})
}

/// Calls a plugin's action
///
/// The input is validated against the action's schema before the plugin runs, and the output afterwards. Each
/// action of an installed plugin also has its own path below, with both schemas.
#[utoipa::path(
    post, path = "/v1/plugins/{id}/actions/{action}", operation_id = "callAction", tag = "actions",
    params(
        ("id" = InstallationId, Path),
        ("action" = String, Path, description = "One of the manifest's actions"),
        ("idempotency-key" = Option<String>, Header,
            description = "Identifies the call for seven days: a repeated request returns the first response and has no further effect"),
    ),
    request_body(content = CallRequest, example = json!({ "customer": "01970000-0000-7000-8000-000000000001", "input": {} })),
    responses((status = 200, description = "The action's result", body = ActionReply), WriteErrors, ActionErrors),
)]
pub(super) async fn call(
    State(app): State<App>,
    Extension(key): Extension<Key>,
    Id(plugin): Id<InstallationId>,
    ActionName(action): ActionName,
    headers: HeaderMap,
    Body(CallRequest { customer, input }): Body<CallRequest>,
) -> Result<Json<ActionReply>, Problem> {
    let caller = caller(&app, &key, &plugin, &action)?;
    let call = ActionCall {
        plugin,
        action,
        customer,
        input,
        caller,
    };
    let named = idempotency::call(&headers, &key)?;
    let place = app.limits.action(key.0.id)?;
    let reply = blocking(&app.host, move |host| {
        // Held until the plugin is done, even if the client has disconnected.
        let _place = place;
        Ok(match named {
            Some(name) => host.act_once(call, name),
            None => host.act(call),
        })
    })
    .await?;
    reply.map(Json).map_err(|error| match error {
        Error::NotFound {
            what: "customer", ..
        } => Problem::from(error).at("/customer"),
        other => idempotency::blame_header(Problem::from(other)),
    })
}

/// Returns the role in which the key calls the action.
///
/// # Errors
///
/// A problem if the action is not open to any role of the key.
fn caller(app: &App, key: &Key, plugin: &InstallationId, action: &str) -> Result<Caller, Problem> {
    let may = key.callers(plugin);
    let installation = app.host.installation(plugin)?;
    let declared = installation.manifest.actions.iter();
    let declared = declared.filter(|declared| declared.id == action);
    let open_to: Vec<Caller> = declared
        .flat_map(|declared| callers(&declared.callers))
        .collect();
    match may.iter().find(|caller| open_to.contains(caller)) {
        Some(caller) => Ok(*caller),
        None if open_to.is_empty() => Ok(may.first().copied().unwrap_or(Caller::App)),
        None => {
            let scopes: Vec<&str> = open_to.iter().flat_map(|caller| scopes(*caller)).collect();
            Err(forbidden(key, &scopes))
        }
    }
}

/// Returns the roles that may call an action. Default: staff.
pub(super) fn callers(declared: &[Caller]) -> Vec<Caller> {
    match declared {
        [] => vec![Caller::Staff],
        declared => declared.to_vec(),
    }
}

/// Returns the scopes that allow calls in this role.
pub(super) fn scopes(caller: Caller) -> Vec<&'static str> {
    match caller {
        Caller::Staff => vec!["staff"],
        Caller::App => vec!["app", "plugin:<id>"],
        // A role from a newer manifest format.
        _ => Vec::new(),
    }
}
