//! `/v1/parked`

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::extract::{Query, page};
use super::openapi::ListErrors;
use super::problem::Problem;
use super::{App, blocking};
use crate::host::ParkedEvent;

/// How many.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Most {
    #[param(minimum = 1, maximum = 1000, default = 50)]
    limit: Option<u32>,
}

/// Events that wait for a plugin.
#[derive(Serialize, ToSchema)]
pub(super) struct ParkedEvents {
    items: Vec<ParkedEvent>,
    /// Whether there are more than these.
    more: bool,
}

/// List the events that wait for a plugin
///
/// Those that a plugin failed on, oldest first: they are tried again, wait behind one that is, or are
/// dead and only kept.
#[utoipa::path(
    get, path = "/v1/parked", operation_id = "listParked", tag = "runs",
    params(Most),
    responses((status = 200, description = "The oldest of them", body = ParkedEvents), ListErrors),
)]
pub(super) async fn list(
    State(app): State<App>,
    Query(Most { limit }): Query<Most>,
) -> Result<Json<ParkedEvents>, Problem> {
    let limit = page(limit, None)?.limit;
    let mut parked = blocking(&app.host, move |host| host.parked(limit + 1)).await?;
    let more = parked.len() > limit as usize;
    parked.truncate(limit as usize);
    let items = parked.into_iter().map(ParkedEvent::from).collect();
    Ok(Json(ParkedEvents { items, more }))
}
