use crate::model::{Grants, InstallationId, Json, Timestamp};

/// A plugin and the period to rehearse it over.
#[derive(Debug, Clone)]
pub struct RehearseRequest {
    /// The component's bytes.
    pub wasm: Vec<u8>,
    /// The plugin's id; the manifest's name by default. It takes the place of an installed plugin of that id.
    pub id: Option<InstallationId>,
    /// Everything that the plugin asks for by default, or the grants of the plugin that it replaces as far as it still
    /// asks for them.
    pub grants: Option<Grants>,
    /// The settings of the plugin that it replaces by default, or an empty object.
    pub settings: Option<Json>,
    /// That plugin's priority by default, or 0.
    pub priority: Option<i32>,
    /// Inclusive.
    pub from: Timestamp,
    /// Exclusive; later than `from`, and not in the future.
    pub until: Timestamp,
    /// The installed plugin that it replaces and is compared with.
    pub against: Option<InstallationId>,
}

impl RehearseRequest {
    /// Returns a request with everything granted, default settings and no comparison.
    pub fn new(wasm: Vec<u8>, from: Timestamp, until: Timestamp) -> RehearseRequest {
        RehearseRequest {
            wasm,
            id: None,
            grants: None,
            settings: None,
            priority: None,
            from,
            until,
            against: None,
        }
    }
}
