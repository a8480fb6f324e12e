//! `/v1/plugins`

use axum::Json;
use axum::extract::State;

use super::openapi::{ChangeErrors, ListErrors, ReadErrors, WriteErrors};
use crate::host::Host;
use crate::http::extract::auth::Acting;
use crate::http::extract::problem::Problem;
use crate::http::extract::{Body, Id};
use crate::http::{App, blocking};
use crate::model::{Installation, InstallationId, InstallationState, Page, PluginLimits};

/// List plugins
///
/// Every installation, by id, on one page.
#[utoipa::path(
    get, path = "/v1/plugins", operation_id = "listPlugins", tag = "plugins",
    responses((status = 200, description = "All of them", body = Page<Installation>), ListErrors),
)]
pub(super) async fn list(State(app): State<App>) -> Json<Page<Installation>> {
    Json(Page {
        items: app.host.installations(),
        next: None,
    })
}

/// Show a plugin
///
/// Its manifest, what it was granted, its settings and its state.
#[utoipa::path(
    get, path = "/v1/plugins/{id}", operation_id = "getPlugin", tag = "plugins",
    params(("id" = InstallationId, Path)),
    responses((status = 200, description = "The installation", body = Installation), ReadErrors),
)]
pub(super) async fn show(
    State(app): State<App>,
    Id(id): Id<InstallationId>,
) -> Result<Json<Installation>, Problem> {
    Ok(Json(app.host.installation(&id)?))
}

/// Switch a plugin on
///
/// It starts with the next event.
#[utoipa::path(
    post, path = "/v1/plugins/{id}/enable", operation_id = "enablePlugin", tag = "plugins",
    params(("id" = InstallationId, Path)),
    responses((status = 200, description = "The installation, on", body = Installation), ChangeErrors),
)]
pub(super) async fn enable(
    Acting(host): Acting,
    Id(id): Id<InstallationId>,
) -> Result<Json<Installation>, Problem> {
    set_state(&host, id, InstallationState::Enabled).await
}

/// Switch a plugin off
///
/// What it proposed stays; while off it sees nothing.
#[utoipa::path(
    post, path = "/v1/plugins/{id}/disable", operation_id = "disablePlugin", tag = "plugins",
    params(("id" = InstallationId, Path)),
    responses((status = 200, description = "The installation, off", body = Installation), ChangeErrors),
)]
pub(super) async fn disable(
    Acting(host): Acting,
    Id(id): Id<InstallationId>,
) -> Result<Json<Installation>, Problem> {
    set_state(&host, id, InstallationState::Disabled).await
}

/// Resume a quarantined plugin
///
/// What waited for it reaches it from now on, as fast as its limits allow. One that is switched on already
/// stays as it is.
#[utoipa::path(
    post, path = "/v1/plugins/{id}/resume", operation_id = "resumePlugin", tag = "plugins",
    params(("id" = InstallationId, Path)),
    responses((status = 200, description = "The installation, on", body = Installation), ChangeErrors),
)]
pub(super) async fn resume(
    Acting(host): Acting,
    Id(id): Id<InstallationId>,
) -> Result<Json<Installation>, Problem> {
    blocking(&host, move |host| host.resume_plugin(&id))
        .await
        .map(Json)
}

/// Set what a plugin may use
///
/// Members that are left out are as the host's configuration says.
#[utoipa::path(
    put, path = "/v1/plugins/{id}/limits", operation_id = "setPluginLimits", tag = "plugins",
    params(("id" = InstallationId, Path)),
    request_body(content = PluginLimits, example = json!({ "runs_per_second": 100 })),
    responses((status = 200, description = "The installation with its limits", body = Installation), WriteErrors),
)]
pub(super) async fn limits(
    Acting(host): Acting,
    Id(id): Id<InstallationId>,
    Body(limits): Body<PluginLimits>,
) -> Result<Json<Installation>, Problem> {
    let set = move |host: &Host| host.set_plugin_limits(&id, limits);
    blocking(&host, set)
        .await
        .map(Json)
        .map_err(|problem| under(problem, "/limits"))
}

async fn set_state(
    host: &Host,
    id: InstallationId,
    state: InstallationState,
) -> Result<Json<Installation>, Problem> {
    blocking(host, move |host| host.set_plugin_state(&id, state))
        .await
        .map(Json)
}

/// Replace a plugin's settings
///
/// The body is the settings, checked against the schema in the plugin's manifest. Secrets (`writeOnly`) that are left
/// out stay as they are, and null forgets one; what is set of them is in no answer.
#[utoipa::path(
    put, path = "/v1/plugins/{id}/settings", operation_id = "setPluginSettings", tag = "plugins",
    params(("id" = InstallationId, Path)),
    request_body(content = Object, example = json!({ "visits": 12 })),
    responses((status = 200, description = "The installation as it is set now", body = Installation), WriteErrors),
)]
pub(super) async fn settings(
    Acting(host): Acting,
    Id(id): Id<InstallationId>,
    Body(settings): Body<serde_json::Map<String, serde_json::Value>>,
) -> Result<Json<Installation>, Problem> {
    let set = move |host: &Host| host.set_plugin_settings(&id, settings.into());
    blocking(&host, set)
        .await
        .map(Json)
        .map_err(|problem| under(problem, "/settings"))
}

/// The host points into the installation, the caller sent one member of it alone.
fn under(mut problem: Problem, member: &str) -> Problem {
    let field = problem.field.as_deref();
    if let Some(inner) = field.and_then(|field| field.strip_prefix(member)) {
        problem.field = Some(inner.into());
    }
    problem
}
