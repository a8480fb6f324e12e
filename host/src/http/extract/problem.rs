//! Refusals as RFC 9457 problem details: one shape, whichever layer said no.

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Serialize, Serializer};
use utoipa::ToSchema;

use crate::error::Error;
use crate::model::{FailureKind, KINDS, RunId};
use crate::plugin::PluginError;
use crate::store::StoreError;

/// Characters of an ask: more than a manifest may hold of one, since what is cut would be accepted unread.
const MAX_ASK: usize = 8192;

/// Why a request was refused, in the shape of RFC 9457.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(example = json!({
    "type": "urn:regulars:problem:unknown-field",
    "title": "A field that is not known here",
    "status": 422,
    "detail": "unknown field `colour`, expected one of `kind`, `value`, `label`",
    "field": "/colour",
    "allowed": ["kind", "value", "label"],
}))]
pub struct Problem {
    /// A stable URN that programs can switch on: `urn:regulars:problem:unknown-field`.
    #[serde(rename = "type", serialize_with = "urn")]
    #[schema(value_type = String)]
    pub kind: ProblemKind,
    /// The same words for every problem of this type.
    pub title: &'static str,
    /// The HTTP status, again.
    pub status: u16,
    /// What is wrong this time, and what would be right.
    pub detail: String,
    /// What is wrong: a JSON pointer into the body (empty for all of it), or the name of a path
    /// parameter, query parameter or header.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<Box<str>>,
    /// What would be accepted in its place, where that is a short list.
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    pub allowed: Box<[String]>,
    /// What another version of a plugin asks for beyond the installed one, each in plain words.
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    pub asks: Box<[String]>,
    /// Seconds after which the same request may go better, where the type does not say it.
    #[serde(skip)]
    #[schema(ignore)]
    pub(crate) retry_after: Option<u32>,
    /// The run that failed; its record holds the logs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub run: Option<RunId>,
}

macro_rules! kinds {
    ($($name:ident = $slug:literal, $status:ident, $title:literal;)*) => {
        /// The types of problem that this API knows.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum ProblemKind { $(#[doc = $title] $name,)* }

        impl ProblemKind {
            /// The last part of the type's URN, the status, and the title.
            fn words(self) -> (&'static str, StatusCode, &'static str) {
                match self { $(ProblemKind::$name => ($slug, StatusCode::$status, $title),)* }
            }
        }
    };
}

kinds! {
    MalformedJson = "malformed-json", BAD_REQUEST, "The body is not JSON";
    InvalidId = "invalid-id", BAD_REQUEST, "This cannot be an id";
    InvalidParameter = "invalid-parameter", BAD_REQUEST, "A query parameter or header that cannot be used";
    UnknownParameter = "unknown-parameter", BAD_REQUEST, "A query parameter that is not known here";
    Unauthorized = "unauthorized", UNAUTHORIZED, "A key is needed";
    Forbidden = "forbidden", FORBIDDEN, "The key does not open this";
    NotFound = "not-found", NOT_FOUND, "There is no such thing";
    Erased = "erased", GONE, "The customer was erased";
    NoRoute = "no-route", NOT_FOUND, "There is nothing at this path";
    MethodNotAllowed = "method-not-allowed", METHOD_NOT_ALLOWED, "This cannot be done here";
    WiderAsks = "wider-asks", CONFLICT, "This version asks for more";
    Duplicate = "duplicate", CONFLICT, "The id is taken";
    Conflict = "conflict", CONFLICT, "Its state does not allow this";
    VersionMismatch = "version-mismatch", PRECONDITION_FAILED, "It was changed in the meantime";
    TooSlow = "too-slow", REQUEST_TIMEOUT, "The body came too slowly";
    HeadersTooLarge = "headers-too-large", REQUEST_HEADER_FIELDS_TOO_LARGE, "The headers are too large";
    TooManyRequests = "too-many-requests", TOO_MANY_REQUESTS, "Too much at once";
    TimedOut = "timed-out", SERVICE_UNAVAILABLE, "It took too long";
    Busy = "busy", SERVICE_UNAVAILABLE, "The server is busy";
    TooLarge = "too-large", PAYLOAD_TOO_LARGE, "The body is too large";
    UnsupportedMediaType = "unsupported-media-type", UNSUPPORTED_MEDIA_TYPE, "The body has the wrong content type";
    UnknownField = "unknown-field", UNPROCESSABLE_ENTITY, "A field that is not known here";
    MissingField = "missing-field", UNPROCESSABLE_ENTITY, "A field is missing";
    WrongType = "wrong-type", UNPROCESSABLE_ENTITY, "A field has the wrong JSON type";
    BadDate = "bad-date", UNPROCESSABLE_ENTITY, "A date or time that cannot be read";
    InvalidValue = "invalid-value", UNPROCESSABLE_ENTITY, "A value that cannot be used";
    PluginRefused = "plugin-refused", UNPROCESSABLE_ENTITY, "This cannot be a plugin here";
    PluginDeclined = "plugin-declined", UNPROCESSABLE_ENTITY, "The plugin declined";
    PluginFailed = "plugin-failed", BAD_GATEWAY, "The plugin failed";
    PluginLimited = "plugin-limited", TOO_MANY_REQUESTS, "The plugin has used what it may for now";
    PluginBusy = "plugin-busy", SERVICE_UNAVAILABLE, "The plugin cannot answer right now";
    Stopping = "stopping", SERVICE_UNAVAILABLE, "The host is stopping";
    StorageUnavailable = "storage-unavailable", SERVICE_UNAVAILABLE, "The storage takes nothing";
    StorageFull = "storage-full", INSUFFICIENT_STORAGE, "The disk is full";
    StorageDamaged = "storage-damaged", INTERNAL_SERVER_ERROR, "The database is damaged";
    Internal = "internal", INTERNAL_SERVER_ERROR, "The host failed";
}

