//! `/healthz`

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use super::openapi::OpenErrors;
use crate::http::App;
use crate::http::extract::problem::Problem;

/// How the host is.
#[derive(Serialize, ToSchema)]
pub(super) struct Health {
    /// `ok`: the storage answers, and new work is taken.
    status: &'static str,
    /// Of this program.
    version: &'static str,
    /// How many plugins are installed.
    plugins: usize,
}

/// Tell whether the host is well
///
/// It says nothing of the business: it is open to everyone.
#[utoipa::path(
    get, path = "/healthz", operation_id = "getHealth", tag = "host", security(()),
    responses((status = 200, description = "It is", body = Health), OpenErrors),
)]
pub(super) async fn health(State(app): State<App>) -> Result<Json<Health>, Problem> {
    app.host.ready()?;
    Ok(Json(Health {
        status: "ok",
        version: env!("CARGO_PKG_VERSION"),
        plugins: app.host.installations().len(),
    }))
}
