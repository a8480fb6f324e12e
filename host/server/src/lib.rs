//! The HTTP API: [`router`] for nesting in an axum application, [`run`] for a standalone server.
//!
//! Every path under `/v1` needs a bearer key. Errors are `application/problem+json` (RFC 9457), see
//! [`Problem`]. `/openapi.json` is generated from the same source as the routes.
//!
//! Each resource is one file with its paths, bodies and texts.

mod api;
mod console;
mod download;
mod extract;
mod limits;
mod pages;
mod server;

pub use console::qr;
pub(crate) use download::{VCARD, attachment, stream_export};
pub(crate) use extract::media_type;
pub use extract::problem::{Problem, ProblemKind};
pub use limits::{Limits, Rate};
pub use server::{run, run_with};

use std::sync::Arc;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};

use self::extract::{auth, problem};
use self::server::observe;
use self::server::request_limits::RequestLimits;
use regulars::error::Error;
use regulars::host::Host;

/// The state of every handler.
#[derive(Clone)]
pub(crate) struct App {
    host: Host,
    limits: Arc<RequestLimits>,
    /// The OpenAPI document, without the actions.
    document: Arc<serde_json::Value>,
}

/// Returns the HTTP API as a router, for nesting in an application with its own routes:
///
/// ```
/// # fn nested(host: &regulars::Host) -> axum::Router {
/// axum::Router::new().nest("/crm", regulars_server::router(host))
/// # }
/// ```
///
/// The router enforces the default [`Limits`], except the server limits, which are up to the application.
/// Event streams end within a second of [`Host::stop`], so that the application can shut down. The router
/// needs a tokio runtime with I/O and time. To throttle addresses that guess keys, serve it with
/// `into_make_service_with_connect_info::<SocketAddr>`.
pub fn router(host: &Host) -> Router {
    router_with(host, Limits::default())
}

/// Returns [`router`] with other limits.
pub fn router_with(host: &Host, limits: Limits) -> Router {
    build(host, RequestLimits::new(limits, None))
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
        // Each extractor sets its own body limit.
        .layer(DefaultBodyLimit::disable())
        .layer(from_fn_with_state(app.clone(), observe::observe))
        .with_state(app)
}

/// Runs blocking work, such as disk access, on a thread where it may block.
pub(crate) async fn blocking<T: Send + 'static>(
    host: &Host,
    work: impl FnOnce(&Host) -> Result<T, Error> + Send + 'static,
) -> Result<T, Problem> {
    let host = host.clone();
    // Log lines of the work carry the request's span.
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
        "no such path: /openapi.json lists all paths",
    )
    .into_response()
}

/// Returns the problem for a known path; axum adds the `allow` header.
async fn method_not_allowed() -> Problem {
    Problem::new(
        ProblemKind::MethodNotAllowed,
        "method not allowed: the allow header lists the supported methods",
    )
}
