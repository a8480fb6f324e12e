//! Who calls: a bearer key (RFC 6750). The secret is looked up by its hash, and never logged.

use std::time::Duration;

use axum::extract::{Extension, FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{Extensions, HeaderMap, HeaderValue, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use regulars_manifest::Caller;

use super::problem::{Problem, ProblemKind, internal};
use crate::host::Host;
use crate::http::App;
use crate::model::{Actor, InstallationId, KeyScope};
use crate::store::ApiKey;

/// How soon what is open with a key that another process revoked, or that expired, ends.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// The key that a request came with, for the handlers behind [`require_key`].
#[derive(Clone)]
pub(crate) struct Key(pub ApiKey);

impl Key {
    /// `admin` opens everything.
    pub fn opens(&self, scope: &KeyScope) -> bool {
        self.0.scopes.contains(scope) || self.0.scopes.contains(&KeyScope::Admin)
    }

    /// As whom it may call the actions of an installation, the one to be preferred first.
    pub fn callers(&self, plugin: &InstallationId) -> Vec<Caller> {
        let mut callers = Vec::new();
        if self.opens(&KeyScope::Staff) {
            callers.push(Caller::Staff);
        }
        if self.opens(&KeyScope::App) || self.opens(&KeyScope::Plugin(plugin.clone())) {
            callers.push(Caller::App);
        }
        callers
    }

    /// Resolves when it opens nothing any more.
    pub async fn ended(&self, host: &Host) {
        let mut revoked = host.revocations();
        loop {
            // The sender lives as long as the host.
            drop(tokio::time::timeout(LOOK_EVERY, revoked.changed()).await);
            // A storage that cannot tell has not taken the key back.
            if let Ok(None) = host.standing(&self.0.hash) {
                return;
            }
        }
    }
}

/// The host, whose administrative acts are those of whoever holds the key.
pub(crate) struct Acting(pub Host);

impl FromRequestParts<App> for Acting {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Acting, Problem> {
        let Extension(Key(key)) = Extension::<Key>::from_request_parts(parts, app)
            .await
            .map_err(|missing| internal(&missing.to_string()))?;
        let actor = Actor::Key {
            id: key.id,
            name: key.name,
        };
        Ok(Acting(app.host.acting_as(actor)))
    }
}

/// Lets only requests with a valid key pass.
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

/// Whose key it is, or the refusal.
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
            "send the header authorization: Bearer reg_… with a key of this host",
            "Bearer",
        ));
    };
    match app.host.authenticate(secret) {
        Ok(Some(key)) => match app.limits.count(key.id, app.host.now()) {
            Ok(()) => Ok(Key(key)),
            Err(problem) => Err(Box::new(problem.into_response())),
        },
        Ok(None) => Err(refuse(
            "this host does not know the key: it was never made here, was revoked, or has expired",
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
