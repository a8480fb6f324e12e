//! `/v1/messages`

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use utoipa::IntoParams;

use super::extract::{Query, page};
use super::openapi::ListErrors;
use super::problem::Problem;
use super::{App, blocking};
use crate::model::*;

/// Which messages.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Filter {
    customer: Option<CustomerId>,
    #[param(minimum = 1, maximum = 1000, default = 50)]
    limit: Option<u32>,
    /// `next` of the page before.
    #[param(value_type = Option<String>, pattern = "^[0-9a-f]{1,16}[.][0-9a-f]{1,16}$")]
    after: Option<Cursor>,
}

/// List messages
///
/// Outreach that plugins proposed, newest first. No channel delivers yet.
#[utoipa::path(
    get, path = "/v1/messages", operation_id = "listMessages", tag = "messages",
    params(Filter),
    responses((status = 200, description = "One page", body = Page<Message>), ListErrors),
)]
pub(super) async fn list(
    State(app): State<App>,
    Query(filter): Query<Filter>,
) -> Result<Json<Page<Message>>, Problem> {
    let page = page(filter.limit, filter.after)?;
    blocking(&app.host, move |host| host.messages(filter.customer, page))
        .await
        .map(Json)
}
