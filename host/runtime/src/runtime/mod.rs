//! Runs plugins: compiles a component once, then calls it in a new sandbox for every run.
//!
//! [`Runtime::load`] checks and compiles a component to a [`Plugin`]. [`Runtime::describe`] returns its
//! manifest. [`Runtime::handle`] and [`Runtime::act`] run it on a [`PluginView`], which is everything that it may
//! see. A run's result is a function of component, view and input: there is no clock, no randomness and no
//! state that outlives it. Fuel, the measure of a run's cost, is deterministic too.
//!
//! A trap, a limit or a refusal affects only its own call, which returns a [`CallFailure`]. No other module
//! names the WebAssembly engine.

mod config;
pub use config::{Pooling, RuntimeConfig};

mod engine;
mod epoch;
mod semaphore;

mod plugin;
pub use plugin::Plugin;
mod bounds;
mod cache;
mod compile;
mod inspect;

mod view;
pub use view::{CustomerView, HistoryEntry, PluginView};

mod bench;
mod call;
mod describe;
pub use call::{Call, Runtime};
mod failure;
pub use failure::CallFailure;
mod migrate;
mod replay;
pub use replay::{CONTRACT, CallOutput, Invocation, RunLimits};
mod limits;

mod imports;

mod abi;

mod sanitize;

#[cfg(test)]
mod tests;
