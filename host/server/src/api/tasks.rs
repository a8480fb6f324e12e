//! `/v1/tasks`

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use super::openapi::{ListErrors, ReadErrors, WriteErrors};
use crate::extract::problem::Problem;
use crate::extract::{Body, Id, Query, page};
use crate::{App, blocking};
use regulars::model::*;
use regulars::store::TaskQuery;

/// A filter for tasks. All given conditions must match.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct TaskFilter {
    state: Option<TaskState>,
    /// The assignee: a role, or a person's name.
    role: Option<String>,
    customer: Option<CustomerId>,
    #[param(minimum = 1, maximum = 1000, default = 50)]
    limit: Option<u32>,
    /// `next` of the previous page.
    #[param(value_type = Option<String>, pattern = "^[0-9a-f]{1,16}[.][0-9a-f]{1,16}$")]
    after: Option<Cursor>,
}

/// The outcome of a task.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CloseTask {
    /// A few words: `done`, `not needed`.
    #[schema(min_length = 1, max_length = 200)]
    outcome: String,
    #[schema(max_length = 2000)]
    note: Option<String>,
    #[schema(max_length = 200)]
    closed_by: Option<String>,
}

/// Lists tasks
///
/// Newest first.
#[utoipa::path(
    get, path = "/v1/tasks", operation_id = "listTasks", tag = "tasks",
    params(TaskFilter),
    responses((status = 200, description = "One page", body = Page<Task>), ListErrors),
)]
pub(super) async fn list(
    State(app): State<App>,
    Query(filter): Query<TaskFilter>,
) -> Result<Json<Page<Task>>, Problem> {
    let page = page(filter.limit, filter.after)?;
    let query = TaskQuery {
        state: filter.state,
        role: filter.role,
        customer: filter.customer,
    };
    blocking(&app.host, move |host| host.tasks(&query, page))
        .await
        .map(Json)
}

/// Returns a task
#[utoipa::path(
    get, path = "/v1/tasks/{id}", operation_id = "getTask", tag = "tasks",
    params(("id" = TaskId, Path)),
    responses((status = 200, description = "The task", body = Task), ReadErrors),
)]
pub(super) async fn show(
    State(app): State<App>,
    Id(id): Id<TaskId>,
) -> Result<Json<Task>, Problem> {
    Ok(Json(app.host.task(id)?))
}

/// Closes a task
///
/// The outcome is sent to the plugin that proposed the task.
#[utoipa::path(
    post, path = "/v1/tasks/{id}/close", operation_id = "closeTask", tag = "tasks",
    params(("id" = TaskId, Path)),
    request_body(content = CloseTask, example = json!({ "outcome": "done", "closed_by": "Kim" })),
    responses((status = 200, description = "The task, closed", body = Task), WriteErrors),
)]
pub(super) async fn close(
    State(app): State<App>,
    Id(id): Id<TaskId>,
    Body(CloseTask {
        outcome,
        note,
        closed_by,
    }): Body<CloseTask>,
) -> Result<Json<Task>, Problem> {
    blocking(&app.host, move |host| {
        host.close_task(id, &outcome, note, closed_by)
    })
    .await
    .map(Json)
}
