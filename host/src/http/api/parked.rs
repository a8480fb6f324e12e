//! `/v1/parked`

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use utoipa::IntoParams;

use super::openapi::ListErrors;
use crate::host::ParkedEvent;
use crate::http::extract::problem::Problem;
use crate::http::extract::{Query, page};
use crate::http::{App, blocking};
use crate::model::{Cursor, CustomerId, InstallationId, Page};
use crate::store::ParkedQuery;

/// Which of them.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Waiting {
    /// Only those that wait for this plugin
    plugin: Option<InstallationId>,
    /// Only those of this customer
    customer: Option<CustomerId>,
    #[param(minimum = 1, maximum = 1000, default = 50)]
    limit: Option<u32>,
    /// The `next` of the page before
    #[param(value_type = Option<String>)]
    after: Option<Cursor>,
}

/// List the events that wait for a plugin
///
/// In the order of the log: those that it failed on and that are tried again, those that wait until it may
/// be called, and those behind them. What is given up is under `/v1/dead-letters`.
#[utoipa::path(
    get, path = "/v1/parked", operation_id = "listParked", tag = "runs",
    params(Waiting),
    responses((status = 200, description = "A page of them", body = Page<ParkedEvent>), ListErrors),
)]
pub(super) async fn list(
    State(app): State<App>,
    Query(wanted): Query<Waiting>,
) -> Result<Json<Page<ParkedEvent>>, Problem> {
    let page = page(wanted.limit, wanted.after)?;
    let query = ParkedQuery {
        dead: Some(false),
        installation: wanted.plugin,
        customer: wanted.customer,
        ..ParkedQuery::default()
    };
    let parked = blocking(&app.host, move |host| host.parked(&query, page)).await?;
    Ok(Json(parked.map(ParkedEvent::from)))
}
