//! Errors as RFC 9457 problem details. Every layer uses the same shape.

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Serialize, Serializer};
use utoipa::ToSchema;

use regulars::error::Error;
use regulars::model::{FailureKind, KINDS, RunId};
use regulars::plugin::PluginError;
use regulars::store::StoreError;

/// Longest request of a plugin in `asks`, in characters. It exceeds the manifest's limit, since a truncated
/// request would be accepted unread.
const MAX_ASK: usize = 8192;

/// An error, in the shape of RFC 9457.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(example = json!({
    "type": "urn:regulars:problem:unknown-field",
    "title": "Unknown field",
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
    /// A fixed title for each problem type.
    pub title: &'static str,
    /// The HTTP status code.
    pub status: u16,
    /// The specific error and the accepted alternative.
    pub detail: String,
    /// The invalid part: a JSON pointer into the body (empty for the whole body), or the name of a path
    /// parameter, query parameter or header.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<Box<str>>,
    /// The accepted values, if they form a short list.
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    pub allowed: Box<[String]>,
    /// The requests of a plugin version beyond the installed one, in plain words.
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    pub asks: Box<[String]>,
    /// Seconds for the `retry-after` header, if they differ from the type's default.
    #[serde(skip)]
    #[schema(ignore)]
    pub(crate) retry_after: Option<u32>,
    /// The failed run; its record holds the logs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub run: Option<RunId>,
}

macro_rules! kinds {
    ($($name:ident = $slug:literal, $status:ident, $title:literal;)*) => {
        /// The problem types of this API.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum ProblemKind { $(#[doc = $title] $name,)* }

        impl ProblemKind {
            /// Returns the last part of the URN, the status and the title.
            fn definition(self) -> (&'static str, StatusCode, &'static str) {
                match self { $(ProblemKind::$name => ($slug, StatusCode::$status, $title),)* }
            }
        }
    };
}

kinds! {
    MalformedJson = "malformed-json", BAD_REQUEST, "Malformed JSON";
    InvalidId = "invalid-id", BAD_REQUEST, "Invalid id";
    InvalidParameter = "invalid-parameter", BAD_REQUEST, "Invalid query parameter or header";
    UnknownParameter = "unknown-parameter", BAD_REQUEST, "Unknown query parameter";
    Unauthorized = "unauthorized", UNAUTHORIZED, "Missing or invalid key";
    Forbidden = "forbidden", FORBIDDEN, "Insufficient scope";
    NotFound = "not-found", NOT_FOUND, "Not found";
    Erased = "erased", GONE, "Customer was erased";
    NoRoute = "no-route", NOT_FOUND, "No such path";
    MethodNotAllowed = "method-not-allowed", METHOD_NOT_ALLOWED, "Method not allowed";
    WiderAsks = "wider-asks", CONFLICT, "Version requests more than is granted";
    Duplicate = "duplicate", CONFLICT, "Id already in use";
    Conflict = "conflict", CONFLICT, "Conflict with the current state";
    VersionMismatch = "version-mismatch", PRECONDITION_FAILED, "Modified since it was read";
    TooSlow = "too-slow", REQUEST_TIMEOUT, "Request body timed out";
    HeadersTooLarge = "headers-too-large", REQUEST_HEADER_FIELDS_TOO_LARGE, "Request headers too large";
    TooManyRequests = "too-many-requests", TOO_MANY_REQUESTS, "Too many requests";
    TimedOut = "timed-out", SERVICE_UNAVAILABLE, "Request timed out";
    Busy = "busy", SERVICE_UNAVAILABLE, "Server busy";
    TooLarge = "too-large", PAYLOAD_TOO_LARGE, "Request body too large";
    UnsupportedMediaType = "unsupported-media-type", UNSUPPORTED_MEDIA_TYPE, "Unsupported media type";
    UnknownField = "unknown-field", UNPROCESSABLE_ENTITY, "Unknown field";
    MissingField = "missing-field", UNPROCESSABLE_ENTITY, "Missing field";
    WrongType = "wrong-type", UNPROCESSABLE_ENTITY, "Wrong JSON type";
    BadDate = "bad-date", UNPROCESSABLE_ENTITY, "Invalid date or time";
    InvalidValue = "invalid-value", UNPROCESSABLE_ENTITY, "Invalid value";
    PluginRefused = "plugin-refused", UNPROCESSABLE_ENTITY, "Plugin rejected";
    PluginDeclined = "plugin-declined", UNPROCESSABLE_ENTITY, "Plugin declined";
    PluginFailed = "plugin-failed", BAD_GATEWAY, "Plugin failed";
    PluginLimited = "plugin-limited", TOO_MANY_REQUESTS, "Plugin limit reached";
    PluginBusy = "plugin-busy", SERVICE_UNAVAILABLE, "Plugin temporarily unavailable";
    Stopping = "stopping", SERVICE_UNAVAILABLE, "Host is stopping";
    StorageUnavailable = "storage-unavailable", SERVICE_UNAVAILABLE, "Storage unavailable";
    StorageFull = "storage-full", INSUFFICIENT_STORAGE, "Disk full";
    StorageDamaged = "storage-damaged", INTERNAL_SERVER_ERROR, "Database damaged";
    Internal = "internal", INTERNAL_SERVER_ERROR, "Internal error";
}

