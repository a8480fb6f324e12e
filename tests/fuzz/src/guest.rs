//! A sandbox with a small budget, and what there is to see in it.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use regulars::model::{CustomerId, Event, EventData, EventId, Json, Timestamp};
use regulars::runtime::{PluginView, Runtime, RuntimeConfig};

/// One for all inputs: what it holds of them goes with each.
pub fn runtime() -> &'static Runtime {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    RUNTIME.get_or_init(|| {
        Runtime::new(RuntimeConfig {
            fuel: 2_000_000,
            // Instrumented code on a busy machine is slow: the fuel is what ends a run.
            timeout: Duration::from_secs(60),
            max_memory: 8 << 20,
            max_component_bytes: 256 << 10,
            max_output_bytes: 64 << 10,
            instances: 4,
            ..RuntimeConfig::default()
        })
        .expect("a runtime")
    })
}

/// An empty world, but for one memory of the plugin.
pub fn slice(key: &str, value: &str) -> Arc<PluginView> {
    let memory = BTreeMap::from([(key.to_owned(), Json::from(value))]);
    Arc::new(PluginView {
        now: Timestamp::UNIX_EPOCH,
        today: jiff::civil::Date::constant(1970, 1, 1),
        time_zone: "UTC".to_owned(),
        seed: 0,
        settings: Arc::from("{}"),
        grants: Arc::default(),
        customer: None,
        history: Vec::new(),
        customer_memory: Arc::default(),
        plugin_memory: Arc::new(memory),
    })
}

pub fn event() -> Event {
    Event {
        seq: 1,
        id: EventId(uuid::Uuid::nil()),
        customer: CustomerId(uuid::Uuid::nil()),
        time: Timestamp::UNIX_EPOCH,
        cause: None,
        depth: 0,
        as_of: 0,
        data: EventData::CustomerCreated,
    }
}
