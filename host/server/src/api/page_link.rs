//! `/v1/customers/{id}/page-link`

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use super::openapi::{ReadErrors, StateErrors};
use crate::extract::Id;
use crate::extract::problem::Problem;
use crate::{App, blocking};
use regulars::model::{CustomerId, Timestamp};

/// A link to the customer portal.
#[derive(Serialize, ToSchema)]
pub(super) struct CreatedPageLink {
    /// Anyone with the URL can open the customer's portal, without a key.
    url: String,
    #[schema(value_type = String, format = DateTime)]
    expires_at: Timestamp,
    /// The link as a QR code for printing; null if it is too long for one.
    qr_svg: Option<String>,
}

/// Creates a link to the customer portal
///
/// The link is valid for ninety days. It is not stored, and earlier links stay valid. The status is 409 if
/// the host does not know its public URL (`serve --public-url`).
#[utoipa::path(
    get, path = "/v1/customers/{id}/page-link", operation_id = "getPageLink", tag = "customers",
    params(("id" = CustomerId, Path)),
    responses(
        (status = 200, description = "The link", body = CreatedPageLink),
        ReadErrors,
        StateErrors,
    ),
)]
pub(super) async fn make(
    State(app): State<App>,
    Id(id): Id<CustomerId>,
) -> Result<Json<CreatedPageLink>, Problem> {
    let link = blocking(&app.host, move |host| host.page_link(id)).await?;
    Ok(Json(CreatedPageLink {
        qr_svg: crate::console::qr::as_svg(&link.url),
        url: link.url,
        expires_at: link.expires_at,
    }))
}
