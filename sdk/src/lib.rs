//! Write a Regulars plugin: a type, a trait with default methods, one export macro.
//!
//! A plugin is a pure function. It receives **one event about one customer**, the granted part of that
//! customer's data, and its own memory. It returns **effects**, which are proposals: the host decides if the
//! customer wants them. There is no clock, no randomness, no file and no network.
//!
//! In the order of a call:
//!
//! | item | purpose |
//! |---|---|
//! | [`Plugin`], [`export!`] | the three hooks of a plugin, and their export |
//! | [`Manifest`] | the plugin's requests to see and to propose, with reasons |
//! | [`Context`], [`Event`], [`Input`] | a call: time, customer, settings and event |
//! | [`history`], [`memory`], [`log`] | the imports that a plugin can call |
//! | [`grants`] | the granted part of the manifest's requests |
//! | [`Migrate`] | the migration of an earlier version's memory |
//! | [`Date`], [`Birthday`], [`instant`] | days and instants, without a clock |
//! | [`Answered`], [`Closed`] | the results of the plugin's own questions and tasks |
//! | [`contacts`], [`habit`], [`progress`] | a customer's recent contacts, habits and goals |
//! | [`settings!`], [`text`] | the operator's settings, and texts fit to be shown |
//! | [`Suggestion`], [`Question`], [`Message`], [`Task`], [`remember`], [`wake`], [`tag`], [`Entry`] | the
//! effects, collected in [`Effects`] or a [`Reply`] |
//! | [`testing`] | a small host that runs the plugin natively, under plain `cargo test` |

#![warn(missing_docs)]

#[allow(missing_docs, reason = "written by wit-bindgen from the contract")]
#[doc(hidden)]
pub mod bindings;
#[allow(missing_docs, reason = "written by wit-bindgen from the contract")]
#[doc(hidden)]
pub mod bindings_migrate;
mod closed;
#[doc(hidden)]
pub mod component;
pub mod contacts;
mod context;
mod effects;
mod failure;
pub mod grants;
pub mod habit;
pub mod history;
pub mod log;
pub mod memory;
pub mod migrate;
mod plugin;
pub mod progress;
mod settings;
#[cfg(not(target_arch = "wasm32"))]
pub mod testing;
pub mod text;
mod time;

pub use bindings::exports::regulars::plugin::actions::Reply;
pub use bindings::exports::regulars::plugin::events::{Answered, Changed, Closed, Due, Event};
pub use bindings::regulars::plugin::effects::{
    Because, Effect, Entry, Memo, Message, Purpose, Question, Suggestion, Task, Timer,
};
pub use bindings::regulars::plugin::types::{
    Birthday, Context, Customer, CustomerId, Date, Direction, Failure, Instant, Interaction,
    InteractionId, Level, Scope,
};
pub use closed::Subject;
pub use effects::{Effects, forget, propose_level, remember, tag, untag, wake};
pub use migrate::Migrate;
pub use plugin::{Input, Plugin};
pub use time::{instant, is_leap_year};

#[doc(inline)]
pub use regulars_manifest::{
    self as manifest, Action, Caller, Condition, CustomerField, EffectKind, Manifest, Outcome,
    Schedule, Weekday,
};

/// The derives for settings, inputs and outputs, so that one `use` is enough. Their output names their
/// crates: a plugin that uses them must depend on `serde` and `schemars` too.
#[doc(no_inline)]
pub use {
    schemars::JsonSchema,
    serde::{Deserialize, Serialize},
};

/// The README's examples, compiled with the other doc tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
