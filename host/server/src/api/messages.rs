//! `/v1/messages`

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use super::openapi::{ListErrors, ReadErrors, WriteErrors};
use crate::extract::problem::Problem;
use crate::extract::{Body, Id, Query, page};
use crate::{App, blocking};
use regulars::model::*;
use regulars::store::MessageQuery;

/// A filter for messages.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct MessageFilter {
    customer: Option<CustomerId>,
    /// Only messages in this state.
    state: Option<MessageState>,
    #[param(minimum = 1, maximum = 1000, default = 50)]
    limit: Option<u32>,
    /// `next` of the previous page.
    #[param(value_type = Option<String>, pattern = "^[0-9a-f]{1,16}[.][0-9a-f]{1,16}$")]
    after: Option<Cursor>,
}

/// Lists messages
///
/// Outreach that plugins proposed and no rule denied at once, with its outcome, newest first.
#[utoipa::path(
    get, path = "/v1/messages", operation_id = "listMessages", tag = "messages",
    params(MessageFilter),
    responses((status = 200, description = "One page", body = Page<Message>), ListErrors),
)]
pub(super) async fn list(
    State(app): State<App>,
    Query(filter): Query<MessageFilter>,
) -> Result<Json<Page<Message>>, Problem> {
    let page = page(filter.limit, filter.after)?;
    let query = MessageQuery {
        customer: filter.customer,
        which: filter.state.into(),
    };
    blocking(&app.host, move |host| host.messages(&query, page))
        .await
        .map(Json)
}

/// Returns a message
///
/// Includes the verdict of every rule in the latest decision.
#[utoipa::path(
    get, path = "/v1/messages/{id}", operation_id = "getMessage", tag = "messages",
    params(("id" = MessageId, Path)),
    responses((status = 200, description = "The message", body = Message), ReadErrors),
)]
pub(super) async fn show(
    State(app): State<App>,
    Id(id): Id<MessageId>,
) -> Result<Json<Message>, Problem> {
    Ok(Json(app.host.message(id)?))
}

/// The reason of a cancellation.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CancelMessage {
    /// 1 to 200 characters on one line.
    #[schema(min_length = 1, max_length = 200)]
    why: String,
}

/// Cancels a queued message
///
/// The status is 409 if the message is being sent or is final.
#[utoipa::path(
    post, path = "/v1/messages/{id}/cancel", operation_id = "cancelMessage", tag = "messages",
    params(("id" = MessageId, Path)),
    request_body(content = CancelMessage, example = json!({ "why": "we spoke about it today" })),
    responses((status = 200, description = "The message, cancelled", body = Message), WriteErrors),
)]
pub(super) async fn cancel(
    State(app): State<App>,
    Id(id): Id<MessageId>,
    Body(CancelMessage { why }): Body<CancelMessage>,
) -> Result<Json<Message>, Problem> {
    blocking(&app.host, move |host| host.cancel_message(id, &why))
        .await
        .map(Json)
}
