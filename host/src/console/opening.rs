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
use crate::sentences as say;

/// A handler's response, or a page that explains the failure.
pub(super) type Answer = Result<Response, Sheet>;

/// Counts the request, then runs `work` on the portal that the token opens.
pub(super) async fn on_page(
    app: &App,
    token: String,
    from: &Extensions,
    work: impl FnOnce(&OwnPage, &Host, &str) -> Result<Response, Error> + Send + 'static,
) -> Answer {
    app.count_visit(&token, from).map_err(too_many)?;
    opened(app, token, work).await
}

/// Counts the request, then reads the posted form.
pub(super) async fn posted(app: &App, token: &str, request: Request) -> Result<Fields, Sheet> {
    app.count_visit(token, request.extensions())
        .map_err(too_many)?;
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

pub(super) fn sheet_of(closed: Closed) -> Sheet {
    match closed {
        // The page does not reveal if the customer exists.
        Closed::Unknown => Sheet::note(
            StatusCode::NOT_FOUND,
            say::link_unknown_title(),
            &[say::link_unknown(), say::link_new()],
        ),
        Closed::Expired => Sheet::note(
            StatusCode::GONE,
            say::link_expired_title(),
            &[say::link_expired(), say::link_new()],
        ),
        Closed::Erased => erase::erased(StatusCode::GONE),
    }
}

pub(super) fn too_many(seconds: u32) -> Sheet {
    Sheet {
        retry_after: Some(seconds),
        ..Sheet::note(
            StatusCode::TOO_MANY_REQUESTS,
            say::too_many_requests_title(),
            &[say::too_many_requests()],
        )
    }
}

pub(super) fn failed(problem: Problem) -> Sheet {
    Sheet::note(
        StatusCode::from_u16(problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
        say::failed_title(),
        &[say::failed()],
    )
}
