//! Downloads of the customer portal.

use axum::extract::{Path, State};
use axum::http::Extensions;
use axum::response::{IntoResponse, Response};

use super::layout::strict;
use super::opening::{Answer, on_page, too_many};
use crate::http::{App, VCARD, attachment, stream_export};

/// Streams the full export.
pub(super) async fn everything(
    State(app): State<App>,
    Path(token): Path<String>,
    from: Extensions,
) -> Answer {
    let counted = app.clone();
    on_page(&app, token, &from, move |page, _, _| {
        let place = match counted.download(page.customer()) {
            Ok(place) => place,
            Err(seconds) => return Ok(too_many(seconds).into_response()),
        };
        let all = stream_export(page.export()?, place);
        Ok(strictly(attachment(
            "application/json",
            "my-data.json",
            all,
        )))
    })
    .await
}

pub(super) async fn contact_card(
    State(app): State<App>,
    Path(token): Path<String>,
    from: Extensions,
) -> Answer {
    on_page(&app, token, &from, |page, _, _| {
        let card = page.vcard()?;
        Ok(strictly(attachment(VCARD, "my-contact.vcf", card)))
    })
    .await
}

fn strictly(mut file: Response) -> Response {
    strict(file.headers_mut());
    file
}
