//! The required scopes of routes. Each route is registered with its [`Access`]. The scope is checked before
//! any lookup and written into the OpenAPI document.

use axum::Extension;
use axum::extract::rejection::RawPathParamsRejection;
use axum::extract::{RawPathParams, Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use utoipa::openapi::path::{Operation, PathItem};
use utoipa::openapi::security::SecurityRequirement;
use utoipa::openapi::{Ref, RefOr};
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouter};

use super::auth::Key;
use super::problem::{Problem, ProblemKind};
use crate::App;
use regulars::model::KeyScope;

/// The required scope of a route. `admin` is always sufficient.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    Admin,
    /// Staff at the desk.
    Staff,
    /// Programs of the business, and staff.
    App,
    /// The actions of the installation `{id}` in the path: the scopes of [`Access::App`], and keys for this
    /// installation alone.
    Actions,
    Metrics,
}

impl Access {
    /// Returns the sufficient scopes besides `admin`, as the document and the error name them.
    fn scopes(self) -> &'static [&'static str] {
        match self {
            Access::Admin => &[],
            Access::Staff => &["staff"],
            Access::App => &["staff", "app"],
            Access::Actions => &["staff", "app", "plugin:<id>"],
            Access::Metrics => &["metrics"],
        }
    }

    /// Returns true if the key's scopes are sufficient. `id` is the path parameter.
    fn permits(self, key: &Key, id: Option<&str>) -> bool {
        match self {
            Access::Admin => key.has_scope(&KeyScope::Admin),
            Access::Staff => key.has_scope(&KeyScope::Staff),
            Access::App => key.has_scope(&KeyScope::Staff) || key.has_scope(&KeyScope::App),
            Access::Actions => {
                let own = id.and_then(|id| id.parse().ok()).map(KeyScope::Plugin);
                Access::App.permits(key, None) || own.is_some_and(|own| key.has_scope(&own))
            }
            Access::Metrics => key.has_scope(&KeyScope::Metrics),
        }
    }

    /// Documents the scopes in an operation.
    fn describe(self, operation: &mut Operation) {
        let scopes = || std::iter::once("admin").chain(self.scopes().iter().copied());
        let words: Vec<&str> = scopes().collect();
        let line = format!("Scope: {}.", words.join(", "));
        operation.description = Some(match operation.description.take() {
            Some(text) if !text.is_empty() => format!("{text}\n\n{line}"),
            _ => line,
        });
        operation.security = Some(
            scopes()
                .map(|scope| SecurityRequirement::new("key", [scope]))
                .collect(),
        );
        for (status, name) in [
            ("403", "Forbidden"),
            ("429", "TooMany"),
            ("431", "HeadersTooLarge"),
        ] {
            let response = RefOr::Ref(Ref::from_response_name(name));
            operation
                .responses
                .responses
                .insert(status.to_owned(), response);
        }
    }
}

/// The routes that need a key.
pub(crate) struct Guarded(pub OpenApiRouter<App>);

impl Guarded {
    pub fn routes(
        self,
        access: Access,
        (schemas, mut paths, methods): UtoipaMethodRouter<App>,
    ) -> Guarded {
        for item in paths.paths.values_mut() {
            for operation in operations(item) {
                access.describe(operation);
            }
        }
        let methods = methods.route_layer(from_fn_with_state(access, guard));
        Guarded(self.0.routes((schemas, paths, methods)))
    }
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    [
        &mut item.get,
        &mut item.put,
        &mut item.post,
        &mut item.delete,
        &mut item.patch,
    ]
    .into_iter()
    .flatten()
}

async fn guard(
    State(access): State<Access>,
    Extension(key): Extension<Key>,
    parameters: Result<RawPathParams, RawPathParamsRejection>,
    request: Request,
    next: Next,
) -> Response {
    let id = parameters.as_ref().ok().and_then(|parameters| {
        let mut found = parameters.iter().filter(|(name, _)| *name == "id");
        found.next().map(|(_, value)| value)
    });
    if access.permits(&key, id) {
        next.run(request).await
    } else {
        forbidden(&key, access.scopes()).into_response()
    }
}

/// Returns the problem that names the sufficient scopes.
pub(crate) fn forbidden(key: &Key, scopes: &[&str]) -> Problem {
    let has: Vec<String> = key.0.scopes.iter().map(KeyScope::to_string).collect();
    let allowed: Vec<String> = scopes
        .iter()
        .chain(&["admin"])
        .map(ToString::to_string)
        .collect();
    let detail = format!(
        "insufficient scope: the key has {}, the request needs {}; an admin can create such a key",
        has.join(" and "),
        allowed.join(" or ")
    );
    Problem {
        allowed: allowed.into(),
        ..Problem::new(ProblemKind::Forbidden, detail).at("authorization")
    }
}
