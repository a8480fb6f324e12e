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
use crate::store::MessageQuery;

/// Which messages.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Filter {
    customer: Option<CustomerId>,
    /// Only those in this state.
    state: Option<MessageState>,
    #[param(minimum = 1, maximum = 1000, default = 50)]
    limit: Option<u32>,
    /// `next` of the page before.
    #[param(value_type = Option<String>, pattern = "^[0-9a-f]{1,16}[.][0-9a-f]{1,16}$")]
    after: Option<Cursor>,
}

/// List messages
///
/// Outreach that plugins proposed and no rule refused at once, newest first, with what became of it.
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
    let query = MessageQuery {
        customer: filter.customer,
        state: filter.state,
    };
    blocking(&app.host, move |host| host.messages(&query, page))
        .await
        .map(Json)
}
