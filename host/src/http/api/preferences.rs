//! `/v1/customers/{id}/preferences`, `/v1/customers/{id}/consents`

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;

use super::openapi::{ListErrors, ReadErrors, WriteErrors};
use super::timeline::Part;
use crate::host::NewConsent;
use crate::http::extract::problem::Problem;
use crate::http::extract::{Body, Id, Query, page};
use crate::http::{App, blocking};
use crate::model::*;

/// Show how a customer wants to be contacted
///
/// Level and topics stand in the customer's record.
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

/// Replace how a customer wants to be contacted
///
/// Where the customer wants less than before, what waits to be sent to them, but for service, is cancelled
/// before the answer.
#[utoipa::path(
    put, path = "/v1/customers/{id}/preferences", operation_id = "putPreferences", tag = "contact",
    params(("id" = CustomerId, Path)),
    request_body(content = Preferences, example = json!({ "paused_until": "2027-03-01T00:00:00Z", "channels": ["email"] })),
    responses((status = 200, description = "The preferences now", body = Preferences), WriteErrors),
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

/// List what a customer said about being contacted
///
/// Newest first. The newest entry for a kind of contact point and a purpose holds; where there is none,
/// nothing is known, which is never a yes.
#[utoipa::path(
    get, path = "/v1/customers/{id}/consents", operation_id = "listConsents", tag = "contact",
    params(("id" = CustomerId, Path), Part),
    responses((status = 200, description = "One page", body = Page<Consent>), ListErrors, ReadErrors),
)]
pub(super) async fn consents(
    State(app): State<App>,
    Id(id): Id<CustomerId>,
    Query(part): Query<Part>,
) -> Result<Json<Page<Consent>>, Problem> {
    let page = page(part.limit, part.after)?;
    blocking(&app.host, move |host| host.consents(id, page))
        .await
        .map(Json)
}

/// Record what a customer said about being contacted
///
/// Where it withdraws a consent, what waits to be sent for that purpose is cancelled before the answer.
#[utoipa::path(
    post, path = "/v1/customers/{id}/consents", operation_id = "recordConsent", tag = "contact",
    params(("id" = CustomerId, Path)),
    request_body(content = NewConsent, example = json!({ "kind": "email", "purpose": "education", "state": "given", "source": "staff" })),
    responses((status = 201, description = "It is recorded", body = Consent), WriteErrors),
)]
pub(super) async fn consent(
    State(app): State<App>,
    Id(id): Id<CustomerId>,
    Body(new): Body<NewConsent>,
) -> Result<(StatusCode, Json<Consent>), Problem> {
    let consent = blocking(&app.host, move |host| host.consent(id, new)).await?;
    Ok((StatusCode::CREATED, Json(consent)))
}
