//! `/v1/customers/{id}/contact-points`

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use utoipa::IntoParams;

use super::openapi::{ChangeErrors, ReadErrors, WriteErrors};
use crate::extract::problem::Problem;
use crate::extract::{Body, Id, Query};
use crate::{App, blocking};
use regulars::model::*;

/// A contact point of the customer.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct ContactPointQuery {
    kind: ContactKind,
    value: String,
    /// The label that must match. Omitted: any label.
    label: Option<String>,
}

/// Lists a customer's contact points
///
/// All contact points are on one page.
#[utoipa::path(
    get, path = "/v1/customers/{id}/contact-points", operation_id = "listContactPoints", tag = "customers",
    params(("id" = CustomerId, Path)),
    responses((status = 200, description = "All of them", body = Page<ContactPoint>), ReadErrors),
)]
pub(super) async fn list(
    State(app): State<App>,
    Id(id): Id<CustomerId>,
) -> Result<Json<Page<ContactPoint>>, Problem> {
    Ok(Json(Page {
        items: app.host.contact_points(id)?,
        next: None,
    }))
}

/// Adds a contact point
///
/// Adding an existing contact point changes nothing.
#[utoipa::path(
    post, path = "/v1/customers/{id}/contact-points", operation_id = "addContactPoint", tag = "customers",
    params(("id" = CustomerId, Path)),
    request_body(content = ContactPoint, example = json!({ "kind": "email", "value": "ada@example.org" })),
    responses((status = 201, description = "The contact point", body = ContactPoint), WriteErrors),
)]
pub(super) async fn add(
    State(app): State<App>,
    Id(id): Id<CustomerId>,
    Body(point): Body<ContactPoint>,
) -> Result<(StatusCode, Json<ContactPoint>), Problem> {
    let added = point.clone();
    blocking(&app.host, move |host| host.add_contact_point(id, added)).await?;
    Ok((StatusCode::CREATED, Json(point)))
}

/// Removes a contact point
#[utoipa::path(
    delete, path = "/v1/customers/{id}/contact-points", operation_id = "removeContactPoint", tag = "customers",
    params(("id" = CustomerId, Path), ContactPointQuery),
    responses((status = 204, description = "Removed"), ChangeErrors),
)]
pub(super) async fn remove(
    State(app): State<App>,
    Id(id): Id<CustomerId>,
    Query(ContactPointQuery { kind, value, label }): Query<ContactPointQuery>,
) -> Result<StatusCode, Problem> {
    let point = ContactPoint { kind, value, label };
    blocking(&app.host, move |host| host.remove_contact_point(id, point)).await?;
    Ok(StatusCode::NO_CONTENT)
}
