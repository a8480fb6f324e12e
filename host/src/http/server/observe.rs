//! What happens to every request on its way in and out: its id, what is counted and logged of it, and
//! how long it may take.

use std::time::{Duration, Instant};

use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderValue, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tracing::Instrument;

use super::drain::Rest;
use crate::http::App;
use crate::http::extract::media_type;
use crate::http::extract::ndjson::is_ndjson;
use crate::http::extract::problem::{Problem, ProblemKind};
use crate::http::extract::wait::LONGEST;

const REQUEST_ID: &str = "x-request-id";

/// Tells the log which route answered what (its template, since paths and queries name people), and
/// that nothing of this is for a cache.
pub(crate) async fn observe(State(app): State<App>, request: Request, next: Next) -> Response {
    let started = Instant::now();
    let method = request.method().clone();
    let matched = request.extensions().get::<MatchedPath>().cloned();
    let route = matched.as_ref().map_or("none", MatchedPath::as_str);
    let id = request_id(request.headers());
    let span = tracing::info_span!("request", id = %id);
    let rest = Rest::default();
    // Who asks before sending a body is not asked for one that nobody wants.
    let asks = request.headers().contains_key(header::EXPECT);
    let request = request.map(|body| rest.of(body));
    let mut response = async {
        let response = limited(&app, request, next).await;
        let refusal = response.extensions().get::<Problem>();
        if !asks && refusal.is_none_or(|problem| problem.kind != ProblemKind::TooSlow) {
            rest.drain().await;
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
    // An id is made of characters that a header may hold.
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

/// Refuses what is not let in now, and ends what takes too long.
async fn limited(app: &App, request: Request, next: Next) -> Response {
    if app.limits.closing() {
        return Problem::from(crate::Error::Stopped).into_response();
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
            let detail = "it took too long; what was begun may still be done: sent again with the \
                          same id or idempotency-key, it is not done twice";
            Problem::new(ProblemKind::TimedOut, detail).into_response()
        }
    }
}

/// None for what has no end of its own.
fn time_limit(app: &App, uri: &Uri, headers: &HeaderMap) -> Option<Duration> {
    if is_ndjson(media_type(headers).as_deref()) {
        return None;
    }
    let waits = uri
        .query()
        .is_some_and(|query| query.split('&').any(|pair| pair.starts_with("wait=")));
    let wait = if waits { LONGEST } else { Duration::ZERO };
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
        "at most {} headers with {} bytes together are accepted: send fewer cookies and the like",
        limits.max_headers, limits.max_header_bytes
    );
    Err(Problem::new(ProblemKind::HeadersTooLarge, detail))
}

/// The caller's own id, where it is one that may stand anywhere; else a new one.
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
