//! Middleware for every request: its id, metrics, log line and time limit.

use std::time::{Duration, Instant};

use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderValue, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tracing::Instrument;

use super::drain::BodySlot;
use crate::App;
use crate::extract::media_type;
use crate::extract::ndjson::is_ndjson;
use crate::extract::problem::{Problem, ProblemKind};
use crate::extract::wait::MAX_WAIT;

const REQUEST_ID: &str = "x-request-id";

/// Logs the route's template and the status, never the path or query, since those identify people. Disables
/// caching.
pub(crate) async fn observe(State(app): State<App>, request: Request, next: Next) -> Response {
    let started = Instant::now();
    let method = request.method().clone();
    let matched = request.extensions().get::<MatchedPath>().cloned();
    let route = matched.as_ref().map_or("none", MatchedPath::as_str);
    let id = request_id(request.headers());
    let span = tracing::info_span!("request", id = %id);
    let slot = BodySlot::default();
    // With `expect: 100-continue` a rejected body is never requested from the client.
    let expects_continue = request.headers().contains_key(header::EXPECT);
    let request = request.map(|body| slot.lend(body));
    let mut response = async {
        let response = respond(&app, request, next).await;
        let refusal = response.extensions().get::<Problem>();
        if !expects_continue && refusal.is_none_or(|problem| problem.kind != ProblemKind::TooSlow) {
            slot.drain().await;
        }
        let micros = started.elapsed().as_micros() as u64;
        let status = response.status().as_u16();
        tracing::debug!(%method, route, status, micros, "answered");
        response
    }
    .instrument(span)
    .await;
    if let Some(problem) = response.extensions_mut().remove::<Problem>() {
        app.limits.metrics.refused(problem.kind);
        problem.write_into(&mut response, Some(format!("urn:regulars:request:{id}")));
    }
    let metrics = &app.limits.metrics;
    metrics.answered(&method, route, response.status(), started.elapsed());
    let headers = response.headers_mut();
    // An id consists of characters that are valid in a header.
    if let Ok(id) = HeaderValue::from_str(&id) {
        headers.insert(REQUEST_ID, id);
    }
    headers.insert(
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if app.limits.closing() {
        headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    response
}

/// Rejects requests over the limits and cancels those that take too long.
async fn respond(app: &App, request: Request, next: Next) -> Response {
    if app.limits.closing() {
        return Problem::from(regulars::Error::Stopped).into_response();
    }
    if let Err(problem) = check_headers(app, request.headers()) {
        return problem.into_response();
    }
    let Some(limit) = time_limit(app, request.uri(), request.headers()) else {
        return next.run(request).await;
    };
    match tokio::time::timeout(limit, next.run(request)).await {
        Ok(response) => response,
        Err(_) => {
            let detail = "the request timed out, and its work may still complete: a repeated request with the \
                          same id or idempotency-key has no further effect";
            Problem::new(ProblemKind::TimedOut, detail).into_response()
        }
    }
}

/// Returns the request's time limit, or `None` for endless streams.
fn time_limit(app: &App, uri: &Uri, headers: &HeaderMap) -> Option<Duration> {
    if is_ndjson(media_type(headers).as_deref()) {
        return None;
    }
    let waits = uri
        .query()
        .is_some_and(|query| query.split('&').any(|pair| pair.starts_with("wait=")));
    let wait = if waits { MAX_WAIT } else { Duration::ZERO };
    Some(app.limits.config.request_timeout.saturating_add(wait))
}

fn check_headers(app: &App, headers: &HeaderMap) -> Result<(), Problem> {
    let limits = &app.limits.config;
    let bytes: usize = headers
        .iter()
        .map(|(name, value)| name.as_str().len() + value.len())
        .sum();
    if headers.len() <= limits.max_headers && bytes <= limits.max_header_bytes {
        return Ok(());
    }
    let detail = format!(
        "headers are too large: expected at most {} headers with {} bytes in total; send fewer cookies",
        limits.max_headers, limits.max_header_bytes
    );
    Err(Problem::new(ProblemKind::HeadersTooLarge, detail))
}

/// Returns the caller's `x-request-id` if it is safe to log, else a new id.
fn request_id(headers: &HeaderMap) -> String {
    let given = headers.get(REQUEST_ID).and_then(|id| id.to_str().ok());
    let plain = |id: &&str| {
        (1..=64).contains(&id.len())
            && id
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
    };
    match given.filter(plain) {
        Some(id) => id.to_owned(),
        None => format!("{:032x}", rand::random::<u128>()),
    }
}
