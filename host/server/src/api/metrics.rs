//! `/metrics`: the Prometheus text format.

use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;

use super::openapi::ListErrors;
use crate::extract::problem::{Problem, internal};
use crate::{App, blocking};

/// Show the metrics
///
/// In the text format of Prometheus. A key with the scope `metrics` opens this and nothing else.
#[utoipa::path(
    get, path = "/metrics", operation_id = "getMetrics", tag = "host",
    responses((status = 200, description = "The metrics", body = String, content_type = "text/plain"), ListErrors),
)]
pub(super) async fn show(State(app): State<App>) -> Result<impl IntoResponse, Problem> {
    let mut text = blocking(&app.host, |host| host.metrics()).await?;
    let own = app.limits.metrics.encode();
    text += &own.map_err(|error| internal(&error.to_string()))?;
    Ok(([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], text))
}
