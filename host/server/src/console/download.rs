//! Downloads of the customer portal.

use axum::extract::{Path, State};
use axum::http::Extensions;
use axum::response::{IntoResponse, Response};

use super::auth::{PageResult, too_many, with_portal};
use super::layout::set_security_headers;
use crate::{App, VCARD, attachment, stream_export};

/// Streams the full export.
pub(super) async fn everything(
    State(app): State<App>,
    Path(token): Path<String>,
    from: Extensions,
) -> PageResult {
    let counted = app.clone();
    with_portal(&app, token, &from, move |page, _, _| {
        let place = match counted.download(page.customer()) {
            Ok(place) => place,
            Err(seconds) => return Ok(too_many(seconds).into_response()),
        };
        let all = stream_export(page.export()?, place);
        Ok(secured(attachment("application/json", "my-data.json", all)))
    })
    .await
}

pub(super) async fn contact_card(
    State(app): State<App>,
    Path(token): Path<String>,
    from: Extensions,
) -> PageResult {
    with_portal(&app, token, &from, |page, _, _| {
        let card = page.vcard()?;
        Ok(secured(attachment(VCARD, "my-contact.vcf", card)))
    })
    .await
}

fn secured(mut file: Response) -> Response {
    set_security_headers(file.headers_mut());
    file
}
