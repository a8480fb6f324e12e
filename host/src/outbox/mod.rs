//! Delivery of messages to customers, from the decision to the recorded result.
//!
//! A message waits in the store until it is due. Then it is decided again, leased, sent through its channel
//! and recorded. Each step is a transaction of its own: a message whose process ends in between is picked up
//! again. If the process ends between sending and recording, the delivery is unconfirmed. The message is then
//! sent again under the same id, by which the receiver can recognise a duplicate.

mod again;
mod backoff;
mod channel;
mod channels;
#[cfg(feature = "delivery")]
pub mod config;
mod deliver;
#[cfg(feature = "delivery")]
mod email;
mod hands;
mod log;
mod queue;
mod record;
#[cfg(feature = "delivery")]
mod secret;
#[cfg(feature = "delivery")]
mod webhook;

pub use channel::{Channel, Parcel, Refusal, Taken};
pub(crate) use channels::missing_links;
pub use channels::{Channels, DESK};
#[cfg(feature = "delivery")]
pub use email::EmailChannel;
pub use log::LogChannel;
#[cfg(feature = "delivery")]
pub use secret::Secret;
#[cfg(feature = "delivery")]
pub use webhook::WebhookChannel;

pub(crate) use again::judge;
pub(crate) use deliver::{apply, fire, work};
pub(crate) use hands::Hands;
pub(crate) use queue::Queue;
pub(crate) use record::{sent_now, told};

/// Number of sending threads, and so of concurrent sends. One channel gets at most half of them.
pub(crate) const THREADS: usize = 8;
