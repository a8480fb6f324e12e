//! `/v1/runs`

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use utoipa::IntoParams;

use super::openapi::{ListErrors, ReadErrors};
use crate::extract::problem::Problem;
use crate::extract::{Id, Query, page};
use crate::{App, blocking};
use regulars::model::*;
use regulars::store::RunQuery;
use regulars::transcript::{Replay, Transcript};

/// A filter for runs. All given conditions must match.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct RunFilter {
    plugin: Option<InstallationId>,
    customer: Option<CustomerId>,
    event: Option<EventId>,
    /// Only failed runs.
    #[serde(default)]
    #[param(required = false)]
    failed: bool,
    #[param(minimum = 1, maximum = 1000, default = 50)]
    limit: Option<u32>,
    /// `next` of the previous page.
    #[param(value_type = Option<String>, pattern = "^[0-9a-f]{1,16}[.][0-9a-f]{1,16}$")]
    after: Option<Cursor>,
}

/// Lists runs
///
/// Newest first.
#[utoipa::path(
    get, path = "/v1/runs", operation_id = "listRuns", tag = "runs",
    params(RunFilter),
    responses((status = 200, description = "One page", body = Page<Run>), ListErrors),
)]
pub(super) async fn list(
    State(app): State<App>,
    Query(filter): Query<RunFilter>,
) -> Result<Json<Page<Run>>, Problem> {
    let page = page(filter.limit, filter.after)?;
    let query = RunQuery {
        installation: filter.plugin,
        customer: filter.customer,
        event: filter.event,
        failed_only: filter.failed,
    };
    blocking(&app.host, move |host| host.runs(&query, page))
        .await
        .map(Json)
}

/// Returns a run
#[utoipa::path(
    get, path = "/v1/runs/{id}", operation_id = "getRun", tag = "runs",
    params(("id" = RunId, Path)),
    responses((status = 200, description = "The run", body = Run), ReadErrors),
)]
pub(super) async fn show(State(app): State<App>, Id(id): Id<RunId>) -> Result<Json<Run>, Problem> {
    Ok(Json(app.host.run(id)?))
}

/// Returns a run's transcript
///
/// All inputs of the run as the plugin saw them, and its output. Transcripts contain personal data. Failed
/// runs keep one, and so does a share of the others. Without one, the error names the setting that would have
/// kept it.
#[utoipa::path(
    get, path = "/v1/runs/{id}/transcript", operation_id = "getTranscript", tag = "runs",
    params(("id" = RunId, Path)),
    responses((status = 200, description = "The transcript", body = Transcript), ReadErrors),
)]
pub(super) async fn transcript(
    State(app): State<App>,
    Id(id): Id<RunId>,
) -> Result<Json<Transcript>, Problem> {
    blocking(&app.host, move |host| host.transcript(id))
        .await
        .map(Json)
}

/// Replays a run
///
/// Repeats the call with the same component, from the run's transcript. Nothing is written. The response
/// states whether the output is identical byte for byte, and the first difference if not.
#[utoipa::path(
    post, path = "/v1/runs/{id}/replay", operation_id = "replayRun", tag = "runs",
    params(("id" = RunId, Path)),
    responses((status = 200, description = "The result of the replay", body = Replay), ReadErrors),
)]
pub(super) async fn replay(
    State(app): State<App>,
    Id(id): Id<RunId>,
) -> Result<Json<Replay>, Problem> {
    blocking(&app.host, move |host| host.replay(id, None))
        .await
        .map(Json)
}
