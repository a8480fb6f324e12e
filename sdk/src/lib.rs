//! Write a Regulars plugin: a type, a trait with default methods, one export macro.
//!
//! A plugin is a pure function. It gets **one event about one customer**, what it was granted of
//! that customer, and its own memory; it returns **effects**, which are proposals: the host decides
//! whether the customer wants them. There is no clock, no randomness, no file and no network.
//!
//! In the order in which a call passes through them:
//!
//! | where | what |
//! |---|---|
//! | [`Plugin`], [`export!`] | the three hooks that a plugin can have, and how the host finds them |
//! | [`Manifest`] | what the plugin asks to see and to propose, and why |
//! | [`Context`], [`Event`], [`Input`] | what a call is about: the moment, the customer, the settings, what happened |
//! | [`history`], [`memory`], [`log`] | the only things that a plugin can ask for during a call |
//! | [`grants`] | what of the manifest's asks was granted here |
//! | [`Migrate`] | how a version takes over what the one before it remembered |
//! | [`Date`], [`Birthday`], [`instant`] | days and moments, without a clock |
//! | [`Answered`], [`Closed`] | what became of its own questions and tasks |
//! | [`contacts`], [`habit`], [`progress`] | what the customer did lately, does nearly always, and wants to reach |
//! | [`settings!`], [`text`] | what the operator chose, and words fit to be shown |
//! | [`Suggestion`], [`Question`], [`Message`], [`Task`], [`remember`], [`wake`], [`tag`], [`Entry`] | what it may propose, collected in [`Effects`] or a [`Reply`] |
//! | [`testing`] | the host in a nutshell: run the plugin natively, under plain `cargo test` |

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

/// The derives that settings, inputs and outputs need, so that one `use` is enough. What they
/// write names their crates: a plugin that uses them depends on `serde` and `schemars` too.
#[doc(no_inline)]
pub use {
    schemars::JsonSchema,
    serde::{Deserialize, Serialize},
};

/// The README's examples, compiled with the other doc tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
