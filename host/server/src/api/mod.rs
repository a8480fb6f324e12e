//! The resources of the API: one a file, with its paths, its bodies and its words.

mod actions;
mod audit;
mod bulk;
mod cards;
mod complaints;
mod contact_points;
mod customers;
mod dead_letters;
mod deferred;
mod embed;
mod erasure;
mod events;
mod health;
mod interactions;
mod keys;
mod messages;
mod metrics;
mod openapi;
mod page_link;
mod plugin_lifecycle;
mod plugins;
mod preferences;
mod questions;
mod runs;
mod suppressions;
mod tasks;
mod timeline;

use axum::Router;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::App;
use crate::extract::access::{Access, Guarded};

/// The routes that need a key, those that do not, and the OpenAPI document of both.
pub(super) fn routes() -> (Router<App>, Router<App>, serde_json::Value) {
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
        .routes(Admin, routes!(deferred::list))
        .routes(Admin, routes!(dead_letters::list))
        .routes(Admin, routes!(dead_letters::redrive_all))
        .routes(Admin, routes!(dead_letters::show, dead_letters::remove))
        .routes(Admin, routes!(dead_letters::redrive))
        .routes(Admin, routes!(plugin_lifecycle::inspect))
        .routes(Admin, routes!(plugins::list, plugin_lifecycle::install))
        .routes(Admin, routes!(plugins::show, plugin_lifecycle::uninstall))
        .routes(Admin, routes!(plugin_lifecycle::compare))
        .routes(Admin, routes!(plugin_lifecycle::upgrade))
        .routes(Admin, routes!(plugin_lifecycle::rollback))
        .routes(Admin, routes!(plugin_lifecycle::versions))
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
    (v1, open, openapi::finish(&api))
}
