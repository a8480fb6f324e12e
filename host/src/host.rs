//! The host: everything that a caller can ask of Regulars, over HTTP, the command line or the Rust API.

mod actions;
mod audit;
mod backup;
mod builder;
mod consents;
mod customers;
mod dead_letters;
mod desk;
mod directory;
mod doctor;
mod erase;
mod explain;
mod export;
mod import;
mod install_version;
mod installed;
mod interactions;
mod keys;
mod lock;
mod log;
mod metrics;
mod migrate;
mod outreach;
mod plugins;
mod portal;
mod preferences;
mod queries;
mod rehearse;
mod replay;
mod suppressions;
mod trial;
mod upgrade;
mod validate;
mod vcard;
mod versions;
mod what_if;

pub use backup::{Restored, backup, restore};
pub use builder::HostBuilder;
pub use consents::NewConsent;
pub use customers::NewCustomer;
pub use dead_letters::DeadLetter;
pub use doctor::{DoctorOptions, examine};
pub use explain::{Explained, ExplainedRun, Occasion};
pub use export::CustomerExport;
pub use interactions::{NewInteraction, Processed, Recorded};
pub use keys::NewKey;
pub use lock::is_running;
pub use plugins::InstallRequest;
pub use portal::{
    ChannelChoice, Contents, Held, LevelChoice, PageLink, Portal, Remembered, Unsubscribe,
};
pub use queries::DeferredEvent;
pub use upgrade::UpgradeRequest;
pub use versions::{LeftMemory, RollbackRequest, is_meant};
pub use what_if::WhatIf;

pub use crate::links::Closed;

use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use keys::KeyUses;
use log::LogWatch;

use crate::dispatch::Dispatcher;
use crate::engine::Engine;
use crate::error::Error;
use crate::model::{Actor, Timestamp};
use crate::outbox::Outbox;
use crate::store::Changeset;
use crate::ticker::Ticker;

/// A running host. A clone is another handle to the same host, which stops when the last handle is dropped.
#[derive(Clone)]
pub struct Host {
    engine: Arc<Engine>,
    dispatcher: Arc<Dispatcher>,
    outbox: Arc<Outbox>,
    ticker: Arc<Ticker>,
    log: LogWatch,
    key_uses: Arc<KeyUses>,
    /// The audit attributes administrative acts through this handle to this actor.
    actor: Arc<Actor>,
    // Dropped last, so that the store is closed by its drop.
    life: Arc<Life>,
}

/// The threads of a host. Dropping it ends them.
struct Life {
    engine: Arc<Engine>,
    dispatcher: Arc<Dispatcher>,
    outbox: Arc<Outbox>,
    threads: Mutex<Vec<JoinHandle<()>>>,
    /// Released when the threads have ended.
    _lock: Option<lock::Lock>,
}

impl Life {
    fn stop(&self) {
        self.engine.stop();
        self.dispatcher.stop();
        self.outbox.stop();
    }
}

impl Drop for Life {
    fn drop(&mut self) {
        self.stop();
        let threads = self
            .threads
            .get_mut()
            .unwrap_or_else(PoisonError::into_inner);
        for thread in threads.drain(..) {
            // A worker that panicked has logged it.
            drop(thread.join());
        }
        // The completion of a commit holds the engine until shortly after its caller was told. An empty commit comes
        // after all others, so that the store is closed when this returns.
        drop(self.engine.store.commit(Changeset::new()));
    }
}

impl Host {
    /// Starts building a host.
    pub fn builder() -> HostBuilder {
        HostBuilder::default()
    }

    /// Starts the threads of a host that handles events.
    fn start(self) -> Result<Host, Error> {
        self.log.set(self.engine.store.last_seq()?);
        let mut threads = self.dispatcher.start()?;
        threads.extend(self.outbox.start()?);
        threads.push(self.ticker.start()?);
        self.life
            .threads
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .extend(threads);
        Ok(self)
    }

    /// The host's time.
    pub fn now(&self) -> Timestamp {
        self.engine.clock.now()
    }

    /// The business's time zone.
    pub fn time_zone(&self) -> &str {
        &self.engine.config.time_zone
    }

    /// Fires everything that is due, and returns when every event has been handled. For programs that step through
    /// time, and for tests; a served host does this by itself.
    ///
    /// # Errors
    /// [`Error::Store`] if the store failed.
    pub fn settle(&self) -> Result<(), Error> {
        self.ticker.fire_due()?;
        loop {
            self.dispatcher.wait_idle();
            self.outbox.wait_idle();
            let fault = self.dispatcher.fault();
            if let Some(fault) = fault.or_else(|| self.outbox.fault()) {
                return Err(fault.into());
            }
            // Handled events may have left work that is due at once.
            let fired = self.ticker.fire_due()?;
            // The ticker's own thread may have taken up work meanwhile.
            let idle = self.dispatcher.is_idle() && self.outbox.depth() == 0;
            if fired == 0 && idle {
                return Ok(());
            }
        }
    }

    /// Refuses new work, waits for the runs in flight, and returns. Events that are left wait for the next start.
    pub fn stop(&self) {
        self.life.stop();
        self.dispatcher.wait_drained();
        self.outbox.wait_idle();
    }

    /// Returns true once [`Host::stop`] was called.
    pub fn is_stopped(&self) -> bool {
        self.engine.is_stopping()
    }
}
