//! `/v1/keys`

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;

use super::openapi::{ChangeErrors, ListErrors, WriteErrors};
use crate::host::NewKey;
use crate::http::extract::auth::Acting;
use crate::http::extract::problem::Problem;
use crate::http::extract::{Body, Id};
use crate::http::{App, blocking};
use crate::model::{KeyId, Page};
use crate::store::ApiKey;

/// A key as it was made.
#[derive(Serialize, ToSchema)]
pub(super) struct MadeKey {
    #[serde(flatten)]
    key: ApiKey,
    /// Keep it: it is in no other answer, and only its hash is stored.
    secret: String,
}

/// List keys
///
/// All of them are on one page, by age, without their secrets.
#[utoipa::path(
    get, path = "/v1/keys", operation_id = "listKeys", tag = "host",
    responses((status = 200, description = "All of them", body = Page<ApiKey>), ListErrors),
)]
pub(super) async fn list(State(app): State<App>) -> Result<Json<Page<ApiKey>>, Problem> {
    let items = blocking(&app.host, |host| host.keys()).await?;
    Ok(Json(Page { items, next: None }))
}

/// Make a key
///
/// Its secret is in this answer and in no other.
#[utoipa::path(
    post, path = "/v1/keys", operation_id = "createKey", tag = "host",
    request_body(content = NewKey, example = json!({ "name": "till-2", "scopes": ["app"] })),
    responses((status = 201, description = "Made", body = MadeKey), WriteErrors),
)]
pub(super) async fn create(
    Acting(host): Acting,
    Body(new): Body<NewKey>,
) -> Result<(StatusCode, Json<MadeKey>), Problem> {
    let (key, secret) = blocking(&host, move |host| host.create_key(new)).await?;
    Ok((StatusCode::CREATED, Json(MadeKey { key, secret })))
}

/// Revoke a key
///
/// It opens nothing from now on, and what it has open ends.
#[utoipa::path(
    delete, path = "/v1/keys/{id}", operation_id = "revokeKey", tag = "host",
    params(("id" = KeyId, Path)),
    responses((status = 204, description = "Revoked"), ChangeErrors),
)]
pub(super) async fn revoke(Acting(host): Acting, Id(id): Id<KeyId>) -> Result<StatusCode, Problem> {
    blocking(&host, move |host| host.revoke_key(id)).await?;
    Ok(StatusCode::NO_CONTENT)
}
