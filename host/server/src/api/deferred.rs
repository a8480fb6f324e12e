//! `/v1/deferred`

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use utoipa::IntoParams;

use super::openapi::ListErrors;
use crate::extract::problem::Problem;
use crate::extract::{Query, page};
use crate::{App, blocking};
use regulars::host::DeferredEvent;
use regulars::model::{Cursor, CustomerId, InstallationId, Page};
use regulars::store::RetryQuery;

/// A filter for deferred events.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct DeferredFilter {
    /// Only events that wait for this plugin.
    plugin: Option<InstallationId>,
    /// Only events of this customer.
    customer: Option<CustomerId>,
    #[param(minimum = 1, maximum = 1000, default = 50)]
    limit: Option<u32>,
    /// `next` of the previous page.
    #[param(value_type = Option<String>)]
    after: Option<Cursor>,
}

/// Lists deferred events
///
/// Events that wait for a plugin, in log order. They await a retry, an end of the plugin's limits or
/// quarantine, or an earlier event of the same customer. Events that were given up are under
/// `/v1/dead-letters`.
#[utoipa::path(
    get, path = "/v1/deferred", operation_id = "listDeferred", tag = "runs",
    params(DeferredFilter),
    responses((status = 200, description = "One page", body = Page<DeferredEvent>), ListErrors),
)]
pub(super) async fn list(
    State(app): State<App>,
    Query(wanted): Query<DeferredFilter>,
) -> Result<Json<Page<DeferredEvent>>, Problem> {
    let page = page(wanted.limit, wanted.after)?;
    let query = RetryQuery {
        dead: Some(false),
        installation: wanted.plugin,
        customer: wanted.customer,
        ..RetryQuery::default()
    };
    let deferred = blocking(&app.host, move |host| host.deferred(&query, page)).await?;
    Ok(Json(deferred.map(DeferredEvent::from)))
}
