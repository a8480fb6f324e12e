//! The host: everything that a caller can ask of Regulars, whichever door it came through.

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
mod installed;
mod interactions;
mod keys;
mod loading;
mod lock;
mod migrate;
mod outreach;
mod own_page;
mod place;
mod plugins;
mod preferences;
mod reads;
mod replay;
mod settings;
mod suppressions;
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
pub use doctor::{Checkup, examine};
pub use explain::{Explained, ExplainedRun, Occasion};
pub use export::CustomerExport;
pub use interactions::{NewInteraction, Processed, Recorded};
pub use keys::NewKey;
pub(crate) use lock::is_running;
pub(crate) use outreach::cancel;
pub use own_page::{
    ChannelChoice, Contents, Held, LevelChoice, OwnPage, PageLink, Remembered, Unsubscribe,
};
pub(crate) use place::Granting;
pub use plugins::InstallRequest;
pub use reads::ParkedEvent;
pub(crate) use settings::Settled;
pub use upgrade::UpgradeRequest;
pub(crate) use validate::label;
#[cfg(feature = "cli")]
pub(crate) use versions::is_meant;
pub use versions::{LeftMemory, RollbackRequest};
pub use what_if::WhatIf;

pub use crate::links::Closed;

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::thread::JoinHandle;

use crate::clock::{Clock, Stopwatch};
use crate::config::Config;
use crate::dispatch::Dispatcher;
use crate::error::Error;
use crate::ids::Ids;
use crate::links::Links;
use crate::metrics::Metrics;
use crate::model::{Actor, KeyId, Timestamp};
use crate::outbox::{Channels, Queue, SendPool};
use crate::plugin::PluginSet;
use crate::policy::Policy;
use crate::runtime::Runtime;
use crate::store::{Changeset, Committed, Store, StoreError};

/// A running host. Cloning gives another handle to the same one; it stops when the last handle goes.
#[derive(Clone)]
pub struct Host {
    pub(crate) core: Arc<Core>,
    /// Whose administrative acts those through this handle are.
    actor: Arc<Actor>,
    _life: Arc<Life>,
}

/// What the threads of a host share.
pub(crate) struct Core {
    pub config: Config,
    pub clock: Arc<dyn Clock>,
    pub ids: Ids,
    pub store: Arc<dyn Store>,
    pub runtime: Runtime,
    pub plugins: RwLock<Arc<PluginSet>>,
    pub dispatcher: Dispatcher,
    pub policy: Policy,
    pub channels: Channels,
    pub outbox: Queue,
    pub send_pool: SendPool,
    pub links: Links,
    /// What contact points are hashed with.
    pub points_key: [u8; 32],
    /// The newest place in the event log, for those who follow it.
    pub newest: tokio::sync::watch::Sender<u64>,
    /// One change of the set of plugins at a time.
    pub installing: std::sync::Mutex<()>,
    pub pruning: crate::dispatch::Pruning,
    /// When the last use of a key was stored.
    pub key_uses: std::sync::Mutex<HashMap<KeyId, Timestamp>>,
    pub metrics: Metrics,
    /// Counts the keys that this process revoked, for those who hold something open with one.
    pub revoked: tokio::sync::watch::Sender<u64>,
}

/// Ends the threads with the last handle.
struct Life {
    core: Arc<Core>,
    threads: std::sync::Mutex<Vec<JoinHandle<()>>>,
    /// Given back when the threads have ended.
    _lock: Option<lock::Lock>,
}

impl Drop for Life {
    fn drop(&mut self) {
        self.core.dispatcher.stop();
        self.core.outbox.stop();
        let threads = self
            .threads
            .get_mut()
            .unwrap_or_else(PoisonError::into_inner);
        for thread in threads.drain(..) {
            // A worker that panicked has said so on its own; there is nobody left to tell.
            drop(thread.join());
        }
        // What follows a commit holds the core until just after its caller has heard. A commit of nothing comes after
        // all of them, so that the store is closed when this returns, and not a moment later by its own thread.
        drop(self.core.store.commit(Changeset::new()));
    }
}

