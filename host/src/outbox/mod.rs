//! Delivery of messages to customers, from the decision to the recorded result.
//!
//! A message waits in the store until it is due. Then it is decided again, leased, sent through its channel
//! and recorded. Each step is a transaction of its own: a message whose process ends in between is picked up
//! again. If the process ends between sending and recording, the delivery is unconfirmed. The message is then
//! sent again under the same id, by which the receiver can recognise a duplicate.

mod backoff;
mod channel;
mod channels;
#[cfg(feature = "delivery")]
pub mod config;
mod deliver;
#[cfg(feature = "delivery")]
mod email;
mod log;
mod queue;
mod recheck;
mod record;
#[cfg(feature = "delivery")]
mod secret;
mod send_pool;
#[cfg(feature = "delivery")]
mod webhook;

pub use channel::{Accepted, Channel, Envelope, SendError};
pub(crate) use channels::missing_links;
pub use channels::{Channels, DESK};
#[cfg(feature = "delivery")]
pub use email::EmailChannel;
pub use log::LogChannel;
#[cfg(feature = "delivery")]
pub use secret::Secret;
#[cfg(feature = "delivery")]
pub use webhook::WebhookChannel;

pub(crate) use deliver::{apply, fire, work};
pub(crate) use queue::Queue;
pub(crate) use recheck::judge;
pub(crate) use record::{sent_now, told};
pub(crate) use send_pool::SendPool;

/// Number of sending threads, and so of concurrent sends. One channel gets at most half of them.
pub(crate) const THREADS: usize = 8;
