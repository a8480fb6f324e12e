//! `/v1/customers/{id}/desk` and `/v1/cards`

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use utoipa::ToSchema;

use super::openapi::{ReadErrors, WriteErrors};
use crate::extract::problem::Problem;
use crate::extract::{Body, Id};
use crate::{App, blocking};
use regulars::model::*;

/// The new state of a card.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CloseCard {
    state: ClosedAs,
}

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum ClosedAs {
    /// Staff did what the card suggests.
    Done,
    /// Staff dismissed the card.
    Dismissed,
}

/// Returns a customer's desk
///
/// The open cards, questions and tasks that staff see when the customer is present.
#[utoipa::path(
    get, path = "/v1/customers/{id}/desk", operation_id = "getDesk", tag = "desk",
    params(("id" = CustomerId, Path)),
    responses((status = 200, description = "The desk", body = Desk), ReadErrors),
)]
pub(super) async fn desk(
    State(app): State<App>,
    Id(id): Id<CustomerId>,
) -> Result<Json<Desk>, Problem> {
    Ok(Json(app.host.desk(id)?))
}

/// Closes a card
#[utoipa::path(
    post, path = "/v1/cards/{id}/close", operation_id = "closeCard", tag = "desk",
    params(("id" = CardId, Path)),
    request_body(content = CloseCard, example = json!({ "state": "done" })),
    responses((status = 200, description = "The card, closed", body = Card), WriteErrors),
)]
pub(super) async fn close(
    State(app): State<App>,
    Id(id): Id<CardId>,
    Body(CloseCard { state }): Body<CloseCard>,
) -> Result<Json<Card>, Problem> {
    let state = match state {
        ClosedAs::Done => CardState::Done,
        ClosedAs::Dismissed => CardState::Dismissed,
    };
    blocking(&app.host, move |host| host.close_card(id, state))
        .await
        .map(Json)
}
