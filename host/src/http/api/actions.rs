//! `/v1/plugins/{id}/actions/{action}`

use axum::Json;
use axum::extract::{Extension, State};
use axum::http::HeaderMap;
use regulars_manifest::Caller;
use serde::Deserialize;
use utoipa::ToSchema;

use super::openapi::{ActionErrors, WriteErrors};
use crate::error::Error;
use crate::http::extract::access::forbidden;
use crate::http::extract::auth::Key;
use crate::http::extract::idempotency;
use crate::http::extract::problem::Problem;
use crate::http::extract::{ActionName, Body, Id};
use crate::http::{App, blocking};
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
    params(
        ("id" = InstallationId, Path),
        ("action" = String, Path, description = "One of the manifest's actions"),
        ("idempotency-key" = Option<String>, Header,
            description = "Names this call for seven days: sent again, it is answered as the first time, and nothing is done twice"),
    ),
    request_body(content = Call, example = json!({ "customer": "01970000-0000-7000-8000-000000000001", "input": {} })),
    responses((status = 200, description = "What it answered", body = ActionReply), WriteErrors, ActionErrors),
)]
pub(super) async fn call(
    State(app): State<App>,
    Extension(key): Extension<Key>,
    Id(plugin): Id<InstallationId>,
    ActionName(action): ActionName,
    headers: HeaderMap,
    Body(Call { customer, input }): Body<Call>,
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
        // Until the plugin is done, whether or not anybody waits for it still.
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
        other => idempotency::taken(Problem::from(other)),
    })
}

/// As whom the key calls this action.
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

/// Who may call an action: staff where its manifest says nothing.
pub(super) fn callers(declared: &[Caller]) -> Vec<Caller> {
    match declared {
        [] => vec![Caller::Staff],
        declared => declared.to_vec(),
    }
}

/// The scopes of keys that call as this.
pub(super) fn scopes(caller: Caller) -> Vec<&'static str> {
    match caller {
        Caller::Staff => vec!["staff"],
        Caller::App => vec!["app", "plugin:<id>"],
        // One that a newer manifest knows and this host does not.
        _ => Vec::new(),
    }
}
