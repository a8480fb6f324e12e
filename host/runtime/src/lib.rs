//! Plugins in their sandbox: what a manifest says and asks for, what is granted, how a component is called, and the
//! transcript of a call.

pub mod plugin;

pub mod runtime;

pub mod transcript;

mod error;

pub use error::Error;