impl ProblemKind {
    /// Returns the stable name, `urn:regulars:problem:…`.
    pub fn urn(self) -> String {
        format!("urn:regulars:problem:{}", self.definition().0)
    }

    pub(crate) fn status(self) -> StatusCode {
        self.definition().1
    }

    /// Returns the last part of the URN.
    pub(crate) fn slug(self) -> &'static str {
        self.definition().0
    }

    /// Returns the default seconds for the `retry-after` header.
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
    /// Creates a problem. Its detail is flattened to one line of at most 500 characters.
    pub fn new(kind: ProblemKind, detail: impl AsRef<str>) -> Problem {
        let (_, status, title) = kind.definition();
        Problem {
            kind,
            title,
            status: status.as_u16(),
            detail: regulars::text::line(detail.as_ref(), 500),
            field: None,
            allowed: Box::default(),
            asks: Box::default(),
            retry_after: None,
            run: None,
        }
    }

    /// Sets the invalid field.
    #[must_use]
    pub fn at(mut self, field: impl AsRef<str>) -> Problem {
        self.field = Some(regulars::text::line(field.as_ref(), 200).into());
        self
    }

    /// Sets the seconds for the `retry-after` header.
    #[must_use]
    pub(crate) fn after(mut self, seconds: u32) -> Problem {
        self.retry_after = Some(seconds);
        self
    }

    /// Writes the problem into the response body. `instance` is the request's URN, if it has one.
    pub(crate) fn write_into(&self, response: &mut Response, instance: Option<String>) {
        #[derive(Serialize)]
        struct WithInstance<'p> {
            #[serde(flatten)]
            problem: &'p Problem,
            #[serde(skip_serializing_if = "Option::is_none")]
            instance: Option<String>,
        }
        let content = WithInstance {
            problem: self,
            instance,
        };
        let body = serde_json::to_vec(&content).unwrap_or_default();
        response.headers_mut().remove(header::CONTENT_LENGTH);
        *response.body_mut() = body.into();
    }

    /// Sets the field if the kind is [`ProblemKind::NotFound`], for resources that the path names by another
    /// parameter than `id`.
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
        // Outer layers add the request id and count the problem.
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
                    "{plugin}: the version requests more than is granted to the installed one, which continues: read `asks`, then \
                     accept them with `accept_wider`, or list the permissions in `grants`"
                );
                Problem {
                    asks: asks
                        .iter()
                        .map(|ask| regulars::text::line(ask, MAX_ASK))
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
            Error::Stopped => Problem::new(Kind::Stopping, detail),
            // A configuration that cannot be used, and what this server does not know.
            _ => internal(&detail),
        }
    }
}

fn stored(error: &StoreError, detail: &str) -> Problem {
    match error {
        StoreError::Conflict(_) => Problem::new(
            ProblemKind::Conflict,
            "the data changed since it was read: read it again, then repeat the change",
        ),
        StoreError::Full => Problem::new(ProblemKind::StorageFull, detail),
        StoreError::ReadOnly | StoreError::Closed | StoreError::Busy | StoreError::Crowded(_) => {
            Problem::new(ProblemKind::StorageUnavailable, detail)
        }
        StoreError::Disk(_) => {
            tracing::error!(error = detail, "a request failed");
            Problem::new(
                ProblemKind::StorageUnavailable,
                "the disk failed: nothing that was acknowledged is lost, and the host's log has the details",
            )
        }
        StoreError::Corrupt(_) => {
            tracing::error!(error = detail, "a request failed");
            Problem::new(
                ProblemKind::StorageDamaged,
                "the database file is damaged: the operator can examine it with `regulars doctor`",
            )
        }
        _ => internal(detail),
    }
}

/// Logs the details for the operator and returns a problem without them.
pub(crate) fn internal(detail: &str) -> Problem {
    tracing::error!(error = detail, "a request failed");
    Problem::new(
        ProblemKind::Internal,
        "the host failed; details are in its log",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use regulars::model::{CustomerId, Timestamp};

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
