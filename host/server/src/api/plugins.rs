//! `/v1/plugins`

use axum::Json;
use axum::extract::State;

use super::openapi::{ChangeErrors, ListErrors, ReadErrors, WriteErrors};
use crate::extract::auth::ActingHost;
use crate::extract::problem::Problem;
use crate::extract::{Body, Id};
use crate::{App, blocking};
use regulars::host::Host;
use regulars::model::{Installation, InstallationId, InstallationState, Page, PluginLimits};

/// Lists plugins
///
/// All installations, by id, on one page.
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

/// Returns a plugin
///
/// Its manifest, grants, settings and state.
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

/// Enables a plugin
///
/// The plugin starts with the next event.
#[utoipa::path(
    post, path = "/v1/plugins/{id}/enable", operation_id = "enablePlugin", tag = "plugins",
    params(("id" = InstallationId, Path)),
    responses((status = 200, description = "The installation, enabled", body = Installation), ChangeErrors),
)]
pub(super) async fn enable(
    ActingHost(host): ActingHost,
    Id(id): Id<InstallationId>,
) -> Result<Json<Installation>, Problem> {
    set_state(&host, id, InstallationState::Enabled).await
}

/// Disables a plugin
///
/// Its proposals stay. It receives no events while it is disabled.
#[utoipa::path(
    post, path = "/v1/plugins/{id}/disable", operation_id = "disablePlugin", tag = "plugins",
    params(("id" = InstallationId, Path)),
    responses((status = 200, description = "The installation, disabled", body = Installation), ChangeErrors),
)]
pub(super) async fn disable(
    ActingHost(host): ActingHost,
    Id(id): Id<InstallationId>,
) -> Result<Json<Installation>, Problem> {
    set_state(&host, id, InstallationState::Disabled).await
}

/// Resumes a quarantined plugin
///
/// The plugin receives its waiting events from now on, as fast as its limits allow. An enabled plugin stays
/// unchanged.
#[utoipa::path(
    post, path = "/v1/plugins/{id}/resume", operation_id = "resumePlugin", tag = "plugins",
    params(("id" = InstallationId, Path)),
    responses((status = 200, description = "The installation, enabled", body = Installation), ChangeErrors),
)]
pub(super) async fn resume(
    ActingHost(host): ActingHost,
    Id(id): Id<InstallationId>,
) -> Result<Json<Installation>, Problem> {
    blocking(&host, move |host| host.resume_plugin(&id))
        .await
        .map(Json)
}

/// Sets a plugin's limits
///
/// Omitted members take the values of the host's configuration.
#[utoipa::path(
    put, path = "/v1/plugins/{id}/limits", operation_id = "setPluginLimits", tag = "plugins",
    params(("id" = InstallationId, Path)),
    request_body(content = PluginLimits, example = json!({ "runs_per_second": 100 })),
    responses((status = 200, description = "The installation with its limits", body = Installation), WriteErrors),
)]
pub(super) async fn limits(
    ActingHost(host): ActingHost,
    Id(id): Id<InstallationId>,
    Body(limits): Body<PluginLimits>,
) -> Result<Json<Installation>, Problem> {
    let set = move |host: &Host| host.set_plugin_limits(&id, limits);
    blocking(&host, set)
        .await
        .map(Json)
        .map_err(|problem| relative_to(problem, "/limits"))
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

/// Replaces a plugin's settings
///
/// The body is validated against the settings schema in the plugin's manifest. Omitted secrets (`writeOnly`)
/// stay unchanged, and null removes one. No response contains them.
#[utoipa::path(
    put, path = "/v1/plugins/{id}/settings", operation_id = "setPluginSettings", tag = "plugins",
    params(("id" = InstallationId, Path)),
    request_body(content = Object, example = json!({ "visits": 12 })),
    responses((status = 200, description = "The installation with its new settings", body = Installation), WriteErrors),
)]
pub(super) async fn settings(
    ActingHost(host): ActingHost,
    Id(id): Id<InstallationId>,
    Body(settings): Body<serde_json::Map<String, serde_json::Value>>,
) -> Result<Json<Installation>, Problem> {
    let set = move |host: &Host| host.set_plugin_settings(&id, settings.into());
    blocking(&host, set)
        .await
        .map(Json)
        .map_err(|problem| relative_to(problem, "/settings"))
}

/// Removes `member` from the start of the problem's pointer: the body is only that member.
fn relative_to(mut problem: Problem, member: &str) -> Problem {
    let field = problem.field.as_deref();
    if let Some(inner) = field.and_then(|field| field.strip_prefix(member)) {
        problem.field = Some(inner.into());
    }
    problem
}
