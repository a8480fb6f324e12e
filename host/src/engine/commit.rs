//! Submission of a running host's changesets to the store, and publication of commits to observers. Start and stop
//! write to the store directly.

use std::sync::{Arc, PoisonError};

use super::Engine;
use crate::clock::Stopwatch;
use crate::error::Error;
use crate::model::NewEvent;
use crate::store::{Change, Changeset, Committed, StoreError};

/// A subscriber to commits.
pub(super) type Observer = Box<dyn Fn(&Committed) + Send + Sync>;

/// Returns the change that appends an event to the log. [`Engine::submit`] sets `pending`.
pub(crate) fn append_event(event: NewEvent) -> Change {
    Change::AppendEvent {
        event,
        pending: false,
    }
}

impl Engine {
    /// Calls `observer` after each commit, on the store's thread and in the order of the log. It must be short and
    /// must not block.
    pub fn subscribe(&self, observer: impl Fn(&Committed) + Send + Sync + 'static) {
        self.observers
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .push(Box::new(observer));
    }

    /// Queues a changeset, publishes its commit to the observers, then calls `done` with the result.
    ///
    /// An appended event is pending if it is wanted by a plugin that is not disabled. Quarantined and broken plugins
    /// count: their events wait for them.
    pub fn submit(
        self: &Arc<Engine>,
        mut changeset: Changeset,
        done: impl FnOnce(Result<Committed, StoreError>) + Send + 'static,
    ) {
        self.mark_pending(&mut changeset);
        let engine = self.clone();
        let watch = Stopwatch::start();
        self.store.submit(
            changeset,
            Box::new(move |result| {
                if let Ok(committed) = &result {
                    engine.metrics.committed(watch.seconds(), committed.group);
                    engine.publish(committed);
                }
                done(result);
            }),
        );
    }

    /// Submits a changeset, and waits until it is durable.
    ///
    /// # Errors
    /// [`Error::Store`], with [`StoreError::Conflict`] if a precondition does not hold.
    pub fn commit(self: &Arc<Engine>, changeset: Changeset) -> Result<Committed, Error> {
        let (sender, receiver) = std::sync::mpsc::sync_channel(1);
        self.submit(changeset, move |result| drop(sender.send(result)));
        Ok(receiver.recv().map_err(|_| StoreError::Closed)??)
    }

    fn mark_pending(&self, changeset: &mut Changeset) {
        let plugins = self.plugins();
        for change in &mut changeset.changes {
            if let Change::AppendEvent { event, pending } = change {
                *pending = plugins.is_wanted(&event.data);
            }
        }
    }

    fn publish(&self, committed: &Committed) {
        let observers = self
            .observers
            .read()
            .unwrap_or_else(PoisonError::into_inner);
        for observer in observers.iter() {
            observer(committed);
        }
    }
}
