//! `/v1/inspections` and the plugin lifecycle below `/v1/plugins`.

use axum::Json;
use axum::extract::{FromRequest, Request, State};
use axum::http::StatusCode;
use base64::prelude::{BASE64_STANDARD, Engine};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use utoipa::{IntoParams, ToSchema};

use super::openapi::{ChangeErrors, ReadErrors, WriteErrors};
use crate::extract::auth::ActingHost;
use crate::extract::problem::{Problem, ProblemKind};
use crate::extract::{Body, Id, Query, body};
use crate::{App, blocking};
use regulars::host::{InstallRequest, LeftMemory, RollbackRequest, UpgradeRequest};
use regulars::model::*;
use regulars::plugin::{Inspection, VersionDiff};

/// A component to inspect or compare.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ComponentUpload {
    /// The component's bytes, in base64 (RFC 4648 §4).
    #[schema(content_encoding = "base64")]
    wasm: String,
}

/// A plugin to install.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewPlugin {
    /// The component's bytes, in base64 (RFC 4648 §4).
    #[schema(content_encoding = "base64")]
    wasm: String,
    /// Free text that names the component's origin. It is shown with the installation.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 500)]
    source: Option<String>,
    /// The installation's id. Omitted: the manifest's own id.
    #[serde(default)]
    #[schema(value_type = Option<InstallationId>)]
    id: Option<InstallationId>,
    /// Permissions to grant. Omitted: everything that the manifest requests, except `service`. An inspection
    /// lists the requests.
    #[serde(default)]
    grants: Option<Grants>,
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    settings: Option<serde_json::Map<String, serde_json::Value>>,
    /// Order of competing proposals with the same purpose: higher goes first.
    #[serde(default)]
    priority: Option<i32>,
    /// Installs the plugin without enabling it.
    #[serde(default)]
    disabled: bool,
}

/// A new version of an installed plugin.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewVersion {
    /// The component's bytes, in base64 (RFC 4648 §4).
    #[schema(content_encoding = "base64")]
    wasm: String,
    /// Free text that names the component's origin. It is shown with the installation.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 500)]
    source: Option<String>,
    /// Accepts everything that the new version requests beyond the installed one. Set it only after a person
    /// has agreed.
    #[serde(default)]
    accept_wider: bool,
    /// Permissions to grant in place of the requested ones. This also accepts wider requests.
    #[serde(default)]
    grants: Option<Grants>,
    /// New settings. Omitted: unchanged.
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    settings: Option<serde_json::Map<String, serde_json::Value>>,
    /// The installation's `version` on which the decision was based. If it has changed, the status is 409 and
    /// nothing changes.
    #[serde(default)]
    decided_on: Option<u64>,
}

/// A rollback to an earlier version.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RollbackBody {
    /// A stored version or its digest. Omitted: the newest one.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 80)]
    to: Option<String>,
    /// Accepts everything that was granted to the earlier version beyond the installed one. Set it only after
    /// a person has agreed.
    #[serde(default)]
    accept_wider: bool,
    /// Permissions to grant in place of the earlier ones. This also accepts wider grants.
    #[serde(default)]
    grants: Option<Grants>,
    /// New settings. Omitted: those of the earlier version.
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    settings: Option<serde_json::Map<String, serde_json::Value>>,
    /// The installation's `version` on which the decision was based. If it has changed, the status is 409 and
    /// nothing changes.
    #[serde(default)]
    decided_on: Option<u64>,
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct UninstallQuery {
    /// The fate of the plugin's memory: `keep` or `purge`. Omitted: `keep`.
    #[serde(default)]
    #[param(inline)]
    memory: Option<MemoryFate>,
}

#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum MemoryFate {
    Keep,
    Purge,
}

/// A JSON object that contains a component, with a larger size limit.
pub(super) struct LargeBody<T>(T);

impl<T: DeserializeOwned> FromRequest<App> for LargeBody<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &App) -> Result<LargeBody<T>, Problem> {
        let component = app.host.runtime_config().max_component_bytes;
        let encoded = usize::try_from(component / 3 * 4 + 4).unwrap_or(usize::MAX);
        let most = encoded.saturating_add(app.limits.config.max_body);
        body(request, app, most).await.map(LargeBody)
    }
}

/// Inspects a component
///
/// Lists the component's requests with their reasons, the unusual ones among them, and its imports. Nothing
/// is installed: the component describes itself in an empty sandbox.
#[utoipa::path(
    post, path = "/v1/inspections", operation_id = "inspectPlugin", tag = "plugins",
    request_body = ComponentUpload,
    responses((status = 200, description = "The inspection", body = Inspection), WriteErrors),
)]
pub(super) async fn inspect(
    State(app): State<App>,
    LargeBody(upload): LargeBody<ComponentUpload>,
) -> Result<Json<Inspection>, Problem> {
    let wasm = decode(&upload.wasm)?;
    blocking(&app.host, move |host| host.inspect(wasm))
        .await
        .map(Json)
}

/// Installs a plugin
///
/// The plugin starts with the next event. It takes over the memory of an uninstalled version of itself. If
/// another plugin left memory under this id, the installation is rejected until that memory is purged.
#[utoipa::path(
    post, path = "/v1/plugins", operation_id = "installPlugin", tag = "plugins",
    request_body = NewPlugin,
    responses((status = 201, description = "Installed", body = Installation), WriteErrors),
)]
pub(super) async fn install(
    ActingHost(host): ActingHost,
    LargeBody(new): LargeBody<NewPlugin>,
) -> Result<(StatusCode, Json<Installation>), Problem> {
    let mut request = InstallRequest::new(decode(&new.wasm)?, checked_source(new.source)?);
    request.id = new.id;
    request.grants = new.grants;
    request.settings = new.settings.map(Into::into);
    request.priority = new.priority;
    request.state = new.disabled.then_some(InstallationState::Disabled);
    let installed = blocking(&host, move |host| host.install(request)).await?;
    Ok((StatusCode::CREATED, Json(installed)))
}

