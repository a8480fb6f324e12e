//! The HTTP API: [`Host::router`] to nest in an axum application, [`run`] for a server of its own.
//!
//! Everything under `/v1` needs a bearer key. Refusals are `application/problem+json` (RFC 9457), see
//! [`Problem`]; `/openapi.json` describes the rest, from the same source as the routes.
//!
//! One resource is one file, with its paths, its bodies and its words. Only this module and the
//! console know axum.

mod actions;
mod auth;
mod bulk;
mod cards;
mod contact_points;
mod customers;
mod dead_letters;
mod embed;
mod events;
mod extract;
mod health;
mod interactions;
mod json;
mod lines;
mod messages;
mod openapi;
mod parked;
mod plugins;
mod problem;
mod questions;
mod runs;
mod tasks;
mod timeline;
mod wait;

pub use problem::{Problem, ProblemKind};

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{DefaultBodyLimit, MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderValue, Uri, header};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::serve::ListenerExt;
use axum::{Router, serve};
use tokio::net::TcpListener;
use tokio::sync::watch;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::error::Error;
use crate::host::Host;

/// How long requests in flight may take after the server was told to stop; longer than any `wait`.
const DRAIN: Duration = Duration::from_secs(35);

/// What every handler gets.
#[derive(Clone)]
pub(crate) struct App {
    host: Host,
    /// Turns true when event streams are to end; none in somebody else's server.
    closing: Option<watch::Receiver<bool>>,
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
    /// Its event streams end within a second of [`Host::stop`], so that the application can shut
    /// down. It needs a tokio runtime with I/O and time.
    pub fn router(&self) -> Router {
        build(self, None)
    }
}

/// Serves the API until `shutdown` resolves: then it takes no new connection, lets the requests in
/// flight finish, ends the event streams, and stops the host.
///
/// # Errors
/// As the listener's.
pub async fn run(
    listener: TcpListener,
    host: Host,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    let (close, mut closing) = watch::channel(false);
    let router = build(&host, Some(closing.clone()));
    // Answers are small: waiting for more to send with them only makes the desk wait.
    let listener = listener.tap_io(|connection| drop(connection.set_nodelay(true)));
    let server = serve(listener, router).with_graceful_shutdown(async move {
        shutdown.await;
        close.send_replace(true);
    });
    let overdue = async move {
        drop(closing.wait_for(|closing| *closing).await);
        tokio::time::sleep(DRAIN).await;
    };
    let served = tokio::select! {
        served = server.into_future() => served,
        () = overdue => {
            tracing::warn!("some requests did not finish in time and were cut off");
            Ok(())
        }
    };
    drop(tokio::task::spawn_blocking(move || host.stop()).await);
    served
}

fn build(host: &Host, closing: Option<watch::Receiver<bool>>) -> Router {
    let (v1, mut api) = OpenApiRouter::with_openapi(openapi::base())
        .routes(routes!(customers::list, customers::create))
        .routes(routes!(customers::show, customers::update))
        .routes(routes!(
            contact_points::list,
            contact_points::add,
            contact_points::remove
        ))
        .routes(routes!(interactions::list, interactions::record))
        .routes(routes!(timeline::timeline))
        .routes(routes!(timeline::explain))
        .routes(routes!(cards::desk))
        .routes(routes!(interactions::record_any))
        .routes(routes!(cards::close))
        .routes(routes!(questions::show))
        .routes(routes!(questions::answer))
        .routes(routes!(questions::dismiss))
        .routes(routes!(tasks::list))
        .routes(routes!(tasks::show))
        .routes(routes!(tasks::close))
        .routes(routes!(messages::list))
        .routes(routes!(runs::list))
        .routes(routes!(runs::show))
        .routes(routes!(runs::transcript))
        .routes(routes!(runs::replay))
        .routes(routes!(parked::list))
        .routes(routes!(dead_letters::list))
        .routes(routes!(dead_letters::redrive_all))
        .routes(routes!(dead_letters::show, dead_letters::remove))
        .routes(routes!(dead_letters::redrive))
        .routes(routes!(plugins::list))
        .routes(routes!(plugins::show))
        .routes(routes!(plugins::enable))
        .routes(routes!(plugins::disable))
        .routes(routes!(plugins::resume))
        .routes(routes!(plugins::limits))
        .routes(routes!(plugins::settings))
        .routes(routes!(actions::call))
        .routes(routes!(events::follow))
        .split_for_parts();
    let (open, open_api) = OpenApiRouter::default()
        .routes(routes!(health::health))
        .routes(routes!(openapi::document))
        .split_for_parts();
    api.merge(open_api);
    let app = App {
        host: host.clone(),
        closing,
        document: Arc::new(openapi::finish(&api)),
    };
    let v1 = v1
        .method_not_allowed_fallback(method_not_allowed)
        .layer(from_fn_with_state(app.clone(), auth::require_key));
    open.method_not_allowed_fallback(method_not_allowed)
        .merge(v1)
        .fallback(no_route)
        .layer(DefaultBodyLimit::max(extract::MAX_BODY))
        .layer(from_fn(observe))
        .with_state(app)
}

/// Runs something that may wait for the disk where waiting hurts nobody.
async fn blocking<T: Send + 'static>(
    host: &Host,
    work: impl FnOnce(&Host) -> Result<T, Error> + Send + 'static,
) -> Result<T, Problem> {
    let host = host.clone();
    match tokio::task::spawn_blocking(move || work(&host)).await {
        Ok(result) => result.map_err(Problem::from),
        Err(panicked) => Err(problem::internal(&panicked.to_string())),
    }
}

async fn no_route(State(app): State<App>, uri: Uri, headers: HeaderMap) -> Response {
    if uri.path().starts_with("/v1")
        && let Err(refused) = auth::authenticate(&app, &headers)
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

/// Tells the log which route answered what (its template, since paths and queries name people), and
/// that nothing of this is for a cache.
async fn observe(matched: Option<MatchedPath>, request: Request, next: Next) -> Response {
    let method = request.method().clone();
    let started = std::time::Instant::now();
    let mut response = next.run(request).await;
    let route = matched.as_ref().map_or("none", MatchedPath::as_str);
    let micros = started.elapsed().as_micros() as u64;
    tracing::debug!(%method, route, status = response.status().as_u16(), micros, "answered");
    let headers = response.headers_mut();
    headers.insert(
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
