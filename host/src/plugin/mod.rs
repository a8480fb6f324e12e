//! A plugin's life on this host: read what it says of itself, grant, install, switch on and off.

mod error;

pub use error::PluginError;
