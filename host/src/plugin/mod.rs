//! A plugin's life on this host: read what it says of itself, grant, install, switch on and off.

mod active;
mod error;
mod grant;
mod inspect;
mod manifest;
mod schema;
mod schema_bound;

pub(crate) use active::{Active, PluginSet};
pub use error::PluginError;
pub(crate) use grant::field_name;
pub use inspect::Inspection;
pub(crate) use manifest::{is_kind, local_time, read};
pub use schema::SchemaError;
pub(crate) use schema::{Validator, whole_numbers};
