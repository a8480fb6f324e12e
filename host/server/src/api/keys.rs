//! `/v1/keys`

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;

use super::openapi::{ChangeErrors, ListErrors, WriteErrors};
use crate::extract::auth::ActingHost;
use crate::extract::problem::Problem;
use crate::extract::{Body, Id};
use crate::{App, blocking};
use regulars::host::NewKey;
use regulars::model::{KeyId, Page};
use regulars::store::ApiKey;

/// A newly created key.
#[derive(Serialize, ToSchema)]
pub(super) struct CreatedKey {
    #[serde(flatten)]
    key: ApiKey,
    /// The secret. No other response contains it, and only its hash is stored.
    secret: String,
}

/// Lists keys
///
/// All keys are on one page, oldest first, without their secrets.
#[utoipa::path(
    get, path = "/v1/keys", operation_id = "listKeys", tag = "host",
    responses((status = 200, description = "All of them", body = Page<ApiKey>), ListErrors),
)]
pub(super) async fn list(State(app): State<App>) -> Result<Json<Page<ApiKey>>, Problem> {
    let items = blocking(&app.host, |host| host.keys()).await?;
    Ok(Json(Page { items, next: None }))
}

/// Creates a key
///
/// Only this response contains the secret.
#[utoipa::path(
    post, path = "/v1/keys", operation_id = "createKey", tag = "host",
    request_body(content = NewKey, example = json!({ "name": "till-2", "scopes": ["app"] })),
    responses((status = 201, description = "Created", body = CreatedKey), WriteErrors),
)]
pub(super) async fn create(
    ActingHost(host): ActingHost,
    Body(new): Body<NewKey>,
) -> Result<(StatusCode, Json<CreatedKey>), Problem> {
    let (key, secret) = blocking(&host, move |host| host.create_key(new)).await?;
    Ok((StatusCode::CREATED, Json(CreatedKey { key, secret })))
}

/// Revokes a key
///
/// The key is invalid from now on, and its open requests and streams end.
#[utoipa::path(
    delete, path = "/v1/keys/{id}", operation_id = "revokeKey", tag = "host",
    params(("id" = KeyId, Path)),
    responses((status = 204, description = "Revoked"), ChangeErrors),
)]
pub(super) async fn revoke(
    ActingHost(host): ActingHost,
    Id(id): Id<KeyId>,
) -> Result<StatusCode, Problem> {
    blocking(&host, move |host| host.revoke_key(id)).await?;
    Ok(StatusCode::NO_CONTENT)
}
