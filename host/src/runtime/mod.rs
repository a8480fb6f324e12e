//! Runs plugins: compiles a component once, then calls it in a sandbox of its own for every run.
//!
//! [`Runtime::load`] checks and compiles a component to a [`Plugin`]; [`Runtime::describe`] asks it
//! for its manifest; [`Runtime::handle`] and [`Runtime::act`] run it on a [`Slice`], everything it
//! may see. A run's result is a function of component, slice and input: there is no clock, no chance
//! and no state that outlives it. What a run costs is counted in fuel, which is as deterministic.
//!
//! A trap, a limit or a refusal never reaches past its own call: it comes back as a [`CallFailure`].
//! No other module names the WebAssembly engine.

mod config;
pub use config::{Pooling, RuntimeConfig};

mod engine;
mod epoch;
mod gate;

mod plugin;
pub use plugin::Plugin;
mod bounds;
mod cache;
mod compile;
mod inspect;

mod slice;
pub use slice::{CustomerSlice, Past, Slice};

mod call;
pub use call::{Call, Runtime};
mod failure;
pub use failure::CallFailure;
mod again;
mod migrate;
pub use again::{Answer, CONTRACT, Called, RunLimits};
mod limits;

mod imports;

mod abi;

mod clean;

#[cfg(test)]
mod tests;
