//! `/healthz`

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use super::openapi::OpenErrors;
use crate::App;
use crate::extract::problem::Problem;

/// The health of the host.
#[derive(Serialize, ToSchema)]
pub(super) struct Health {
    /// `ok`: the storage responds and the host accepts work.
    status: &'static str,
    /// Version of the server.
    version: &'static str,
    /// Number of installed plugins.
    plugins: usize,
}

/// Checks the host's health
///
/// Needs no key and reveals nothing about the business.
#[utoipa::path(
    get, path = "/healthz", operation_id = "getHealth", tag = "host", security(()),
    responses((status = 200, description = "The host is healthy", body = Health), OpenErrors),
)]
pub(super) async fn health(State(app): State<App>) -> Result<Json<Health>, Problem> {
    app.host.ready()?;
    Ok(Json(Health {
        status: "ok",
        version: env!("CARGO_PKG_VERSION"),
        plugins: app.host.installations().len(),
    }))
}
