//! `/v1/customers/{id}/timeline` and `/v1/customers/{id}/explain`

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use utoipa::IntoParams;

use super::extract::{Id, Query, page};
use super::openapi::ReadErrors;
use super::problem::Problem;
use super::{App, blocking};
use crate::host::Explained;
use crate::model::*;
use crate::store::TimelineQuery;

/// Which part of a customer's history.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Window {
    /// Only this kind: `visit`.
    kind: Option<String>,
    #[param(minimum = 1, maximum = 1000, default = 50)]
    limit: Option<u32>,
    /// `next` of the page before.
    #[param(value_type = Option<String>)]
    after: Option<Cursor>,
}

/// Which part of a list.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Part {
    #[param(minimum = 1, maximum = 1000, default = 50)]
    limit: Option<u32>,
    /// `next` of the page before.
    #[param(value_type = Option<String>)]
    after: Option<Cursor>,
}

/// A customer's timeline
///
/// What passed between the customer and the business by when it occurred, newest first.
#[utoipa::path(
    get, path = "/v1/customers/{id}/timeline", operation_id = "getTimeline", tag = "customers",
    params(("id" = CustomerId, Path), Window),
    responses((status = 200, description = "One page", body = Page<Interaction>), ReadErrors),
)]
pub(super) async fn timeline(
    State(app): State<App>,
    Id(id): Id<CustomerId>,
    Query(window): Query<Window>,
) -> Result<Json<Page<Interaction>>, Problem> {
    timeline_page(&app, id, window).await
}

pub(super) async fn timeline_page(
    app: &App,
    customer: CustomerId,
    window: Window,
) -> Result<Json<Page<Interaction>>, Problem> {
    let page = page(window.limit, window.after)?;
    let query = TimelineQuery { kind: window.kind };
    blocking(&app.host, move |host| host.timeline(customer, &query, page))
        .await
        .map(Json)
}

/// Explain what was and was not done for a customer
///
/// The customer's events and the actions called for them, newest first, each with the plugins that ran, what they proposed, every
/// rule's verdict and what came of it.
#[utoipa::path(
    get, path = "/v1/customers/{id}/explain", operation_id = "explainCustomer", tag = "customers",
    params(("id" = CustomerId, Path), Part),
    responses((status = 200, description = "One page", body = Page<Explained>), ReadErrors),
)]
pub(super) async fn explain(
    State(app): State<App>,
    Id(id): Id<CustomerId>,
    Query(part): Query<Part>,
) -> Result<Json<Page<Explained>>, Problem> {
    let page = page(part.limit, part.after)?;
    blocking(&app.host, move |host| host.explain(id, page))
        .await
        .map(Json)
}
