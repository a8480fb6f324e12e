//! `/v1/inspections`, and how plugins come, change and go below `/v1/plugins`

use axum::Json;
use axum::extract::{FromRequest, Request, State};
use axum::http::StatusCode;
use base64::prelude::{BASE64_STANDARD, Engine};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use utoipa::{IntoParams, ToSchema};

use super::openapi::{ChangeErrors, ReadErrors, WriteErrors};
use crate::host::{InstallRequest, LeftMemory, RollbackRequest, UpgradeRequest};
use crate::http::extract::auth::Acting;
use crate::http::extract::problem::{Problem, ProblemKind};
use crate::http::extract::{Body, Id, Query, body};
use crate::http::{App, blocking};
use crate::model::*;
use crate::plugin::{Inspection, VersionDiff};

/// A component.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Upload {
    /// Its bytes, in base64 (RFC 4648 §4).
    #[schema(content_encoding = "base64")]
    wasm: String,
}

/// A component to be installed.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewPlugin {
    /// Its bytes, in base64 (RFC 4648 §4).
    #[schema(content_encoding = "base64")]
    wasm: String,
    /// Where it came from, in your words; it is shown with it.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 500)]
    source: Option<String>,
    /// What it is called here; the name it gives itself where none is given.
    #[serde(default)]
    #[schema(value_type = Option<InstallationId>)]
    id: Option<InstallationId>,
    /// What it is granted: everything that it asks for, but `service`, where none are given. An inspection tells what
    /// that is.
    #[serde(default)]
    grants: Option<Grants>,
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    settings: Option<serde_json::Map<String, serde_json::Value>>,
    /// Decides between proposals of one purpose: higher goes first.
    #[serde(default)]
    priority: Option<i32>,
    /// Installs it without switching it on.
    #[serde(default)]
    disabled: bool,
}

/// Another version of a plugin.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewVersion {
    /// Its bytes, in base64 (RFC 4648 §4).
    #[schema(content_encoding = "base64")]
    wasm: String,
    /// Where it came from, in your words; it is shown with it.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 500)]
    source: Option<String>,
    /// A person's yes to whatever it asks for beyond the installed version.
    #[serde(default)]
    accept_wider: bool,
    /// What it is granted instead; that is a yes too.
    #[serde(default)]
    grants: Option<Grants>,
    /// As before where none are given.
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    settings: Option<serde_json::Map<String, serde_json::Value>>,
    /// The installation's `version` that you looked at when you decided: where it is another by now, the answer is 409,
    /// and nothing is changed.
    #[serde(default)]
    decided_on: Option<u64>,
}

/// Which version to return to.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Back {
    /// A version that is kept, or its digest; the newest where none is given.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 80)]
    to: Option<String>,
    /// A person's yes to whatever it was granted then beyond what the installed version is granted.
    #[serde(default)]
    accept_wider: bool,
    /// What it is granted instead; that is a yes too.
    #[serde(default)]
    grants: Option<Grants>,
    /// As they were then where none are given.
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    settings: Option<serde_json::Map<String, serde_json::Value>>,
    /// The installation's `version` that you looked at when you decided: where it is another by now, the answer is 409,
    /// and nothing is changed.
    #[serde(default)]
    decided_on: Option<u64>,
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Leaving {
    /// What becomes of what it remembers; kept where it is not said.
    #[serde(default)]
    #[param(inline)]
    memory: Option<Left>,
}

#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum Left {
    Keep,
    Purge,
}

/// A JSON object that holds a component.
pub(super) struct Large<T>(T);

impl<T: DeserializeOwned> FromRequest<App> for Large<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &App) -> Result<Large<T>, Problem> {
        let component = app.host.runtime_config().max_component_bytes;
        let encoded = usize::try_from(component / 3 * 4 + 4).unwrap_or(usize::MAX);
        let most = encoded.saturating_add(app.limits.config.max_body);
        body(request, app, most).await.map(Large)
    }
}

/// Inspect a component
///
/// What it asks for and why it says so, what of that is unusual, and what it imports. Nothing is installed: it is asked
/// to describe itself in a sandbox that has nothing in it.
#[utoipa::path(
    post, path = "/v1/inspections", operation_id = "inspectPlugin", tag = "plugins",
    request_body = Upload,
    responses((status = 200, description = "What it is", body = Inspection), WriteErrors),
)]
pub(super) async fn inspect(
    State(app): State<App>,
    Large(upload): Large<Upload>,
) -> Result<Json<Inspection>, Problem> {
    let wasm = decoded(&upload.wasm)?;
    blocking(&app.host, move |host| host.inspect(wasm))
        .await
        .map(Json)
}

/// Install a plugin
///
/// It starts with the next event. What an uninstalled version of it left in memory is taken over, and what another plugin
/// left under this id refuses it, until that is purged.
#[utoipa::path(
    post, path = "/v1/plugins", operation_id = "installPlugin", tag = "plugins",
    request_body = NewPlugin,
    responses((status = 201, description = "Installed", body = Installation), WriteErrors),
)]
pub(super) async fn install(
    Acting(host): Acting,
    Large(new): Large<NewPlugin>,
) -> Result<(StatusCode, Json<Installation>), Problem> {
    let mut request = InstallRequest::new(decoded(&new.wasm)?, source(new.source)?);
    request.id = new.id;
    request.grants = new.grants;
    request.settings = new.settings.map(Into::into);
    request.priority = new.priority;
    request.state = new.disabled.then_some(InstallationState::Disabled);
    let installed = blocking(&host, move |host| host.install(request)).await?;
    Ok((StatusCode::CREATED, Json(installed)))
}

