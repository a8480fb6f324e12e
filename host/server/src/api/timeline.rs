//! `/v1/customers/{id}/timeline` and `/v1/customers/{id}/explain`

use axum::Json;
use axum::extract::{FromRequestParts, State};
use axum::http::request::Parts;
use serde::Deserialize;
use utoipa::IntoParams;

use super::openapi::ReadErrors;
use crate::extract::problem::Problem;
use crate::extract::{Id, Query, page};
use crate::{App, blocking};
use regulars::host::{Explained, Host};
use regulars::model::*;
use regulars::store::{PageRequest, TimelineQuery};

/// A filter for a customer's history.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct TimelineFilter {
    /// Only interactions of this kind, such as `visit`.
    kind: Option<String>,
    #[param(minimum = 1, maximum = 1000, default = 50)]
    limit: Option<u32>,
    /// `next` of the previous page.
    #[param(value_type = Option<String>, pattern = "^[0-9a-f]{1,16}[.][0-9a-f]{1,16}$")]
    after: Option<Cursor>,
}

/// Pagination of a list.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct PageQuery {
    #[param(minimum = 1, maximum = 1000, default = 50)]
    pub(super) limit: Option<u32>,
    /// `next` of the previous page.
    #[param(value_type = Option<String>, pattern = "^[0-9a-f]{1,16}[.][0-9a-f]{1,16}$")]
    pub(super) after: Option<Cursor>,
}

/// Returns a customer's timeline
///
/// The customer's interactions with the business, newest occurrence first.
#[utoipa::path(
    get, path = "/v1/customers/{id}/timeline", operation_id = "getTimeline", tag = "customers",
    params(("id" = CustomerId, Path), TimelineFilter),
    responses((status = 200, description = "One page", body = Page<Interaction>), ReadErrors),
)]
pub(super) async fn timeline(history: TimelineRequest) -> TimelinePage {
    history.page().await
}

/// A request for a page of a customer's history.
pub(super) struct TimelineRequest {
    host: Host,
    customer: CustomerId,
    query: TimelineQuery,
    page: PageRequest,
}

pub(super) type TimelinePage = Result<Json<Page<Interaction>>, Problem>;

impl FromRequestParts<App> for TimelineRequest {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<TimelineRequest, Problem> {
        let Id(customer) = Id::from_request_parts(parts, app).await?;
        let Query(window) = Query::<TimelineFilter>::from_request_parts(parts, app).await?;
        Ok(TimelineRequest {
            host: app.host.clone(),
            customer,
            page: page(window.limit, window.after)?,
            query: TimelineQuery { kind: window.kind },
        })
    }
}

impl TimelineRequest {
    pub async fn page(self) -> TimelinePage {
        let TimelineRequest {
            host,
            customer,
            query,
            page,
        } = self;
        let read = move |host: &Host| host.timeline(customer, &query, page);
        blocking(&host, read).await.map(Json)
    }
}

/// Explains all decisions about a customer
///
/// The customer's events and action calls, newest first, each with the plugins that ran, their proposals,
/// every rule's verdict and the outcome.
#[utoipa::path(
    get, path = "/v1/customers/{id}/explain", operation_id = "explainCustomer", tag = "customers",
    params(("id" = CustomerId, Path), PageQuery),
    responses((status = 200, description = "One page", body = Page<Explained>), ReadErrors),
)]
pub(super) async fn explain(
    State(app): State<App>,
    Id(id): Id<CustomerId>,
    Query(part): Query<PageQuery>,
) -> Result<Json<Page<Explained>>, Problem> {
    let page = page(part.limit, part.after)?;
    blocking(&app.host, move |host| host.explain(id, page))
        .await
        .map(Json)
}
