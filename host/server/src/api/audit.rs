//! `/v1/audit`

use axum::Json;
use axum::extract::State;

use super::openapi::ListErrors;
use super::timeline::PageQuery;
use crate::extract::problem::Problem;
use crate::extract::{Query, page};
use crate::{App, blocking};
use regulars::model::{AuditEntry, Page};

/// Lists administrative acts
///
/// Changes of keys, plugins and suppressions, imports, and other acts, newest first.
#[utoipa::path(
    get, path = "/v1/audit", operation_id = "listAudit", tag = "host",
    params(PageQuery),
    responses((status = 200, description = "One page", body = Page<AuditEntry>), ListErrors),
)]
pub(super) async fn list(
    State(app): State<App>,
    Query(part): Query<PageQuery>,
) -> Result<Json<Page<AuditEntry>>, Problem> {
    let page = page(part.limit, part.after)?;
    blocking(&app.host, move |host| host.audit(page))
        .await
        .map(Json)
}
