//! The header `idempotency-key`: a repeated request has no further effect.

use axum::http::HeaderMap;
use uuid::Uuid;

use super::auth::Key;
use super::problem::{Problem, ProblemKind};
use regulars::model::InteractionId;

/// Returns the header's value.
///
/// # Errors
///
/// A problem unless the value has 1 to 255 visible ASCII characters.
fn header_value(headers: &HeaderMap) -> Result<Option<&str>, Problem> {
    let Some(value) = headers.get("idempotency-key") else {
        return Ok(None);
    };
    let text = value.to_str().unwrap_or_default().trim();
    let text = text
        .strip_prefix('"')
        .and_then(|text| text.strip_suffix('"'))
        .unwrap_or(text);
    if text.is_empty() || text.len() > 255 {
        let detail =
            "invalid idempotency key: expected 1 to 255 visible ASCII characters, such as a UUID";
        return Err(Problem::new(ProblemKind::InvalidParameter, detail).at("idempotency-key"));
    }
    Ok(Some(text))
}

/// Derives a stable UUID from the key and the text.
fn derive_id(of: &[u8], key: &Key, text: &str) -> Uuid {
    regulars::ids::derived(&[of, key.0.id.0.as_bytes(), text.as_bytes()])
}

/// Returns the interaction's id: the header itself if it is a UUID, else one derived from it.
pub(crate) fn interaction(
    headers: &HeaderMap,
    key: &Key,
) -> Result<Option<InteractionId>, Problem> {
    let text = header_value(headers)?;
    Ok(text.map(|text| {
        let id = text.parse();
        id.unwrap_or_else(|_| InteractionId(derive_id(b"idempotency-key", key, text)))
    }))
}

/// Returns the id of an action call, unique to the key.
pub(crate) fn call(headers: &HeaderMap, key: &Key) -> Result<Option<Uuid>, Problem> {
    let text = header_value(headers)?;
    Ok(text.map(|text| derive_id(b"idempotency-key of a call", key, text)))
}

/// Moves a conflict over an id to the header that caused it.
pub(crate) fn blame_header(problem: Problem) -> Problem {
    match problem.kind {
        ProblemKind::Duplicate => problem.at("idempotency-key"),
        _ => problem,
    }
}
