//! Regulars.
// `html` placeholder: the tour is written when the pipeline stands.

pub mod clock;
pub mod error;
pub mod model;
pub mod plugin;
pub mod store;

pub mod runtime;

pub use error::{Blame, Error};
