//! Authentication by the token in a link.

use axum::extract::Request;
use axum::http::{Extensions, StatusCode};
use axum::response::Response;

use super::erase;
use super::form::Fields;
use super::layout::Page;
use crate::{App, Problem, blocking};
use regulars::error::Error;
use regulars::host::{Closed, Host, Portal};
use regulars::sentences as say;

/// A handler's response, or a page that explains the failure.
pub(super) type PageResult = Result<Response, Page>;

/// Counts the request, then runs `work` on the portal that the token opens.
pub(super) async fn with_portal(
    app: &App,
    token: String,
    from: &Extensions,
    work: impl FnOnce(&Portal, &Host, &str) -> Result<Response, Error> + Send + 'static,
) -> PageResult {
    app.count_visit(&token, from).map_err(too_many)?;
    open_portal(app, token, work).await
}

/// Counts the request, then reads the posted form.
pub(super) async fn read_form(app: &App, token: &str, request: Request) -> Result<Fields, Page> {
    app.count_visit(token, request.extensions())
        .map_err(too_many)?;
    Fields::read(app, request).await
}

/// Runs `work` on the portal that the token opens, or returns a page that explains the failure.
pub(super) async fn open_portal(
    app: &App,
    token: String,
    work: impl FnOnce(&Portal, &Host, &str) -> Result<Response, Error> + Send + 'static,
) -> PageResult {
    let done = blocking(app.host(), move |host| {
        let page = match host.portal(&token)? {
            Ok(page) => page,
            Err(closed) => return Ok(Err(closed_page(closed))),
        };
        match work(&page, host, &token) {
            // The customer was erased while the page was read.
            Err(Error::Erased { .. }) => Ok(Err(closed_page(Closed::Erased))),
            other => other.map(Ok),
        }
    });
    done.await.unwrap_or_else(|problem| Err(failed(problem)))
}

pub(super) fn closed_page(closed: Closed) -> Page {
    match closed {
        // The page does not reveal if the customer exists.
        Closed::Unknown => Page::note(
            StatusCode::NOT_FOUND,
            say::link_unknown_title(),
            &[say::link_unknown(), say::link_new()],
        ),
        Closed::Expired => Page::note(
            StatusCode::GONE,
            say::link_expired_title(),
            &[say::link_expired(), say::link_new()],
        ),
        Closed::Erased => erase::erased(StatusCode::GONE),
    }
}

pub(super) fn too_many(seconds: u32) -> Page {
    Page {
        retry_after: Some(seconds),
        ..Page::note(
            StatusCode::TOO_MANY_REQUESTS,
            say::too_many_requests_title(),
            &[say::too_many_requests()],
        )
    }
}

pub(super) fn failed(problem: Problem) -> Page {
    Page::note(
        StatusCode::from_u16(problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
        say::failed_title(),
        &[say::failed()],
    )
}
