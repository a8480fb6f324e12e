//! `/v1/customers/{id}/complaints`, `/v1/complaints`

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use utoipa::ToSchema;

use super::openapi::{ReadErrors, WriteErrors};
use crate::extract::problem::Problem;
use crate::extract::{Body, Id};
use crate::{App, blocking};
use regulars::model::*;

/// The handling of a complaint.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CloseComplaint {
    #[serde(default)]
    #[schema(max_length = 200)]
    closed_by: Option<String>,
    #[serde(default)]
    #[schema(max_length = 200)]
    note: Option<String>,
}

/// Lists a customer's complaints
///
/// Newest first, all on one page. While a complaint is open, the customer receives only service messages.
#[utoipa::path(
    get, path = "/v1/customers/{id}/complaints", operation_id = "listComplaints", tag = "contact",
    params(("id" = CustomerId, Path)),
    responses((status = 200, description = "All of them", body = Page<Complaint>), ReadErrors),
)]
pub(super) async fn list(
    State(app): State<App>,
    Id(id): Id<CustomerId>,
) -> Result<Json<Page<Complaint>>, Problem> {
    let items = blocking(&app.host, move |host| host.complaints(id)).await?;
    Ok(Json(Page { items, next: None }))
}

/// Closes a complaint
///
/// The id is that of the interaction. Closing a closed complaint changes nothing.
#[utoipa::path(
    post, path = "/v1/complaints/{id}/close", operation_id = "closeComplaint", tag = "contact",
    params(("id" = InteractionId, Path)),
    request_body(content = CloseComplaint, example = json!({ "closed_by": "Kim", "note": "the pool is heated again" })),
    responses((status = 200, description = "The complaint, closed", body = Complaint), WriteErrors),
)]
pub(super) async fn close(
    State(app): State<App>,
    Id(id): Id<InteractionId>,
    Body(CloseComplaint { closed_by, note }): Body<CloseComplaint>,
) -> Result<Json<Complaint>, Problem> {
    blocking(&app.host, move |host| {
        host.close_complaint(id, closed_by, note)
    })
    .await
    .map(Json)
}
