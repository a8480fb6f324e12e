//! Extractors that read requests. Their rejections are problems that name the field.

pub(super) mod access;
pub(super) mod auth;
pub(super) mod idempotency;
pub(super) mod json;
pub(super) mod ndjson;
pub(super) mod problem;
pub(super) mod wait;

use std::error::Error as _;
use std::str::FromStr;

use axum::extract::rejection::QueryRejection;
use axum::extract::{FromRequest, FromRequestParts, RawPathParams, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use futures_util::StreamExt;
use serde::de::DeserializeOwned;
use tokio::time::timeout;

use self::problem::{Problem, ProblemKind};
use crate::App;
use crate::limits::Limits;
use regulars::model::Cursor;
use regulars::store::PageRequest;

/// A JSON object in the request body.
pub(crate) struct Body<T>(pub T);

impl<T: DeserializeOwned> FromRequest<App> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &App) -> Result<Body<T>, Problem> {
        body(request, app, app.limits.config.max_body)
            .await
            .map(Body)
    }
}

/// Reads a JSON object of at most `most` bytes.
pub(crate) async fn body<T: DeserializeOwned>(
    request: Request,
    app: &App,
    most: usize,
) -> Result<T, Problem> {
    if !is_json(media_type(request.headers()).as_deref()) {
        let detail = "unsupported content type: expected JSON with the header content-type: application/json";
        return Err(Problem::new(ProblemKind::UnsupportedMediaType, detail).at("content-type"));
    }
    let limits = &app.limits.config;
    let bytes = timeout(limits.body_timeout, read(request, most)).await;
    self::json::parse(&bytes.map_err(|_| too_slow(limits))??)
}

/// Reads the whole body, at most `most` bytes.
pub(crate) async fn read(request: Request, most: usize) -> Result<Vec<u8>, Problem> {
    let mut stream = request.into_body().into_data_stream();
    let mut bytes = Vec::new();
    while let Some(chunk) = stream.next().await {
        let chunk = chunk.map_err(|_| {
            Problem::new(
                ProblemKind::MalformedJson,
                "the body ended early: send the request again",
            )
        })?;
        if bytes.len() + chunk.len() > most {
            return Err(too_large(most));
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

pub(crate) fn too_large(most: usize) -> Problem {
    let detail = format!(
        "body is too large: expected at most {most} bytes (`serve --max-body`); send many interactions as application/x-ndjson"
    );
    Problem::new(ProblemKind::TooLarge, detail).at("")
}

pub(crate) fn too_slow(limits: &Limits) -> Problem {
    let detail = format!(
        "the body timed out: a JSON body, or a line of NDJSON, must arrive within {:?}",
        limits.body_timeout
    );
    Problem::new(ProblemKind::TooSlow, detail).at("")
}

/// Returns the content type without its parameters, in lower case.
pub(crate) fn media_type(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
    Some(value.split(';').next()?.trim().to_ascii_lowercase())
}

fn is_json(media_type: Option<&str>) -> bool {
    media_type.is_some_and(|media_type| {
        media_type == "application/json"
            || (media_type.starts_with("application/") && media_type.ends_with("+json"))
    })
}

/// The path parameter `id`.
pub(crate) struct Id<T>(pub T);

impl<T, S> FromRequestParts<S> for Id<T>
where
    T: FromStr<Err: std::fmt::Display>,
    S: Send + Sync,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Id<T>, Problem> {
        path(parts, state, "id").await.map(Id)
    }
}

/// Parses the path parameter `name` as an id.
pub(crate) async fn path<T, S>(parts: &mut Parts, state: &S, name: &str) -> Result<T, Problem>
where
    T: FromStr<Err: std::fmt::Display>,
    S: Send + Sync,
{
    let text = parameter(parts, state, name).await?;
    text.parse()
        .map_err(|error: T::Err| Problem::new(ProblemKind::InvalidId, error.to_string()).at(name))
}

/// The path parameter `action`.
pub(crate) struct ActionName(pub String);

impl<S: Send + Sync> FromRequestParts<S> for ActionName {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<ActionName, Problem> {
        parameter(parts, state, "action").await.map(ActionName)
    }
}

async fn parameter<S: Send + Sync>(
    parts: &mut Parts,
    state: &S,
    name: &str,
) -> Result<String, Problem> {
    let unreadable = || Problem::new(ProblemKind::InvalidId, "invalid id: expected UTF-8").at(name);
    let parameters = RawPathParams::from_request_parts(parts, state)
        .await
        .map_err(|_| unreadable())?;
    let found = parameters.iter().find(|(key, _)| *key == name);
    found
        .map(|(_, value)| value.to_owned())
        .ok_or_else(unreadable)
}

/// The query string.
pub(crate) struct Query<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Query<T>, Problem> {
        axum::extract::Query::try_from_uri(&parts.uri)
            .map(|axum::extract::Query(query)| Query(query))
            .map_err(|rejection| refused(&rejection))
    }
}

fn refused(rejection: &QueryRejection) -> Problem {
    type Located = serde_path_to_error::Error<serde::de::value::Error>;
    let mut source = rejection.source();
    while let Some(error) = source {
        if let Some(located) = error.downcast_ref::<Located>() {
            let segments = self::json::segments(located.path());
            let problem = self::json::data_problem(segments, &located.inner().to_string());
            let kind = match problem.kind {
                ProblemKind::UnknownField => ProblemKind::UnknownParameter,
                _ => ProblemKind::InvalidParameter,
            };
            // Query parameters are flat: the pointer is the name after a slash.
            let name = problem
                .field
                .unwrap_or_default()
                .trim_start_matches('/')
                .to_owned();
            let detail = match problem.detail.as_str() {
                detail if detail.contains("digit") || detail.starts_with("number too") => {
                    "expected a whole number".to_owned()
                }
                detail => detail.replace("field", "parameter"),
            };
            return Problem {
                allowed: problem.allowed,
                ..Problem::new(kind, detail).at(name)
            };
        }
        source = error.source();
    }
    Problem::new(ProblemKind::InvalidParameter, rejection.body_text())
}

/// Returns the requested page of a list.
///
/// # Errors
///
/// A problem at `limit` unless it is 1 to 1000.
pub(crate) fn page(limit: Option<u32>, after: Option<Cursor>) -> Result<PageRequest, Problem> {
    match limit {
        Some(limit) if !(1..=1000).contains(&limit) => Err(Problem::new(
            ProblemKind::InvalidParameter,
            "invalid limit: expected 1 to 1000",
        )
        .at("limit")),
        limit => Ok(PageRequest {
            after,
            limit: limit.unwrap_or(50),
        }),
    }
}
