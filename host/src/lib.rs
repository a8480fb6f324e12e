//! **Regulars** is an embeddable CRM plugin runtime. A small host keeps customers and what passed
//! between them and a business; sandboxed WebAssembly components propose what would be worth doing
//! about it; the host decides whether the customer wants that, and does it.
//!
//! ```text
//! HTTP · CLI · Rust API
//!       │ record(interaction)                       one transaction: row + event
//!       ▼
//!    event log ──► dispatch ──► snapshot ──► run ──► decide ──► commit ──► desk · tasks · messages
//!                  which        what the     fresh   the rules  effects,
//!                  plugins      plugins may  sandbox (host,     decisions,
//!                  want it      see, as of   per     pure)      ack: one
//!                               the event    call               transaction
//! ```
//!
//! The modules follow that line:
//!
//! 1. [`Host`] is what callers hold: [`record`](Host::record) an interaction, [`act`](Host::act) by
//!    calling a plugin's action, read the [`desk`](Host::desk), [`explain`](Host::explain) a customer.
//! 2. [`store`] keeps everything. One [`Changeset`](store::Changeset) is the only write: an
//!    interaction and its event are one, an event's effects and its acknowledgement are one.
//! 3. `dispatch` hands out events, those of one customer in order, different customers in parallel,
//!    and turns schedules, timers and retries into events.
//! 4. `snapshot` loads what plugins may see, once for an event and as of the event, and cuts it for
//!    each plugin to what it was granted.
//! 5. [`runtime`] calls the plugin, each time in a fresh sandbox with a budget. What comes back is
//!    [effects](model::Effect): proposals, never acts.
//! 6. [`policy`] decides all proposals of an event together, and keeps every rule's verdict.
//! 7. What is allowed is committed with the event's acknowledgement, exactly once.
//!
//! Because a run depends only on the component, the event, the snapshot and the plugin's memory, it
//! can be explained afterwards and repeated elsewhere: a [`transcript`] holds all of it.
//!
//! # Embedding
//!
//! ```no_run
//! use regulars::Host;
//! use regulars::host::{NewCustomer, NewInteraction};
//!
//! # fn main() -> Result<(), regulars::Error> {
//! let host = Host::builder().sqlite("crm.db").plugins("plugins/").build()?;
//! let ada = host.create_customer(NewCustomer::default())?;
//! let (_, processed) = host.record_and_follow(NewInteraction::new(ada.id, "visit"))?;
//! processed.wait();
//! for card in host.desk(ada.id)?.cards {
//!     println!("{}: {}", card.title, card.because.reason);
//! }
//! # Ok(())
//! # }
//! ```
//!
//! # Features
//!
//! `http` adds `http::run` and `Host::router`; `delivery` adds email and webhooks as channels, and the
//! file that sets them up; `registry` gets plugins from OCI registries; `catalogue` takes the plugins that ship into the build;
//! `cli` adds the `regulars` program. None is needed to embed.

pub mod host;

pub mod config;

pub mod clock;

pub mod error;

pub mod model;

pub mod contact;

pub mod plugin;

pub mod catalogue;

#[cfg(feature = "registry")]
pub mod registry;

mod ids;

#[cfg(feature = "registry")]
mod bounded;

mod metrics;

mod text;

#[cfg(any(feature = "http", feature = "delivery"))]
#[cfg_attr(not(all(feature = "http", feature = "delivery")), allow(dead_code))]
mod sentences;

mod dispatch;

pub mod outbox;

mod links;

mod mac;

mod snapshot;

pub mod rehearse;

pub mod runtime;

pub mod transcript;

pub mod policy;

pub mod store;

#[cfg(feature = "http")]
pub mod http;

#[cfg(feature = "http")]
mod console;

#[cfg(feature = "cli")]
pub mod cli;

#[doc(hidden)]
pub mod fuzzing;

pub use config::Config;
pub use error::{Blame, Error};
pub use host::Host;
