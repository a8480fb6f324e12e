//! What is to reach a customer, from the decision that it may to the word that it did.
//!
//! A message waits in the store until it is due. Then it is decided again, leased, handed to its channel and
//! recorded, each step in a transaction of its own, so that whatever ends the process in between leaves a
//! message that somebody takes up again. Between handing over and recording it cannot be known whether the
//! message arrived: it is handed over once more, under the same id, by which whoever receives it can tell.

mod again;
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

/// Threads that hand messages over, and so the most that are handed over at once. One channel gets half of them.
pub(crate) const THREADS: usize = 8;