/// Compare a version
///
/// What it asks for otherwise than the installed version. Nothing is changed.
#[utoipa::path(
    post, path = "/v1/plugins/{id}/compare", operation_id = "comparePlugin", tag = "plugins",
    params(("id" = InstallationId, Path)),
    request_body = Upload,
    responses((status = 200, description = "The difference", body = VersionDiff), WriteErrors),
)]
pub(super) async fn compare(
    State(app): State<App>,
    Id(id): Id<InstallationId>,
    Large(upload): Large<Upload>,
) -> Result<Json<VersionDiff>, Problem> {
    let wasm = decoded(&upload.wasm)?;
    blocking(&app.host, move |host| host.compare(&id, wasm))
        .await
        .map(Json)
}

/// Upgrade a plugin
///
/// What it remembers, its settings, and whatever of its grants is still asked for, are taken over. Where this version
/// asks for more, the answer is 409 `wider-asks`, and the installed version works on, unless `accept_wider` or
/// `grants` says yes.
#[utoipa::path(
    post, path = "/v1/plugins/{id}/upgrade", operation_id = "upgradePlugin", tag = "plugins",
    params(("id" = InstallationId, Path)),
    request_body = NewVersion,
    responses((status = 200, description = "The installation, of the new version", body = Installation), WriteErrors),
)]
pub(super) async fn upgrade(
    Acting(host): Acting,
    Id(id): Id<InstallationId>,
    Large(new): Large<NewVersion>,
) -> Result<Json<Installation>, Problem> {
    let mut request = UpgradeRequest::new(decoded(&new.wasm)?, source(new.source)?);
    request.accept_wider = new.accept_wider;
    request.grants = new.grants;
    request.settings = new.settings.map(Into::into);
    request.decided_on = new.decided_on;
    blocking(&host, move |host| host.upgrade(&id, request))
        .await
        .map(Json)
}

/// Return to a version of before
///
/// With its grants and settings, and with what it remembered when it was replaced. Where it was granted more than the
/// installed version is, the answer is 409 `wider-asks`, and nothing is changed, unless `accept_wider` or `grants` says yes.
#[utoipa::path(
    post, path = "/v1/plugins/{id}/rollback", operation_id = "rollBackPlugin", tag = "plugins",
    params(("id" = InstallationId, Path)),
    request_body = Back,
    responses((status = 200, description = "The installation, as it was", body = Installation), WriteErrors),
)]
pub(super) async fn rollback(
    Acting(host): Acting,
    Id(id): Id<InstallationId>,
    Body(back): Body<Back>,
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

/// List a plugin's versions
///
/// The installed one, then those that can be returned to, newest first.
#[utoipa::path(
    get, path = "/v1/plugins/{id}/versions", operation_id = "listPluginVersions", tag = "plugins",
    params(("id" = InstallationId, Path)),
    responses((status = 200, description = "All of them", body = Page<PluginVersion>), ReadErrors),
)]
pub(super) async fn versions(
    State(app): State<App>,
    Id(id): Id<InstallationId>,
) -> Result<Json<Page<PluginVersion>>, Problem> {
    let items = blocking(&app.host, move |host| host.plugin_versions(&id)).await?;
    Ok(Json(Page { items, next: None }))
}

/// Uninstall a plugin
///
/// Its settings, secrets, grants, versions, schedules and timers go, with what waits for it. Its open cards and questions are
/// dismissed, its messages that wait are cancelled; tasks stay. So does what it remembers, unless `memory` is `purge`, now or
/// later: installed again under the same id, it finds it, and another version takes it over.
#[utoipa::path(
    delete, path = "/v1/plugins/{id}", operation_id = "uninstallPlugin", tag = "plugins",
    params(("id" = InstallationId, Path), Leaving),
    responses((status = 204, description = "Uninstalled"), ChangeErrors),
)]
pub(super) async fn uninstall(
    Acting(host): Acting,
    Id(id): Id<InstallationId>,
    Query(leaving): Query<Leaving>,
) -> Result<StatusCode, Problem> {
    let memory = match leaving.memory {
        Some(Left::Purge) => LeftMemory::Purge,
        Some(Left::Keep) | None => LeftMemory::Keep,
    };
    blocking(&host, move |host| host.uninstall(&id, memory)).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn decoded(wasm: &str) -> Result<Vec<u8>, Problem> {
    BASE64_STANDARD.decode(wasm).map_err(|error| {
        let detail = format!("this is not base64: {error}");
        Problem::new(ProblemKind::InvalidValue, detail).at("/wasm")
    })
}

fn source(source: Option<String>) -> Result<String, Problem> {
    let source = source.unwrap_or_else(|| "the HTTP API".to_owned());
    let length = source.chars().count();
    if (1..=500).contains(&length) && !source.chars().any(crate::text::hidden) {
        return Ok(source);
    }
    let detail = "1 to 500 characters on one line are expected";
    Err(Problem::new(ProblemKind::InvalidValue, detail).at("/source"))
}
