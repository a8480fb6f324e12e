//! The HTTP API: [`Host::router`] for nesting in an axum application, [`run`] for a standalone server.
//!
//! Every path under `/v1` needs a bearer key. Errors are `application/problem+json` (RFC 9457), see
//! [`Problem`]. `/openapi.json` is generated from the same source as the routes.
//!
//! Each resource is one file with its paths, bodies and texts. Only this module and the console use axum.

mod access;
mod actions;
mod audit;
mod auth;
mod bulk;
mod cards;
mod complaints;
mod connection;
mod contact_points;
mod customers;
mod dead_letters;
mod door;
mod download;
mod drain;
mod embed;
mod erasure;
mod events;
mod extract;
mod health;
mod idempotency;
mod interactions;
mod json;
mod keys;
mod limits;
mod lines;
mod messages;
mod metrics;
mod observe;
mod openapi;
mod page_link;
mod pages;
mod parked;
mod plugin_life;
mod plugins;
mod preferences;
mod problem;
mod questions;
mod rate;
mod runs;
mod server;
mod suppressions;
mod tasks;
mod timeline;
mod unparsed;
mod wait;

pub(crate) use download::{VCARD, attachment, stream_export};
pub(crate) use extract::media_type;
pub use limits::{Limits, Rate};
pub use problem::{Problem, ProblemKind};
pub use server::{run, run_with};

use std::sync::Arc;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use self::access::{Access, Guarded};
use self::door::Door;
use crate::error::Error;
use crate::host::Host;

/// The state of every handler.
#[derive(Clone)]
pub(crate) struct App {
    host: Host,
    door: Arc<Door>,
    /// The OpenAPI document, without the actions.
    document: Arc<serde_json::Value>,
}

impl Host {
    /// Returns the HTTP API as a router, for nesting in an application with its own routes:
    ///
    /// ```
    /// # fn nested(host: regulars::Host) -> axum::Router {
    /// axum::Router::new().nest("/crm", host.router())
    /// # }
    /// ```
    ///
    /// The router enforces the default [`Limits`], except the server limits, which are up to the application.
    /// Event streams end within a second of [`Host::stop`], so that the application can shut down. The router
    /// needs a tokio runtime with I/O and time. To throttle addresses that guess keys, serve it with
    /// `into_make_service_with_connect_info::<SocketAddr>`.
    pub fn router(&self) -> Router {
        self.router_with(Limits::default())
    }

    /// Returns [`Host::router`] with other limits.
    pub fn router_with(&self, limits: Limits) -> Router {
        build(self, Door::new(limits, None))
    }
}

fn build(host: &Host, door: Arc<Door>) -> Router {
    use Access::{Actions, Admin, App as Apps, Staff};
    let guarded = Guarded(OpenApiRouter::with_openapi(openapi::base()))
        .routes(Apps, routes!(customers::list, customers::create))
        .routes(Apps, routes!(customers::show, customers::update))
        .routes(Admin, routes!(erasure::erase))
        .routes(Staff, routes!(erasure::export))
        .routes(Apps, routes!(contact_points::list, contact_points::add))
        .routes(Apps, routes!(contact_points::remove))
        .routes(Apps, routes!(interactions::record))
        .routes(Apps, routes!(interactions::record_any))
        .routes(Staff, routes!(interactions::list))
        .routes(Staff, routes!(timeline::timeline))
        .routes(Staff, routes!(timeline::explain))
        .routes(Staff, routes!(cards::desk))
        .routes(Staff, routes!(cards::close))
        .routes(Staff, routes!(questions::show))
        .routes(Staff, routes!(questions::answer))
        .routes(Staff, routes!(questions::dismiss))
        .routes(Staff, routes!(tasks::list))
        .routes(Staff, routes!(tasks::show))
        .routes(Staff, routes!(tasks::close))
        .routes(Staff, routes!(messages::list))
        .routes(Staff, routes!(messages::show))
        .routes(Staff, routes!(messages::cancel))
        .routes(Apps, routes!(preferences::show, preferences::put))
        .routes(Apps, routes!(preferences::consents, preferences::consent))
        .routes(Staff, routes!(complaints::list))
        .routes(Staff, routes!(complaints::close))
        .routes(
            Staff,
            routes!(suppressions::show, suppressions::add, suppressions::remove),
        )
        .routes(Staff, routes!(page_link::make))
        .routes(Staff, routes!(events::follow))
        .routes(Actions, routes!(actions::call))
        .routes(Admin, routes!(runs::list))
        .routes(Admin, routes!(runs::show))
        .routes(Admin, routes!(runs::transcript))
        .routes(Admin, routes!(runs::replay))
        .routes(Admin, routes!(parked::list))
        .routes(Admin, routes!(dead_letters::list))
        .routes(Admin, routes!(dead_letters::redrive_all))
        .routes(Admin, routes!(dead_letters::show, dead_letters::remove))
        .routes(Admin, routes!(dead_letters::redrive))
        .routes(Admin, routes!(plugin_life::inspect))
        .routes(Admin, routes!(plugins::list, plugin_life::install))
        .routes(Admin, routes!(plugins::show, plugin_life::uninstall))
        .routes(Admin, routes!(plugin_life::compare))
        .routes(Admin, routes!(plugin_life::upgrade))
        .routes(Admin, routes!(plugin_life::rollback))
        .routes(Admin, routes!(plugin_life::versions))
        .routes(Admin, routes!(plugins::enable))
        .routes(Admin, routes!(plugins::disable))
        .routes(Admin, routes!(plugins::resume))
        .routes(Admin, routes!(plugins::limits))
        .routes(Admin, routes!(plugins::settings))
        .routes(Admin, routes!(keys::list, keys::create))
        .routes(Admin, routes!(keys::revoke))
        .routes(Admin, routes!(audit::list))
        .routes(Access::Metrics, routes!(metrics::show));
    let (v1, mut api) = guarded.0.split_for_parts();
    let (open, open_api) = OpenApiRouter::default()
        .routes(routes!(health::health))
        .routes(routes!(openapi::document))
        .split_for_parts();
    api.merge(open_api);
    let app = App {
        host: host.clone(),
        door,
        document: Arc::new(openapi::finish(&api)),
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
