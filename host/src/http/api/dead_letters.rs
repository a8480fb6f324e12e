//! `/v1/dead-letters`

use axum::Json;
use axum::extract::{FromRequestParts, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::openapi::{ChangeErrors, ListErrors, ReadErrors, WriteErrors};
use crate::host::{DeadLetter, ParkedEvent};
use crate::http::extract::auth::Acting;
use crate::http::extract::problem::Problem;
use crate::http::extract::{Body, Query, page, path};
use crate::http::{App, blocking};
use crate::model::{Cursor, CustomerId, EventId, InstallationId, Page};

/// Which of them.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Which {
    /// Only those that are dead for this plugin
    plugin: Option<InstallationId>,
    /// Only those of this customer
    customer: Option<CustomerId>,
    #[param(minimum = 1, maximum = 1000, default = 50)]
    limit: Option<u32>,
    /// The `next` of the page before
    #[param(value_type = Option<String>)]
    after: Option<Cursor>,
}

/// Which of them to redrive.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Bulk {
    /// Only those that are dead for this plugin; all where it is not given.
    plugin: Option<InstallationId>,
    /// Only count them.
    #[serde(default)]
    dry_run: bool,
}

/// How many.
#[derive(Serialize, ToSchema)]
pub(super) struct Redriven {
    events: u64,
}

/// The path's `{event}` and `{plugin}`.
pub(super) struct Key(EventId, InstallationId);

impl<S: Send + Sync> FromRequestParts<S> for Key {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Key, Problem> {
        let event = path(parts, state, "event").await?;
        Ok(Key(event, path(parts, state, "plugin").await?))
    }
}

/// List dead letters
///
/// Events that were given up for a plugin, in the order of the log: it failed on them too often, or they
/// waited too long for it. They are kept until somebody redrives or drops them.
#[utoipa::path(
    get, path = "/v1/dead-letters", operation_id = "listDeadLetters", tag = "runs",
    params(Which),
    responses((status = 200, description = "One page", body = Page<ParkedEvent>), ListErrors),
)]
pub(super) async fn list(
    State(app): State<App>,
    Query(which): Query<Which>,
) -> Result<Json<Page<ParkedEvent>>, Problem> {
    let page = page(which.limit, which.after)?;
    let list = move |host: &crate::Host| host.dead_letters(which.plugin, which.customer, page);
    blocking(&app.host, list).await.map(Json)
}

/// Show a dead letter
///
/// What happened, and every attempt with its failure and its logs.
#[utoipa::path(
    get, path = "/v1/dead-letters/{event}/{plugin}", operation_id = "getDeadLetter", tag = "runs",
    params(("event" = EventId, Path), ("plugin" = InstallationId, Path)),
    responses((status = 200, description = "The dead letter", body = DeadLetter), ReadErrors),
)]
pub(super) async fn show(
    State(app): State<App>,
    Key(event, plugin): Key,
) -> Result<Json<DeadLetter>, Problem> {
    blocking(&app.host, move |host| host.dead_letter(event, &plugin))
        .await
        .map(Json)
        .map_err(|problem| problem.not_found_at("event"))
}

/// Redrive a dead letter
///
/// The event is tried again with as many attempts as a new one, before later events of the same customer
/// that still wait for the plugin. The plugin sees the customer as of the event.
#[utoipa::path(
    post, path = "/v1/dead-letters/{event}/{plugin}/redrive", operation_id = "redriveDeadLetter", tag = "runs",
    params(("event" = EventId, Path), ("plugin" = InstallationId, Path)),
    responses((status = 204, description = "It waits to be tried"), ChangeErrors),
)]
pub(super) async fn redrive(
    Acting(host): Acting,
    Key(event, plugin): Key,
) -> Result<StatusCode, Problem> {
    blocking(&host, move |host| host.redrive(event, &plugin))
        .await
        .map(|()| StatusCode::NO_CONTENT)
        .map_err(|problem| problem.not_found_at("event"))
}

/// Redrive many dead letters
///
/// Those of one plugin, or all. Without a plugin, those of plugins that are not installed any more stay.
#[utoipa::path(
    post, path = "/v1/dead-letters/redrive", operation_id = "redriveDeadLetters", tag = "runs",
    request_body(content = Bulk, example = json!({ "plugin": "coach-referral", "dry_run": true })),
    responses((status = 200, description = "How many that were, or would be", body = Redriven), WriteErrors),
)]
pub(super) async fn redrive_all(
    Acting(host): Acting,
    Body(Bulk { plugin, dry_run }): Body<Bulk>,
) -> Result<Json<Redriven>, Problem> {
    let redrive = move |host: &crate::Host| host.redrive_all(plugin.as_ref(), dry_run);
    let events = blocking(&host, redrive).await?;
    Ok(Json(Redriven { events }))
}

/// Drop a dead letter
///
/// The plugin never sees that event. The event itself stays in the log.
#[utoipa::path(
    delete, path = "/v1/dead-letters/{event}/{plugin}", operation_id = "dropDeadLetter", tag = "runs",
    params(("event" = EventId, Path), ("plugin" = InstallationId, Path)),
    responses((status = 204, description = "Dropped"), ChangeErrors),
)]
pub(super) async fn remove(
    Acting(host): Acting,
    Key(event, plugin): Key,
) -> Result<StatusCode, Problem> {
    blocking(&host, move |host| host.drop_dead_letter(event, &plugin))
        .await
        .map(|()| StatusCode::NO_CONTENT)
        .map_err(|problem| problem.not_found_at("event"))
}
