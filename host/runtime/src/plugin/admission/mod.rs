//! Admission of calls to one plugin: rate, concurrency, fuel and quarantine. Each installation has one
//! [`AdmissionController`], so a plugin at its limits delays only its own events.

mod circuit_breaker;
mod controller;
mod rejection;
mod slots;

pub use circuit_breaker::{QuarantinePeriods, Transition};
pub use controller::{AdmissionController, Caller, Permit};
pub use rejection::Rejection;
