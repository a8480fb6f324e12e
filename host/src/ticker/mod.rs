//! The ticker: fires schedules, timers, retries and due messages, and removes expired data.

mod deferred;
mod expiry;
mod pruning;
mod quarantine;
mod schedules;
mod timers;

use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use crate::dispatch::Dispatcher;
use crate::engine::Engine;
use crate::error::Error;
use crate::model::Timestamp;
use crate::outbox::Outbox;
use crate::store::Due;
use pruning::Pruning;

/// The longest wait between two checks, and so the longest delay until changes by other processes are found.
const MAX_WAIT: Duration = Duration::from_secs(1);
/// The shortest wait while due work cannot be done yet.
const MIN_WAIT: Duration = Duration::from_millis(20);

/// The worker for due work. A served host runs it on a thread of its own; a test or tool calls [`Ticker::fire_due`].
pub(crate) struct Ticker {
    engine: Arc<Engine>,
    dispatcher: Arc<Dispatcher>,
    outbox: Arc<Outbox>,
    /// A lock that is held while quarantines are written.
    transitions: Mutex<()>,
    expiry_checked_at: Mutex<Option<Timestamp>>,
    pruning: Pruning,
}

impl Ticker {
    pub fn new(engine: Arc<Engine>, dispatcher: Arc<Dispatcher>, outbox: Arc<Outbox>) -> Ticker {
        Ticker {
            engine,
            dispatcher,
            outbox,
            transitions: Mutex::default(),
            expiry_checked_at: Mutex::default(),
            pruning: Pruning::default(),
        }
    }

    /// Subscribes to commits and to jumps of the clock, and starts the thread.
    ///
    /// # Errors
    /// [`Error::Config`] if the thread cannot be started.
    pub fn start(self: &Arc<Ticker>) -> Result<JoinHandle<()>, Error> {
        let alarm = self.engine.alarm.clone();
        self.engine.subscribe(move |committed| {
            if committed.outgoing > 0 {
                alarm.ring();
            }
        });
        let alarm = self.engine.alarm.clone();
        self.engine.clock.on_jump(Box::new(move || alarm.ring()));
        let ticker = self.clone();
        std::thread::Builder::new()
            .name("regulars-time".to_owned())
            .spawn(move || ticker.run())
            .map_err(Error::no_thread)
    }

    /// Does all due work once: loads changes by other processes, fires schedules and timers, queues deferred events and
    /// due messages, and removes expired data. Returns 0 if nothing was due, or else the number of work items.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn fire_due(&self) -> Result<usize, Error> {
        let engine = &self.engine;
        let changed = engine.reload_plugins()? + quarantine::fire(self)?;
        let fired = schedules::fire(engine)? + timers::fire(engine)?;
        let removed = expiry::fire(self)? + pruning::fire(engine, &self.pruning)?;
        let sent = self.outbox.take_due()?;
        Ok(changed + fired + removed + sent + deferred::fire(self)?)
    }

    /// Does due work until the host stops.
    fn run(&self) {
        let mut seen = 0;
        loop {
            let fired = self.fire_due().unwrap_or_else(|error| {
                tracing::error!(%error, "what is due could not be fired; it is tried again");
                0
            });
            let next = match self.next_due() {
                _ if fired > 0 => Duration::ZERO,
                Ok(Some(due)) => self.engine.clock.until(due),
                _ => MAX_WAIT,
            };
            let wait = match fired {
                0 => next.clamp(MIN_WAIT, MAX_WAIT),
                _ => next,
            };
            if !self.engine.alarm.wait(&mut seen, wait) {
                return;
            }
        }
    }

    fn next_due(&self) -> Result<Option<Timestamp>, Error> {
        let deferred = deferred::next(&self.engine)?;
        let fires = self.engine.store.next_due(&Due::Calendar)?;
        // Messages that are already due need no wake-up: the outbox takes them as soon as it has room.
        let sends = self.engine.store.next_due(&Due::Outbox {
            after: self.engine.clock.now(),
        })?;
        Ok(deferred.into_iter().chain(fires).chain(sends).min())
    }
}