/// Compares a component with the installed version
///
/// Lists the differences between the requests of both versions. Nothing changes.
#[utoipa::path(
    post, path = "/v1/plugins/{id}/compare", operation_id = "comparePlugin", tag = "plugins",
    params(("id" = InstallationId, Path)),
    request_body = ComponentUpload,
    responses((status = 200, description = "The difference", body = VersionDiff), WriteErrors),
)]
pub(super) async fn compare(
    State(app): State<App>,
    Id(id): Id<InstallationId>,
    LargeBody(upload): LargeBody<ComponentUpload>,
) -> Result<Json<VersionDiff>, Problem> {
    let wasm = decode(&upload.wasm)?;
    blocking(&app.host, move |host| host.compare(&id, wasm))
        .await
        .map(Json)
}

/// Upgrades a plugin
///
/// The new version takes over the memory, the settings and all grants that it still requests. If it requests
/// more, the status is 409 `wider-asks` and the installed version continues, unless `accept_wider` or
/// `grants` accepts the requests.
#[utoipa::path(
    post, path = "/v1/plugins/{id}/upgrade", operation_id = "upgradePlugin", tag = "plugins",
    params(("id" = InstallationId, Path)),
    request_body = NewVersion,
    responses((status = 200, description = "The installation with its new version", body = Installation), WriteErrors),
)]
pub(super) async fn upgrade(
    ActingHost(host): ActingHost,
    Id(id): Id<InstallationId>,
    LargeBody(new): LargeBody<NewVersion>,
) -> Result<Json<Installation>, Problem> {
    let mut request = UpgradeRequest::new(decode(&new.wasm)?, checked_source(new.source)?);
    request.accept_wider = new.accept_wider;
    request.grants = new.grants;
    request.settings = new.settings.map(Into::into);
    request.decided_on = new.decided_on;
    blocking(&host, move |host| host.upgrade(&id, request))
        .await
        .map(Json)
}

/// Rolls a plugin back
///
/// Restores an earlier version with its grants, its settings and the memory that it had when it was replaced.
/// If it was granted more than the installed version, the status is 409 `wider-asks` and nothing changes,
/// unless `accept_wider` or `grants` accepts it.
#[utoipa::path(
    post, path = "/v1/plugins/{id}/rollback", operation_id = "rollBackPlugin", tag = "plugins",
    params(("id" = InstallationId, Path)),
    request_body = RollbackBody,
    responses((status = 200, description = "The installation with its earlier version", body = Installation), WriteErrors),
)]
pub(super) async fn rollback(
    ActingHost(host): ActingHost,
    Id(id): Id<InstallationId>,
    Body(back): Body<RollbackBody>,
) -> Result<Json<Installation>, Problem> {
    let request = RollbackRequest {
        to: back.to,
        accept_wider: back.accept_wider,
        grants: back.grants,
        settings: back.settings.map(Into::into),
        decided_on: back.decided_on,
    };
    blocking(&host, move |host| host.rollback(&id, request))
        .await
        .map(Json)
}

/// Lists a plugin's versions
///
/// The installed version, then the stored earlier versions, newest first.
#[utoipa::path(
    get, path = "/v1/plugins/{id}/versions", operation_id = "listPluginVersions", tag = "plugins",
    params(("id" = InstallationId, Path)),
    responses((status = 200, description = "All versions", body = Page<PluginVersion>), ReadErrors),
)]
pub(super) async fn versions(
    State(app): State<App>,
    Id(id): Id<InstallationId>,
) -> Result<Json<Page<PluginVersion>>, Problem> {
    let items = blocking(&app.host, move |host| host.plugin_versions(&id)).await?;
    Ok(Json(Page { items, next: None }))
}

/// Uninstalls a plugin
///
/// Removes the plugin's settings, secrets, grants, versions, schedules, timers and waiting events. Its open
/// cards and questions are dismissed, and its queued messages are cancelled; tasks stay.
/// The memory stays unless `memory` is `purge`. A later installation under the same id takes it over,
/// whatever its version.
#[utoipa::path(
    delete, path = "/v1/plugins/{id}", operation_id = "uninstallPlugin", tag = "plugins",
    params(("id" = InstallationId, Path), UninstallQuery),
    responses((status = 204, description = "Uninstalled"), ChangeErrors),
)]
pub(super) async fn uninstall(
    ActingHost(host): ActingHost,
    Id(id): Id<InstallationId>,
    Query(leaving): Query<UninstallQuery>,
) -> Result<StatusCode, Problem> {
    let memory = match leaving.memory {
        Some(MemoryFate::Purge) => LeftMemory::Purge,
        Some(MemoryFate::Keep) | None => LeftMemory::Keep,
    };
    blocking(&host, move |host| host.uninstall(&id, memory)).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn decode(wasm: &str) -> Result<Vec<u8>, Problem> {
    BASE64_STANDARD.decode(wasm).map_err(|error| {
        let detail = format!("invalid base64: {error}");
        Problem::new(ProblemKind::InvalidValue, detail).at("/wasm")
    })
}

fn checked_source(source: Option<String>) -> Result<String, Problem> {
    let source = source.unwrap_or_else(|| "the HTTP API".to_owned());
    let length = source.chars().count();
    if (1..=500).contains(&length) && !source.chars().any(regulars::text::hidden) {
        return Ok(source);
    }
    let detail = "invalid source: expected 1 to 500 characters on one line";
    Err(Problem::new(ProblemKind::InvalidValue, detail).at("/source"))
}
