//! `/v1/questions`

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use utoipa::ToSchema;

use super::openapi::{ChangeErrors, ReadErrors, WriteErrors};
use crate::extract::problem::Problem;
use crate::extract::{Body, Id};
use crate::{App, blocking};
use regulars::model::*;

/// A customer's answer.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct AnswerQuestion {
    /// One of the choices, if the question has any.
    #[schema(min_length = 1, max_length = 2000)]
    answer: String,
    /// The person who asked the question.
    #[schema(max_length = 200)]
    answered_by: Option<String>,
}

/// Returns a question
#[utoipa::path(
    get, path = "/v1/questions/{id}", operation_id = "getQuestion", tag = "desk",
    params(("id" = QuestionId, Path)),
    responses((status = 200, description = "The question", body = Question), ReadErrors),
)]
pub(super) async fn show(
    State(app): State<App>,
    Id(id): Id<QuestionId>,
) -> Result<Json<Question>, Problem> {
    Ok(Json(app.host.question(id)?))
}

/// Records an answer
///
/// The answer becomes a note in the customer's history and is sent to the plugin that asked.
#[utoipa::path(
    post, path = "/v1/questions/{id}/answer", operation_id = "answerQuestion", tag = "desk",
    params(("id" = QuestionId, Path)),
    request_body(content = AnswerQuestion, example = json!({ "answer": "Losing weight", "answered_by": "Kim" })),
    responses((status = 200, description = "The question, answered", body = Question), WriteErrors),
)]
pub(super) async fn answer(
    State(app): State<App>,
    Id(id): Id<QuestionId>,
    Body(AnswerQuestion {
        answer,
        answered_by,
    }): Body<AnswerQuestion>,
) -> Result<Json<Question>, Problem> {
    blocking(&app.host, move |host| {
        host.answer_question(id, &answer, answered_by)
    })
    .await
    .map(Json)
}

/// Dismisses a question
///
/// The question leaves the desk without an answer.
#[utoipa::path(
    post, path = "/v1/questions/{id}/dismiss", operation_id = "dismissQuestion", tag = "desk",
    params(("id" = QuestionId, Path)),
    responses((status = 200, description = "The question, dismissed", body = Question), ChangeErrors),
)]
pub(super) async fn dismiss(
    State(app): State<App>,
    Id(id): Id<QuestionId>,
) -> Result<Json<Question>, Problem> {
    blocking(&app.host, move |host| host.dismiss_question(id))
        .await
        .map(Json)
}