impl Host {
    /// Starts putting a host together.
    pub fn builder() -> HostBuilder {
        HostBuilder::default()
    }

    fn start(core: Arc<Core>, actor: Actor, lock: Option<lock::Lock>) -> Result<Host, Error> {
        let threads = crate::dispatch::start(&core)?;
        let life = Arc::new(Life {
            core: core.clone(),
            threads: std::sync::Mutex::new(threads),
            _lock: lock,
        });
        Ok(Host {
            core,
            actor: Arc::new(actor),
            _life: life,
        })
    }

    /// A host without threads.
    fn rest(core: Arc<Core>, actor: Actor) -> Host {
        let life = Arc::new(Life {
            core: core.clone(),
            threads: std::sync::Mutex::default(),
            _lock: None,
        });
        Host {
            core,
            actor: Arc::new(actor),
            _life: life,
        }
    }

    /// The host's time.
    pub fn now(&self) -> Timestamp {
        self.core.clock.now()
    }

    /// The business's time zone.
    pub fn time_zone(&self) -> &str {
        &self.core.config.time_zone
    }

    /// Fires everything that is due and returns when every event has been handled. For programs
    /// that step through time, and tests; a served host does this by itself.
    ///
    /// # Errors
    /// [`Error::Store`] where the storage failed.
    pub fn settle(&self) -> Result<(), Error> {
        crate::dispatch::fire_due(&self.core)?;
        loop {
            self.core.dispatcher.wait_idle();
            self.core.outbox.wait_idle();
            let fault = self.core.dispatcher.fault();
            if let Some(fault) = fault.or_else(|| self.core.outbox.fault()) {
                return Err(fault.into());
            }
            // What was handled may have left something that is due at once.
            let fired = crate::dispatch::fire_due(&self.core)?;
            // What the watcher of time took up meanwhile is not fired again, and not done.
            let idle = self.core.dispatcher.is_idle() && self.core.outbox.depth() == 0;
            if fired == 0 && idle {
                return Ok(());
            }
        }
    }

    /// Takes nothing new, lets the runs in flight finish, and returns. Events that were not handled
    /// are when the host starts again.
    pub fn stop(&self) {
        self.core.dispatcher.stop();
        self.core.outbox.stop();
        self.core.dispatcher.wait_flown();
        self.core.outbox.wait_idle();
    }

    /// Follows the event log: the newest place in it, whenever that changes.
    pub fn watch(&self) -> tokio::sync::watch::Receiver<u64> {
        self.core.newest.subscribe()
    }
}

impl Core {
    pub fn plugins(&self) -> Arc<PluginSet> {
        self.plugins
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Queues a changeset, tells dispatch and followers of its events, then calls `done`.
    pub fn submit(
        self: &Arc<Core>,
        changeset: Changeset,
        done: impl FnOnce(&Arc<Core>, Result<Committed, StoreError>) + Send + 'static,
    ) {
        let core = self.clone();
        let watch = Stopwatch::start();
        self.store.submit(
            changeset,
            Box::new(move |result| {
                if let Ok(committed) = &result {
                    core.metrics.committed(watch.seconds(), committed.group);
                    core.dispatcher.committed(&committed.pending);
                    if committed.outgoing > 0 {
                        core.dispatcher.wake();
                    }
                    if let Some(newest) = committed.newest {
                        core.newest.send_if_modified(|seen| {
                            let later = newest > *seen;
                            *seen = newest.max(*seen);
                            later
                        });
                    }
                }
                done(&core, result);
            }),
        );
    }

    /// [`Core::submit`], and wait.
    pub fn commit(self: &Arc<Core>, changeset: Changeset) -> Result<Committed, Error> {
        let (sender, receiver) = std::sync::mpsc::sync_channel(1);
        self.submit(changeset, move |_, result| drop(sender.send(result)));
        Ok(receiver.recv().map_err(|_| StoreError::Closed)??)
    }

    /// Refuses new work once the host is stopping.
    pub fn open(&self) -> Result<(), Error> {
        if self.dispatcher.stopping() {
            Err(Error::Stopped)
        } else {
            Ok(())
        }
    }
}
