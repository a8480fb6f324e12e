//! Who calls: a bearer key (RFC 6750). The secret is compared by its hash, and never logged.

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::App;
use super::problem::{Problem, ProblemKind};
use crate::store::ApiKey;

/// The key that a request came with, for the handlers behind [`require_key`].
#[derive(Clone)]
pub(super) struct Key(pub ApiKey);

/// Lets only requests with a valid key pass.
pub(super) async fn require_key(
    State(app): State<App>,
    mut request: Request,
    next: Next,
) -> Response {
    match authenticate(&app, request.headers()) {
        Ok(key) => {
            request.extensions_mut().insert(key);
            next.run(request).await
        }
        Err(response) => *response,
    }
}

/// Whose key it is, or the refusal.
pub(super) fn authenticate(app: &App, headers: &HeaderMap) -> Result<Key, Box<Response>> {
    let refuse = |detail, challenge| {
        let problem = Problem::new(ProblemKind::Unauthorized, detail).at("authorization");
        let challenge = [(
            header::WWW_AUTHENTICATE,
            HeaderValue::from_static(challenge),
        )];
        Box::new((challenge, problem).into_response())
    };
    let Some(secret) = headers.get(header::AUTHORIZATION).and_then(bearer) else {
        return Err(refuse(
            "send the header authorization: Bearer reg_… with a key of this host",
            "Bearer",
        ));
    };
    match app.host.authenticate(secret) {
        Ok(Some(key)) => Ok(Key(key)),
        Ok(None) => Err(refuse(
            "this host does not know the key",
            "Bearer error=\"invalid_token\"",
        )),
        Err(error) => Err(Box::new(Problem::from(error).into_response())),
    }
}

fn bearer(value: &HeaderValue) -> Option<&str> {
    let (scheme, secret) = value.to_str().ok()?.split_once(' ')?;
    scheme
        .eq_ignore_ascii_case("bearer")
        .then_some(secret.trim())
}