impl ProblemKind {
    /// Its stable name.
    pub fn urn(self) -> String {
        format!("urn:regulars:problem:{}", self.words().0)
    }

    pub(crate) fn status(self) -> StatusCode {
        self.words().1
    }

    /// The last part of its URN.
    pub(crate) fn slug(self) -> &'static str {
        self.words().0
    }

    /// Seconds after which the same request may go better.
    fn retry_after(self) -> Option<u32> {
        match self {
            ProblemKind::PluginBusy
            | ProblemKind::PluginLimited
            | ProblemKind::Busy
            | ProblemKind::TimedOut => Some(1),
            ProblemKind::Stopping | ProblemKind::StorageUnavailable => Some(5),
            _ => None,
        }
    }
}

fn urn<S: Serializer>(kind: &ProblemKind, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&kind.urn())
}

impl Problem {
    /// A problem of this type, on one line however it was worded.
    pub fn new(kind: ProblemKind, detail: impl AsRef<str>) -> Problem {
        let (_, status, title) = kind.words();
        Problem {
            kind,
            title,
            status: status.as_u16(),
            detail: crate::text::line(detail.as_ref(), 500),
            field: None,
            allowed: Box::default(),
            asks: Box::default(),
            retry_after: None,
            run: None,
        }
    }

    /// Names what is wrong.
    #[must_use]
    pub fn at(mut self, field: impl AsRef<str>) -> Problem {
        self.field = Some(crate::text::line(field.as_ref(), 200).into());
        self
    }

    /// Says when it may go better.
    #[must_use]
    pub(crate) fn after(mut self, seconds: u32) -> Problem {
        self.retry_after = Some(seconds);
        self
    }

