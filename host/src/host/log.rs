use std::sync::Arc;

use tokio::sync::watch;

use super::Host;
use crate::engine::Engine;

/// The newest place in the event log, for those who follow it.
#[derive(Clone)]
pub(super) struct LogWatch(Arc<watch::Sender<u64>>);

impl LogWatch {
    /// Subscribes to the engine's commits.
    pub fn of(engine: &Engine) -> LogWatch {
        let watch = LogWatch(Arc::new(watch::Sender::new(0)));
        let sender = watch.0.clone();
        engine.subscribe(move |committed| {
            if let Some(newest) = committed.last_seq {
                sender.send_if_modified(|seen| {
                    let later = newest > *seen;
                    *seen = newest.max(*seen);
                    later
                });
            }
        });
        watch
    }

    pub fn set(&self, newest: u64) {
        self.0.send_replace(newest);
    }
}

impl Host {
    /// Follows the event log: the newest place in it, whenever it changes.
    pub fn watch(&self) -> watch::Receiver<u64> {
        self.log.0.subscribe()
    }
}
