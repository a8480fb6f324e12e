//! The header `idempotency-key`: a request that is sent again does nothing twice.

use axum::http::HeaderMap;
use uuid::Uuid;

use super::auth::Key;
use super::problem::{Problem, ProblemKind};
use crate::model::InteractionId;

/// What the header says, if it is there.
fn given(headers: &HeaderMap) -> Result<Option<&str>, Problem> {
    let Some(value) = headers.get("idempotency-key") else {
        return Ok(None);
    };
    let text = value.to_str().unwrap_or_default().trim();
    let text = text
        .strip_prefix('"')
        .and_then(|text| text.strip_suffix('"'))
        .unwrap_or(text);
    if text.is_empty() || text.len() > 255 {
        let detail = "1 to 255 visible ASCII characters are expected, such as a UUID";
        return Err(Problem::new(ProblemKind::InvalidParameter, detail).at("idempotency-key"));
    }
    Ok(Some(text))
}

/// What the same key and text always name.
fn derived(of: &[u8], key: &Key, text: &str) -> Uuid {
    crate::ids::derived(&[of, key.0.id.0.as_bytes(), text.as_bytes()])
}

/// The interaction's id: as it is given where it is a UUID.
pub(crate) fn interaction(
    headers: &HeaderMap,
    key: &Key,
) -> Result<Option<InteractionId>, Problem> {
    let text = given(headers)?;
    Ok(text.map(|text| {
        let id = text.parse();
        id.unwrap_or_else(|_| InteractionId(derived(b"idempotency-key", key, text)))
    }))
}

/// The name of a call of an action, the key's own.
pub(crate) fn call(headers: &HeaderMap, key: &Key) -> Result<Option<Uuid>, Problem> {
    let text = given(headers)?;
    Ok(text.map(|text| derived(b"idempotency-key of a call", key, text)))
}

/// Says that it was the header that named what is taken.
pub(crate) fn taken(problem: Problem) -> Problem {
    match problem.kind {
        ProblemKind::Duplicate => problem.at("idempotency-key"),
        _ => problem,
    }
}