    /// Makes it the body of its response; `instance` names the request, where it has a name.
    pub(crate) fn write_into(&self, response: &mut Response, instance: Option<String>) {
        #[derive(Serialize)]
        struct Told<'p> {
            #[serde(flatten)]
            problem: &'p Problem,
            #[serde(skip_serializing_if = "Option::is_none")]
            instance: Option<String>,
        }
        let told = Told {
            problem: self,
            instance,
        };
        let body = serde_json::to_vec(&told).unwrap_or_default();
        response.headers_mut().remove(header::CONTENT_LENGTH);
        *response.body_mut() = body.into();
    }

    /// Where the thing that was not found is named by something else than the path's `id`.
    #[must_use]
    pub(crate) fn not_found_at(self, field: &str) -> Problem {
        if self.kind == ProblemKind::NotFound {
            self.at(field)
        } else {
            self
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = self.kind.status();
        let mut headers = HeaderMap::new();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        if let Some(seconds) = self.retry_after.or(self.kind.retry_after()) {
            headers.insert(header::RETRY_AFTER, seconds.into());
        }
        let mut response = (status, headers).into_response();
        self.write_into(&mut response, None);
        // Whoever sees it pass may say more.
        response.extensions_mut().insert(self);
        response
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Problem {
        use ProblemKind as Kind;
        let detail = error.to_string();
        match error {
            Error::NotFound { what: "action", .. } => {
                Problem::new(Kind::NotFound, detail).at("action")
            }
            Error::NotFound { .. } => Problem::new(Kind::NotFound, detail).at("id"),
            Error::Erased { .. } => Problem::new(Kind::Erased, detail),
            Error::Invalid { field, problem } => {
                let allowed: Box<[String]> = if field == "/kind" {
                    Box::new(KINDS.map(str::to_owned))
                } else {
                    Box::default()
                };
                Problem {
                    allowed,
                    ..Problem::new(Kind::InvalidValue, problem).at(field)
                }
            }
            Error::Duplicate { .. } => Problem::new(Kind::Duplicate, detail).at("/id"),
            Error::Conflict { .. } => Problem::new(Kind::Conflict, detail),
            Error::WiderAsks { plugin, asks } => {
                let detail = format!(
                    "{plugin}: this version asks for more than the one that is installed, which works on: read `asks`, \
                     and accept them with `accept_wider`, or say in `grants` what to grant"
                );
                Problem {
                    asks: asks
                        .iter()
                        .map(|ask| crate::text::line(ask, MAX_ASK))
                        .collect(),
                    ..Problem::new(Kind::WiderAsks, detail).at("/accept_wider")
                }
            }
            Error::Plugin(PluginError::TooLarge { .. }) => Problem::new(Kind::TooLarge, detail),
            Error::Plugin(PluginError::Compile(_)) => internal(&detail),
            Error::Plugin(_) => Problem::new(Kind::PluginRefused, detail),
            Error::Failed { run, failure, .. } => {
                let kind = match failure {
                    FailureKind::Permanent => Kind::PluginDeclined,
                    FailureKind::Retry | FailureKind::Host => Kind::PluginBusy,
                    _ => Kind::PluginFailed,
                };
                Problem {
                    run: Some(run),
                    ..Problem::new(kind, detail)
                }
            }
            Error::Limited { retry_after, .. } => Problem {
                retry_after: Some(retry_after.as_millis().div_ceil(1000).clamp(1, 3600) as u32),
                ..Problem::new(Kind::PluginLimited, detail)
            },
            Error::Store(error) => stored(&error, &detail),
            Error::Config { .. } => internal(&detail),
            Error::Stopped => Problem::new(Kind::Stopping, detail),
        }
    }
}

fn stored(error: &StoreError, detail: &str) -> Problem {
    match error {
        StoreError::Conflict(_) => Problem::new(
            ProblemKind::Conflict,
            "something changed in the meantime: read it again, then send your change once more",
        ),
        StoreError::Full => Problem::new(ProblemKind::StorageFull, detail),
        StoreError::ReadOnly | StoreError::Closed | StoreError::Busy | StoreError::Crowded(_) => {
            Problem::new(ProblemKind::StorageUnavailable, detail)
        }
        StoreError::Disk(_) => {
            tracing::error!(error = detail, "a request failed");
            Problem::new(
                ProblemKind::StorageUnavailable,
                "the disk failed, and nothing that was acknowledged is lost; the host's log says how",
            )
        }
        StoreError::Corrupt(_) => {
            tracing::error!(error = detail, "a request failed");
            Problem::new(
                ProblemKind::StorageDamaged,
                "the database file is damaged: whoever runs the host finds out with `regulars doctor`",
            )
        }
        _ => internal(detail),
    }
}

/// What a caller can do nothing about is said in the host's log, where the operator reads it.
pub(crate) fn internal(detail: &str) -> Problem {
    tracing::error!(error = detail, "a request failed");
    Problem::new(
        ProblemKind::Internal,
        "the host failed at this; its log says how",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{CustomerId, Timestamp};

    #[test]
    fn every_problem_has_its_status_and_says_nothing_of_the_inside() {
        let run = RunId(uuid::Uuid::nil());
        let failed = |failure| Error::Failed {
            run,
            failure,
            detail: "it panicked".to_owned(),
        };
        for (error, status, slug) in [
            (Error::not_found("customer", "x"), 404, "not-found"),
            (
                Error::Erased {
                    customer: CustomerId(uuid::Uuid::nil()),
                    at: Timestamp::UNIX_EPOCH,
                },
                410,
                "erased",
            ),
            (Error::invalid("/kind", "no"), 422, "invalid-value"),
            (
                Error::Duplicate {
                    what: "customer",
                    id: "x".to_owned(),
                },
                409,
                "duplicate",
            ),
            (failed(FailureKind::Trap), 502, "plugin-failed"),
            (failed(FailureKind::Permanent), 422, "plugin-declined"),
            (failed(FailureKind::Retry), 503, "plugin-busy"),
            (Error::Stopped, 503, "stopping"),
            (StoreError::Full.into(), 507, "storage-full"),
            (StoreError::ReadOnly.into(), 503, "storage-unavailable"),
            (
                StoreError::Disk("SELECT".to_owned()).into(),
                503,
                "storage-unavailable",
            ),
            (
                StoreError::Corrupt("SELECT".to_owned()).into(),
                500,
                "storage-damaged",
            ),
            (
                StoreError::Backend("SELECT secret".to_owned()).into(),
                500,
                "internal",
            ),
        ] {
            let problem = Problem::from(error);
            let shown = serde_json::to_value(&problem).unwrap();
            assert_eq!(shown["status"], status, "{shown}");
            assert_eq!(shown["type"], format!("urn:regulars:problem:{slug}"));
            assert!(!shown.to_string().contains("SELECT"), "{shown}");
            let response = problem.into_response();
            assert_eq!(response.status().as_u16(), status);
            assert_eq!(
                response.headers()[header::CONTENT_TYPE],
                "application/problem+json"
            );
        }
    }
}
