//! stub
use crate::model::*;
use crate::plugin::PluginError;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
#[derive(Debug, Clone, Default)]
pub struct RuntimeConfig {
    pub fuel: u64,
    pub timeout: Duration,
    pub cache_dir: Option<PathBuf>,
    pub max_memory: usize,
}
#[derive(Debug, Clone)]
pub struct CustomerSlice {
    pub id: CustomerId,
    pub display_name: Option<String>,
    pub given_name: Option<String>,
    pub language: Option<String>,
    pub birthday: Option<Birthday>,
    pub level: Level,
    pub topics: Vec<String>,
    pub tags: Vec<String>,
    pub since: Timestamp,
}
#[derive(Debug, Clone)]
pub struct Slice {
    pub now: Timestamp,
    pub today: jiff::civil::Date,
    pub time_zone: String,
    pub seed: u64,
    pub settings: Arc<str>,
    pub customer: Option<CustomerSlice>,
    pub history: Vec<Arc<Interaction>>,
    pub customer_memory: Arc<BTreeMap<String, Json>>,
    pub plugin_memory: Arc<BTreeMap<String, Json>>,
}
pub struct CallFailure {
    pub kind: FailureKind,
    pub detail: String,
}
pub struct Call<T> {
    pub result: Result<T, CallFailure>,
    pub fuel: u64,
    pub micros: u64,
    pub peak_memory: u64,
    pub logs: Vec<LogLine>,
    pub read_plugin_memory: bool,
}
pub struct Plugin {
    pub imports: Vec<String>,
    pub has_events: bool,
    pub has_actions: bool,
}
#[derive(Clone)]
pub struct Runtime;
impl Runtime {
    pub fn new(_: RuntimeConfig) -> Result<Runtime, crate::Error> {
        todo!()
    }
    pub fn load(&self, _: &Component) -> Result<Arc<Plugin>, PluginError> {
        todo!()
    }
    pub fn describe(&self, _: &Plugin) -> Result<String, PluginError> {
        todo!()
    }
    pub fn handle(&self, _: &Plugin, _: &Slice, _: &Event) -> Call<Vec<Effect>> {
        todo!()
    }
    pub fn act(&self, _: &Plugin, _: &Slice, _: &str, _: &Json) -> Call<(Json, Vec<Effect>)> {
        todo!()
    }
}
