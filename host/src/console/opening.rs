//! Authentication by the token in a link.

use axum::extract::Request;
use axum::http::{Extensions, StatusCode};
use axum::response::Response;

use super::erase;
use super::form::Fields;
use super::layout::Sheet;
use crate::error::Error;
use crate::host::{Closed, Host, OwnPage};
use crate::http::{App, Problem, blocking};

/// A handler's response, or a page that explains the failure.
pub(super) type Answer = Result<Response, Sheet>;

/// Counts the request, then runs `work` on the portal that the token opens.
pub(super) async fn on_page(
    app: &App,
    token: String,
    from: &Extensions,
    work: impl FnOnce(&OwnPage, &Host, &str) -> Result<Response, Error> + Send + 'static,
) -> Answer {
    app.let_in(&token, from).map_err(too_many)?;
    opened(app, token, work).await
}

/// Counts the request, then reads the posted form.
pub(super) async fn posted(app: &App, token: &str, request: Request) -> Result<Fields, Sheet> {
    app.let_in(token, request.extensions()).map_err(too_many)?;
    Fields::read(app, request).await
}

/// Runs `work` on the portal that the token opens, or returns a page that explains the failure.
pub(super) async fn opened(
    app: &App,
    token: String,
    work: impl FnOnce(&OwnPage, &Host, &str) -> Result<Response, Error> + Send + 'static,
) -> Answer {
    let done = blocking(app.host(), move |host| {
        let page = match host.own_page(&token)? {
            Ok(page) => page,
            Err(closed) => return Ok(Err(sheet_of(closed))),
        };
        match work(&page, host, &token) {
            // The customer was erased while the page was read.
            Err(Error::Erased { .. }) => Ok(Err(sheet_of(Closed::Erased))),
            other => other.map(Ok),
        }
    });
    done.await.unwrap_or_else(|problem| Err(failed(problem)))
}

const AGAIN: &str =
    "You get a new link with every message from us, and from our staff whenever you ask for one.";

pub(super) fn sheet_of(closed: Closed) -> Sheet {
    match closed {
        // The page does not reveal if the customer exists.
        Closed::Unknown => Sheet::note(
            StatusCode::NOT_FOUND,
            "This link opens nothing",
            &[
                "Perhaps a part of it got lost on the way. Try to open it from the message once more.",
                AGAIN,
            ],
        ),
        Closed::Expired => Sheet::note(
            StatusCode::GONE,
            "This link has had its time",
            &[
                "Links to your page end after a while, to keep others out.",
                AGAIN,
            ],
        ),
        Closed::Erased => erase::erased(StatusCode::GONE),
    }
}

pub(super) fn too_many(seconds: u32) -> Sheet {
    Sheet {
        retry_after: Some(seconds),
        ..Sheet::note(
            StatusCode::TOO_MANY_REQUESTS,
            "A little slower, please",
            &["That was a lot at once. Wait a moment, then try again. Nothing was changed."],
        )
    }
}

pub(super) fn failed(problem: Problem) -> Sheet {
    Sheet::note(
        StatusCode::from_u16(problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
        "That did not work",
        &[
            "Something went wrong on our side. Load the page again to see how things are, and try once more in a while.",
        ],
    )
}
