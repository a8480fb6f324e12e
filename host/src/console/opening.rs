//! What a token opens, or a page that says why it opens nothing.

use axum::http::{Extensions, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::erase;
use super::layout::Sheet;
use crate::error::Error;
use crate::host::{Host, Opened, OwnPage};
use crate::http::{App, Problem, blocking};

/// Counts the request, and does something with the page that the token opens.
pub(super) async fn on_page(
    app: &App,
    token: String,
    from: &Extensions,
    work: impl FnOnce(&OwnPage, &Host, &str) -> Result<Response, Error> + Send + 'static,
) -> Response {
    match app.let_in(&token, from) {
        Ok(()) => opened(app, token, work).await,
        Err(seconds) => too_many(seconds),
    }
}

/// Does something with the page that the token opens, or says why it opens none.
pub(super) async fn opened(
    app: &App,
    token: String,
    work: impl FnOnce(&OwnPage, &Host, &str) -> Result<Response, Error> + Send + 'static,
) -> Response {
    let done = blocking(app.host(), move |host| match host.own_page(&token)? {
        Opened::To(page) => match work(&page, host, &token) {
            // Erased while it was read.
            Err(Error::NotFound { .. } | Error::Erased { .. }) => {
                Ok(erase::erased(StatusCode::GONE).into_response())
            }
            other => other,
        },
        Opened::Expired => Ok(gone().into_response()),
        Opened::Unknown => Ok(unknown().into_response()),
        Opened::Erased => Ok(erase::erased(StatusCode::GONE).into_response()),
    });
    match done.await {
        Ok(response) => response,
        Err(problem) => failed(&problem).into_response(),
    }
}

const AGAIN: &str =
    "You get a new link with every message from us, and from our staff whenever you ask for one.";

pub(super) fn gone() -> Sheet {
    Sheet::note(
        StatusCode::GONE,
        "This link has had its time",
        &[
            "Links to your page end after a while, to keep others out.",
            AGAIN,
        ],
    )
}

/// It says nothing about whether there is such a customer.
pub(super) fn unknown() -> Sheet {
    Sheet::note(
        StatusCode::NOT_FOUND,
        "This link opens nothing",
        &[
            "Perhaps a part of it got lost on the way. Try to open it from the message once more.",
            AGAIN,
        ],
    )
}

pub(super) fn too_many(seconds: u32) -> Response {
    let sheet = Sheet::note(
        StatusCode::TOO_MANY_REQUESTS,
        "A little slower, please",
        &["That was a lot at once. Wait a moment, then try again. Nothing was changed."],
    );
    let mut response = sheet.into_response();
    response
        .headers_mut()
        .insert(header::RETRY_AFTER, seconds.into());
    response
}

pub(super) fn failed(problem: &Problem) -> Sheet {
    Sheet::note(
        StatusCode::from_u16(problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
        "That did not work",
        &[
            "Something went wrong on our side. Load the page again to see how things are, and try once more in a while.",
        ],
    )
}
