//! Delivery of messages to customers.
//!
//! A message waits in the store until it is due. Then it is decided again, leased, handed to its channel and
//! recorded. Each step is a transaction of its own, so that a process that ends in between leaves a message that is
//! taken up again. If it ends between handing over and recording, delivery is unconfirmed: the message is sent again
//! under the same id, by which the receiver can recognise it.

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
pub use channels::{Channels, DESK, missing_links};
#[cfg(feature = "delivery")]
pub use email::EmailChannel;
pub use log::LogChannel;
#[cfg(feature = "delivery")]
pub use secret::Secret;
#[cfg(feature = "delivery")]
pub use webhook::WebhookChannel;

pub(crate) use deliver::apply;
pub(crate) use recheck::decide_again;
pub(crate) use record::{news_event, record_sent};
pub use send_pool::SendPool;

use std::sync::Arc;
use std::thread::JoinHandle;

use crate::engine::Engine;
use crate::error::Error;
use crate::store::StoreError;
use queue::Queue;

/// Threads that send messages. One channel gets at most half of them.
const THREADS: usize = 8;

/// The due messages of a host, on their way to its channels.
pub(crate) struct Outbox {
    engine: Arc<Engine>,
    channels: Channels,
    queue: Queue,
    pool: SendPool,
}

impl Outbox {
    pub fn new(engine: Arc<Engine>, channels: Channels) -> Outbox {
        Outbox {
            engine,
            channels,
            queue: Queue::default(),
            pool: SendPool::default(),
        }
    }

    /// Starts the threads that send messages.
    ///
    /// # Errors
    /// [`Error::Config`] if a thread cannot be started.
    pub fn start(self: &Arc<Outbox>) -> Result<Vec<JoinHandle<()>>, Error> {
        let sender = |index| {
            let outbox = self.clone();
            std::thread::Builder::new()
                .name(format!("regulars-outbox-{index}"))
                .spawn(move || outbox.run())
                .map_err(Error::no_thread)
        };
        (0..THREADS).map(sender).collect()
    }

    /// Takes no further messages. Queued ones stay in the store.
    pub fn stop(&self) {
        self.queue.stop();
    }

    /// Blocks until no message is queued or being sent.
    pub fn wait_idle(&self) {
        self.queue.wait_idle();
    }

    /// Returns the number of messages queued or being sent.
    pub fn depth(&self) -> usize {
        self.queue.depth()
    }

    /// Returns the store's failure, if messages cannot be sent because of it.
    pub fn fault(&self) -> Option<StoreError> {
        self.queue.fault()
    }
}
