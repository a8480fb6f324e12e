//! A plugin's life: granted less, upgraded, rolled back, uninstalled, and killed in between.

mod asks;
mod crash;
mod directory;
mod doors;
mod drain;
mod grants;
mod left;
mod memory;
mod secrets;
mod set;
mod terminal;
mod uninstall;
mod upgrade;

use regulars::host::{InstallRequest, RollbackRequest, UpgradeRequest};
use regulars::model::*;
use regulars::store::Store;
use regulars::store::sqlite::{SqliteOptions, SqliteStore};
use serde_json::{Value, json};

use crate::world::{World, component};

/// The id of the guest in both versions.
fn keeper() -> InstallationId {
    "keeper".parse().unwrap()
}

fn store(world: &World) -> SqliteStore {
    SqliteStore::open(&world.dir.path().join("crm.db"), SqliteOptions::default()).unwrap()
}

/// The plugin's memory of a customer, or its shared memory.
fn remembered(world: &World, customer: Option<CustomerId>) -> Value {
    let memory = store(world).memory(&keeper(), customer).unwrap();
    json!(*memory.entries)
}

/// The version that asks for more.
fn next() -> UpgradeRequest {
    let mut request = UpgradeRequest::new(component("keeper-next"), "keeper-next.wasm");
    request.accept_wider = true;
    request
}

/// The way back, with all that was granted then.
fn back() -> RollbackRequest {
    RollbackRequest {
        accept_wider: true,
        ..RollbackRequest::newest()
    }
}

fn first() -> InstallRequest {
    InstallRequest::new(component("keeper"), "keeper.wasm")
}

/// The versions that can be returned to, newest first.
fn kept(world: &World) -> Vec<String> {
    let versions = world.host.plugin_versions(&keeper()).unwrap();
    versions.into_iter().skip(1).map(|it| it.version).collect()
}
