//! The HTTP API: [`Host::router`] to nest in an axum application, [`run`] for a server of its own.
//!
//! Everything under `/v1` needs a bearer key. Refusals are `application/problem+json` (RFC 9457), see
//! [`Problem`]; `/openapi.json` describes the rest, from the same source as the routes.
//!
//! One resource is one file, with its paths, its bodies and its words. Only this module and the
//! console know axum.

mod api;
mod download;
mod extract;
mod pages;
mod server;

pub(crate) use download::{VCARD, attachment, streamed};
pub(crate) use extract::media_type;
pub use extract::problem::{Problem, ProblemKind};
pub use server::limits::{Limits, Rate};
pub use server::{run, run_with};

use std::sync::Arc;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};

use self::extract::{auth, problem};
use self::server::observe;
use self::server::request_limits::RequestLimits;
use crate::error::Error;
use crate::host::Host;

/// What every handler gets.
#[derive(Clone)]
pub(crate) struct App {
    host: Host,
    limits: Arc<RequestLimits>,
    /// The OpenAPI document, without the actions.
    document: Arc<serde_json::Value>,
}

impl Host {
    /// The HTTP API, to be nested in an application with routes of its own:
    ///
    /// ```
    /// # fn nested(host: regulars::Host) -> axum::Router {
    /// axum::Router::new().nest("/crm", host.router())
    /// # }
    /// ```
    ///
    /// It holds to the default [`Limits`] but for those of the server, which is the application's own.
    /// Its event streams end within a second of [`Host::stop`], so that the application can shut
    /// down. It needs a tokio runtime with I/O and time. To have addresses that guess keys slowed down,
    /// serve it with `into_make_service_with_connect_info::<SocketAddr>`.
    pub fn router(&self) -> Router {
        self.router_with(Limits::default())
    }

    /// [`Host::router`] with other limits.
    pub fn router_with(&self, limits: Limits) -> Router {
        build(self, RequestLimits::new(limits, None))
    }
}

fn build(host: &Host, limits: Arc<RequestLimits>) -> Router {
    let (v1, open, document) = api::routes();
    let app = App {
        host: host.clone(),
        limits,
        document: Arc::new(document),
    };
    let v1 = v1
        .method_not_allowed_fallback(method_not_allowed)
        .layer(from_fn_with_state(app.clone(), auth::require_key));
    open.merge(crate::console::routes())
        .method_not_allowed_fallback(method_not_allowed)
        .merge(v1)
        .fallback(no_route)
        // Whoever reads a body limits it.
        .layer(DefaultBodyLimit::disable())
        .layer(from_fn_with_state(app.clone(), observe::observe))
        .with_state(app)
}

/// Runs something that may wait for the disk where waiting hurts nobody.
pub(crate) async fn blocking<T: Send + 'static>(
    host: &Host,
    work: impl FnOnce(&Host) -> Result<T, Error> + Send + 'static,
) -> Result<T, Problem> {
    let host = host.clone();
    // What is logged there is of this request too.
    let span = tracing::Span::current();
    match tokio::task::spawn_blocking(move || span.in_scope(|| work(&host))).await {
        Ok(result) => result.map_err(Problem::from),
        Err(panicked) => Err(problem::internal(&panicked.to_string())),
    }
}

async fn no_route(State(app): State<App>, request: Request) -> Response {
    if request.uri().path().starts_with("/v1")
        && let Err(refused) = auth::authenticate(&app, request.headers(), request.extensions())
    {
        return *refused;
    }
    Problem::new(
        ProblemKind::NoRoute,
        "nothing is served here: /openapi.json lists every path",
    )
    .into_response()
}

/// axum adds the header `allow` to it.
async fn method_not_allowed() -> Problem {
    Problem::new(
        ProblemKind::MethodNotAllowed,
        "the header allow lists the methods that this path takes",
    )
}
