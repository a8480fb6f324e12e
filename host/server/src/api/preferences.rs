//! `/v1/customers/{id}/preferences`, `/v1/customers/{id}/consents`

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;

use super::openapi::{ListErrors, ReadErrors, WriteErrors};
use super::timeline::PageQuery;
use crate::extract::problem::Problem;
use crate::extract::{Body, Id, Query, page};
use crate::{App, blocking};
use regulars::host::NewConsent;
use regulars::model::*;

/// Returns a customer's contact preferences
///
/// The level and topics are in the customer's record.
#[utoipa::path(
    get, path = "/v1/customers/{id}/preferences", operation_id = "getPreferences", tag = "contact",
    params(("id" = CustomerId, Path)),
    responses((status = 200, description = "The preferences", body = Preferences), ReadErrors),
)]
pub(super) async fn show(
    State(app): State<App>,
    Id(id): Id<CustomerId>,
) -> Result<Json<Preferences>, Problem> {
    Ok(Json(app.host.preferences(id)?))
}

/// Replaces a customer's contact preferences
///
/// If the customer now wants less, their queued messages are cancelled before the response, except for
/// service.
#[utoipa::path(
    put, path = "/v1/customers/{id}/preferences", operation_id = "putPreferences", tag = "contact",
    params(("id" = CustomerId, Path)),
    request_body(content = Preferences, example = json!({ "paused_until": "2027-03-01T00:00:00Z", "channels": ["email"] })),
    responses((status = 200, description = "The new preferences", body = Preferences), WriteErrors),
)]
pub(super) async fn put(
    State(app): State<App>,
    Id(id): Id<CustomerId>,
    Body(preferences): Body<Preferences>,
) -> Result<Json<Preferences>, Problem> {
    blocking(&app.host, move |host| host.set_preferences(id, preferences))
        .await
        .map(Json)
}

/// Lists a customer's consents
///
/// Newest first. The newest entry for a kind of contact point and a purpose applies. Without an entry the
/// consent is unknown, which never counts as given.
#[utoipa::path(
    get, path = "/v1/customers/{id}/consents", operation_id = "listConsents", tag = "contact",
    params(("id" = CustomerId, Path), PageQuery),
    responses((status = 200, description = "One page", body = Page<Consent>), ListErrors, ReadErrors),
)]
pub(super) async fn consents(
    State(app): State<App>,
    Id(id): Id<CustomerId>,
    Query(part): Query<PageQuery>,
) -> Result<Json<Page<Consent>>, Problem> {
    let page = page(part.limit, part.after)?;
    blocking(&app.host, move |host| host.consents(id, page))
        .await
        .map(Json)
}

/// Records a consent
///
/// If it withdraws an earlier consent, queued messages for that purpose are cancelled before the response.
#[utoipa::path(
    post, path = "/v1/customers/{id}/consents", operation_id = "recordConsent", tag = "contact",
    params(("id" = CustomerId, Path)),
    request_body(content = NewConsent, example = json!({ "kind": "email", "purpose": "education", "state": "given", "source": "staff" })),
    responses((status = 201, description = "Recorded", body = Consent), WriteErrors),
)]
pub(super) async fn consent(
    State(app): State<App>,
    Id(id): Id<CustomerId>,
    Body(new): Body<NewConsent>,
) -> Result<(StatusCode, Json<Consent>), Problem> {
    let consent = blocking(&app.host, move |host| host.consent(id, new)).await?;
    Ok((StatusCode::CREATED, Json(consent)))
}
