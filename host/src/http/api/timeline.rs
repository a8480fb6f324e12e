//! `/v1/customers/{id}/timeline` and `/v1/customers/{id}/explain`

use axum::Json;
use axum::extract::{FromRequestParts, State};
use axum::http::request::Parts;
use serde::Deserialize;
use utoipa::IntoParams;

use super::openapi::ReadErrors;
use crate::host::{Explained, Host};
use crate::http::extract::problem::Problem;
use crate::http::extract::{Id, Query, page};
use crate::http::{App, blocking};
use crate::model::*;
use crate::store::{PageRequest, TimelineQuery};

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
    #[param(value_type = Option<String>, pattern = "^[0-9a-f]{1,16}[.][0-9a-f]{1,16}$")]
    after: Option<Cursor>,
}

/// Which part of a list.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Part {
    #[param(minimum = 1, maximum = 1000, default = 50)]
    pub(super) limit: Option<u32>,
    /// `next` of the page before.
    #[param(value_type = Option<String>, pattern = "^[0-9a-f]{1,16}[.][0-9a-f]{1,16}$")]
    pub(super) after: Option<Cursor>,
}

/// A customer's timeline
///
/// What passed between the customer and the business by when it occurred, newest first.
#[utoipa::path(
    get, path = "/v1/customers/{id}/timeline", operation_id = "getTimeline", tag = "customers",
    params(("id" = CustomerId, Path), Window),
    responses((status = 200, description = "One page", body = Page<Interaction>), ReadErrors),
)]
pub(super) async fn timeline(history: History) -> HistoryPage {
    history.page().await
}

/// A part of a customer's history, as a path and a query ask for it.
pub(super) struct History {
    host: Host,
    customer: CustomerId,
    query: TimelineQuery,
    page: PageRequest,
}

pub(super) type HistoryPage = Result<Json<Page<Interaction>>, Problem>;

impl FromRequestParts<App> for History {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<History, Problem> {
        let Id(customer) = Id::from_request_parts(parts, app).await?;
        let Query(window) = Query::<Window>::from_request_parts(parts, app).await?;
        Ok(History {
            host: app.host.clone(),
            customer,
            page: page(window.limit, window.after)?,
            query: TimelineQuery { kind: window.kind },
        })
    }
}

impl History {
    pub async fn page(self) -> HistoryPage {
        let History {
            host,
            customer,
            query,
            page,
        } = self;
        let read = move |host: &Host| host.timeline(customer, &query, page);
        blocking(&host, read).await.map(Json)
    }
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
