//! The state and the writes that all parts of a host share. The engine does not depend on the dispatcher, the outbox or
//! the ticker. They subscribe to its commits, and the ticker waits for its [`Alarm`].

mod alarm;
mod commit;
mod contact;
mod grants;
mod inspect;
mod installations;
mod plugins;
mod schedules;
mod settings;

pub(crate) use alarm::Alarm;
pub(crate) use commit::append_event;
pub(crate) use contact::cancel_messages;
pub(crate) use grants::GrantSpec;
pub(crate) use inspect::inspect;
pub(crate) use schedules::{
    MAX_LATE, next_occurrence, occurrence, schedule_event_id, time_zones, timer_event_id,
};
pub(crate) use settings::{ResolvedSettings, changed_settings};

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use commit::Observer;

use crate::clock::Clock;
use crate::config::Config;
use crate::error::Error;
use crate::ids::Ids;
use crate::links::Links;
use crate::metrics::Metrics;
use crate::plugin_set::PluginSet;
use crate::policy::Policy;
use crate::runtime::Runtime;
use crate::store::Store;

/// The shared state of a host.
pub(crate) struct Engine {
    pub config: Config,
    pub clock: Arc<dyn Clock>,
    pub ids: Ids,
    pub store: Arc<dyn Store>,
    pub runtime: Runtime,
    pub policy: Policy,
    pub links: Links,
    pub metrics: Metrics,
    /// The alarm that wakes the ticker.
    pub alarm: Arc<Alarm>,
    /// The key for hashes of contact points.
    points_key: [u8; 32],
    plugins: RwLock<Arc<PluginSet>>,
    /// A lock that is held while the set of plugins is changed.
    installing: Mutex<()>,
    observers: RwLock<Vec<Observer>>,
    transcripts_kept: AtomicU32,
}

/// The parts that an engine is built from.
pub(crate) struct Parts {
    pub config: Config,
    pub clock: Arc<dyn Clock>,
    pub ids: Ids,
    pub store: Arc<dyn Store>,
    pub runtime: Runtime,
    pub policy: Policy,
    pub links: Links,
    pub points_key: [u8; 32],
}

impl Engine {
    pub fn new(parts: Parts) -> Engine {
        Engine {
            config: parts.config,
            clock: parts.clock,
            ids: parts.ids,
            store: parts.store,
            runtime: parts.runtime,
            policy: parts.policy,
            links: parts.links,
            metrics: Metrics::new(),
            alarm: Arc::default(),
            points_key: parts.points_key,
            plugins: RwLock::default(),
            installing: Mutex::default(),
            observers: RwLock::default(),
            transcripts_kept: AtomicU32::new(0),
        }
    }

    /// Returns the current set of installed plugins.
    pub fn plugins(&self) -> Arc<PluginSet> {
        self.plugins
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Stops the engine: it refuses new work, and the ticker ends.
    pub fn stop(&self) {
        self.alarm.stop();
    }

    pub fn is_stopping(&self) -> bool {
        self.alarm.is_stopped()
    }

    /// Checks that the host is not stopping.
    ///
    /// # Errors
    /// [`Error::Stopped`] if it is.
    pub fn check_open(&self) -> Result<(), Error> {
        match self.is_stopping() {
            true => Err(Error::Stopped),
            false => Ok(()),
        }
    }

    /// Counts a stored transcript.
    pub fn count_transcript(&self) {
        self.transcripts_kept.fetch_add(1, Ordering::Relaxed);
    }

    /// Returns the number of transcripts stored since the start. The counter wraps around.
    pub fn transcripts_kept(&self) -> u32 {
        self.transcripts_kept.load(Ordering::Relaxed)
    }
}
