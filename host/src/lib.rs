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
//! The modules follow that line, from the bottom up:
//!
//! 1. [`store`] keeps everything. One [`Changeset`](store::Changeset) is the only write: an
//!    interaction and its event are one, an event's effects and its acknowledgement are one.
//! 2. [`runtime`] calls a plugin, each time in a fresh sandbox with a budget. It returns
//!    [effects](model::Effect): proposals, never acts.
//! 3. [`policy`] decides all proposals of an event together, and keeps every rule's verdict.
//! 4. `engine` is the shared state: configuration, clock, store, runtime, plugins, policy. It commits
//!    changesets and publishes what was committed.
//! 5. `snapshot` loads the data that plugins may see, once for an event and as of the event, and
//!    reduces it for each plugin to its grants.
//! 6. `pipeline` is the path of a call: admit, call, validate, decide, effects, changeset. Events,
//!    actions and rehearsals share it.
//! 7. `dispatch` hands out events, those of one customer in order, different customers in parallel.
//!    [`outbox`] delivers messages. [`rehearse`] runs a plugin over the past.
//! 8. `ticker` fires what is due: schedules, timers, retries and messages.
//! 9. [`Host`] is what callers hold: [`record`](Host::record) an interaction, [`act`](Host::act) by
//!    calling a plugin's action, read the [`desk`](Host::desk), [`explain`](Host::explain) a customer.
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
//! `delivery` adds email and webhooks as channels, and the file that sets them up; `schema` derives the types' schemas for
//! an OpenAPI document; `conformance` adds the cases that a store of one's own must pass. None is needed to embed. The HTTP
//! API is the crate `regulars-server`, the program is `regulars-cli`.

pub mod config;

pub mod error;

mod plugin_set;

pub mod sentences;

mod snapshot;

pub mod links;

pub mod metrics;

mod engine;

mod pipeline;

mod dispatch;

pub mod outbox;

pub mod rehearse;

mod ticker;

pub mod host;

pub use regulars_model as model;
pub use regulars_model::{Blame, clock, contact, ids, text, token_bucket, toml_reader, web_url};
pub use regulars_policy as policy;
pub use regulars_runtime::{plugin, runtime, transcript};
pub use regulars_store as store;

pub use config::Config;
pub use error::Error;
pub use host::Host;

pub(crate) use regulars_model::{backoff, mac};
