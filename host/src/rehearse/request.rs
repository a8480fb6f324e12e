use crate::model::{Grants, InstallationId, Json, Timestamp};

/// What to rehearse, and over which time.
#[derive(Debug, Clone)]
pub struct RehearseRequest {
    /// The component's bytes.
    pub wasm: Vec<u8>,
    /// What it would be called here; the manifest's name where none is given. An installed plugin of that id is
    /// left out: the new one is in its place.
    pub id: Option<InstallationId>,
    /// Everything the plugin asks for where none is given, or of it what the plugin in whose place it is was granted.
    pub grants: Option<Grants>,
    /// Those of the plugin in whose place it is, or an empty object, where none are given.
    pub settings: Option<Json>,
    /// As that plugin's, or 0.
    pub priority: Option<i32>,
    /// Inclusive.
    pub from: Timestamp,
    /// Exclusive; later than `from`, and not in the future.
    pub until: Timestamp,
    /// The installed plugin whose place it takes, and with which it is compared.
    pub against: Option<InstallationId>,
}

impl RehearseRequest {
    /// Everything granted, default settings, compared with nothing.
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
