//! Authentication with bearer keys (RFC 6750). The secret is looked up by its hash and never logged.

use std::time::Duration;

use axum::extract::{Extension, FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{Extensions, HeaderMap, HeaderValue, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use regulars_manifest::Caller;

use super::problem::{Problem, ProblemKind, internal};
use crate::App;
use regulars::host::Host;
use regulars::model::{Actor, InstallationId, KeyScope};
use regulars::store::ApiKey;

/// Longest time until open requests notice that another process revoked their key, or that it expired.
const REVOCATION_CHECK: Duration = Duration::from_millis(500);

/// The request's key, for the handlers behind [`require_key`].
#[derive(Clone)]
pub(crate) struct Key(pub ApiKey);

impl Key {
    /// Returns true if the key has this scope or `admin`.
    pub fn has_scope(&self, scope: &KeyScope) -> bool {
        self.0.scopes.contains(scope) || self.0.scopes.contains(&KeyScope::Admin)
    }

    /// Returns the roles in which the key may call the installation's actions, the preferred one first.
    pub fn callers(&self, plugin: &InstallationId) -> Vec<Caller> {
        let mut callers = Vec::new();
        if self.has_scope(&KeyScope::Staff) {
            callers.push(Caller::Staff);
        }
        if self.has_scope(&KeyScope::App) || self.has_scope(&KeyScope::Plugin(plugin.clone())) {
            callers.push(Caller::App);
        }
        callers
    }

    /// Resolves once the key is revoked or expired.
    pub async fn wait_revoked(&self, host: &Host) {
        let mut revoked = host.revocations();
        loop {
            // The sender lives as long as the host.
            drop(tokio::time::timeout(REVOCATION_CHECK, revoked.changed()).await);
            // A storage error does not revoke the key.
            if let Ok(None) = host.standing(&self.0.hash) {
                return;
            }
        }
    }
}

/// The host, acting as the request's key: the audit log names that key.
pub(crate) struct ActingHost(pub Host);

impl FromRequestParts<App> for ActingHost {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<ActingHost, Problem> {
        let Extension(Key(key)) = Extension::<Key>::from_request_parts(parts, app)
            .await
            .map_err(|missing| internal(&missing.to_string()))?;
        let actor = Actor::Key {
            id: key.id,
            name: key.name,
        };
        Ok(ActingHost(app.host.acting_as(actor)))
    }
}

/// Middleware that rejects requests without a valid key.
pub(crate) async fn require_key(
    State(app): State<App>,
    mut request: Request,
    next: Next,
) -> Response {
    match authenticate(&app, request.headers(), request.extensions()) {
        Ok(key) => {
            request.extensions_mut().insert(key);
            next.run(request).await
        }
        Err(response) => *response,
    }
}

/// Returns the request's key.
///
/// # Errors
///
/// The response to send: 401, or 429 after too many failures from this address.
pub(crate) fn authenticate(
    app: &App,
    headers: &HeaderMap,
    from: &Extensions,
) -> Result<Key, Box<Response>> {
    let refuse = |detail, challenge| {
        if let Err(problem) = app.limits.count_failure(from, app.host.now()) {
            return Box::new(problem.into_response());
        }
        let problem = Problem::new(ProblemKind::Unauthorized, detail).at("authorization");
        let challenge = [(
            header::WWW_AUTHENTICATE,
            HeaderValue::from_static(challenge),
        )];
        Box::new((challenge, problem).into_response())
    };
    let Some(secret) = headers.get(header::AUTHORIZATION).and_then(bearer) else {
        return Err(refuse(
            "no key in the request: expected the header authorization: Bearer reg_…",
            "Bearer",
        ));
    };
    match app.host.authenticate(secret) {
        Ok(Some(key)) => match app.limits.count(key.id, app.host.now()) {
            Ok(()) => Ok(Key(key)),
            Err(problem) => Err(Box::new(problem.into_response())),
        },
        Ok(None) => Err(refuse(
            "invalid key: it was not created on this host, was revoked, or has expired",
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
