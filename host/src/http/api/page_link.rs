//! `/v1/customers/{id}/page-link`

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use super::openapi::{ReadErrors, StateErrors};
use crate::http::extract::Id;
use crate::http::extract::problem::Problem;
use crate::http::{App, blocking};
use crate::model::{CustomerId, Timestamp};

/// A link to a customer's own page.
#[derive(Serialize, ToSchema)]
pub(super) struct Made {
    /// Whoever has it can open the page, without a key.
    url: String,
    #[schema(value_type = String, format = DateTime)]
    expires_at: Timestamp,
    /// The link as a QR code, to be printed; null where it is too long for one.
    qr_svg: Option<String>,
}

/// Make a link to a customer's own page
///
/// It works for ninety days, and nothing is stored for it: another one does not end it. 409 where the host does
/// not know its address on the web (`serve --public-url`).
#[utoipa::path(
    get, path = "/v1/customers/{id}/page-link", operation_id = "getPageLink", tag = "customers",
    params(("id" = CustomerId, Path)),
    responses(
        (status = 200, description = "The link", body = Made),
        ReadErrors,
        StateErrors,
    ),
)]
pub(super) async fn make(
    State(app): State<App>,
    Id(id): Id<CustomerId>,
) -> Result<Json<Made>, Problem> {
    let link = blocking(&app.host, move |host| host.page_link(id)).await?;
    Ok(Json(Made {
        qr_svg: crate::console::qr::as_svg(&link.url),
        url: link.url,
        expires_at: link.expires_at,
    }))
}
