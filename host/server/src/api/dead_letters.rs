//! `/v1/dead-letters`

use axum::Json;
use axum::extract::{FromRequestParts, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::openapi::{ChangeErrors, ListErrors, ReadErrors, WriteErrors};
use crate::extract::auth::ActingHost;
use crate::extract::problem::Problem;
use crate::extract::{Body, Query, page, path};
use crate::{App, blocking};
use regulars::host::{DeadLetter, DeferredEvent};
use regulars::model::{Cursor, CustomerId, EventId, InstallationId, Page};

/// A filter for dead letters.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct DeadLetterFilter {
    /// Only dead letters of this plugin.
    plugin: Option<InstallationId>,
    /// Only events of this customer.
    customer: Option<CustomerId>,
    #[param(minimum = 1, maximum = 1000, default = 50)]
    limit: Option<u32>,
    /// `next` of the previous page.
    #[param(value_type = Option<String>)]
    after: Option<Cursor>,
}

/// The dead letters to redrive.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RedriveRequest {
    /// Only dead letters of this plugin. Omitted: all.
    plugin: Option<InstallationId>,
    /// Counts the dead letters without redriving them.
    #[serde(default)]
    dry_run: bool,
}

/// Number of redriven dead letters.
#[derive(Serialize, ToSchema)]
pub(super) struct RedriveCount {
    events: u64,
}

/// The path parameters `event` and `plugin`.
pub(super) struct DeadLetterKey(EventId, InstallationId);

impl<S: Send + Sync> FromRequestParts<S> for DeadLetterKey {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<DeadLetterKey, Problem> {
        let event = path(parts, state, "event").await?;
        Ok(DeadLetterKey(event, path(parts, state, "plugin").await?))
    }
}

/// Lists dead letters
///
/// Events that were given up for a plugin, in log order: the plugin failed on them too often, or they waited
/// too long. They are kept until they are redriven or dropped.
#[utoipa::path(
    get, path = "/v1/dead-letters", operation_id = "listDeadLetters", tag = "runs",
    params(DeadLetterFilter),
    responses((status = 200, description = "One page", body = Page<DeferredEvent>), ListErrors),
)]
pub(super) async fn list(
    State(app): State<App>,
    Query(which): Query<DeadLetterFilter>,
) -> Result<Json<Page<DeferredEvent>>, Problem> {
    let page = page(which.limit, which.after)?;
    let list = move |host: &regulars::Host| host.dead_letters(which.plugin, which.customer, page);
    blocking(&app.host, list).await.map(Json)
}

/// Returns a dead letter
///
/// The event, and every attempt with its failure and logs.
#[utoipa::path(
    get, path = "/v1/dead-letters/{event}/{plugin}", operation_id = "getDeadLetter", tag = "runs",
    params(("event" = EventId, Path), ("plugin" = InstallationId, Path)),
    responses((status = 200, description = "The dead letter", body = DeadLetter), ReadErrors),
)]
pub(super) async fn show(
    State(app): State<App>,
    DeadLetterKey(event, plugin): DeadLetterKey,
) -> Result<Json<DeadLetter>, Problem> {
    blocking(&app.host, move |host| host.dead_letter(event, &plugin))
        .await
        .map(Json)
        .map_err(|problem| problem.not_found_at("event"))
}

/// Redrives a dead letter
///
/// The event is retried with a full number of attempts, before later events of the same customer that wait
/// for the plugin. The plugin sees the customer as of the event.
#[utoipa::path(
    post, path = "/v1/dead-letters/{event}/{plugin}/redrive", operation_id = "redriveDeadLetter", tag = "runs",
    params(("event" = EventId, Path), ("plugin" = InstallationId, Path)),
    responses((status = 204, description = "Queued for a retry"), ChangeErrors),
)]
pub(super) async fn redrive(
    ActingHost(host): ActingHost,
    DeadLetterKey(event, plugin): DeadLetterKey,
) -> Result<StatusCode, Problem> {
    blocking(&host, move |host| host.redrive(event, &plugin))
        .await
        .map(|()| StatusCode::NO_CONTENT)
        .map_err(|problem| problem.not_found_at("event"))
}

/// Redrives many dead letters
///
/// Those of one plugin, or all. Without `plugin`, those of uninstalled plugins stay.
#[utoipa::path(
    post, path = "/v1/dead-letters/redrive", operation_id = "redriveDeadLetters", tag = "runs",
    request_body(content = RedriveRequest, example = json!({ "plugin": "coach-referral", "dry_run": true })),
    responses((status = 200, description = "The number of dead letters", body = RedriveCount), WriteErrors),
)]
pub(super) async fn redrive_all(
    ActingHost(host): ActingHost,
    Body(RedriveRequest { plugin, dry_run }): Body<RedriveRequest>,
) -> Result<Json<RedriveCount>, Problem> {
    let redrive = move |host: &regulars::Host| host.redrive_all(plugin.as_ref(), dry_run);
    let events = blocking(&host, redrive).await?;
    Ok(Json(RedriveCount { events }))
}

/// Drops a dead letter
///
/// The plugin never receives the event. The event itself stays in the log.
#[utoipa::path(
    delete, path = "/v1/dead-letters/{event}/{plugin}", operation_id = "dropDeadLetter", tag = "runs",
    params(("event" = EventId, Path), ("plugin" = InstallationId, Path)),
    responses((status = 204, description = "Dropped"), ChangeErrors),
)]
pub(super) async fn remove(
    ActingHost(host): ActingHost,
    DeadLetterKey(event, plugin): DeadLetterKey,
) -> Result<StatusCode, Problem> {
    blocking(&host, move |host| host.drop_dead_letter(event, &plugin))
        .await
        .map(|()| StatusCode::NO_CONTENT)
        .map_err(|problem| problem.not_found_at("event"))
}
