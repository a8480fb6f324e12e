//! What a customer takes along.

use axum::extract::{Path, State};
use axum::http::{Extensions, HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};

use super::layout::strict;
use super::own_page::on_page;
use crate::http::App;

pub(super) async fn vcard(
    State(app): State<App>,
    Path(token): Path<String>,
    from: Extensions,
) -> Response {
    on_page(&app, token, &from, |page, _, _| {
        Ok(download(
            "text/vcard; charset=utf-8",
            "my-contact.vcf",
            page.vcard()?,
        ))
    })
    .await
}

pub(super) async fn data(
    State(app): State<App>,
    Path(token): Path<String>,
    from: Extensions,
) -> Response {
    on_page(&app, token, &from, |page, _, _| {
        Ok(download("application/json", "my-data.json", page.export()?))
    })
    .await
}

fn download(kind: &'static str, name: &str, content: String) -> Response {
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    let name = format!("attachment; filename=\"{name}\"");
    if let Ok(name) = HeaderValue::from_str(&name) {
        headers.insert(header::CONTENT_DISPOSITION, name);
    }
    strict(&mut headers);
    (headers, content).into_response()
}
