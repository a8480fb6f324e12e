//! What waits in the store because there is no room for it in memory.

use super::Dispatcher;
use super::lanes::{Job, Work};
use crate::model::Event;
use crate::store::StoreError;

impl Dispatcher {
    /// Starts from what the store holds.
    pub fn resume(&self, pending: bool) {
        self.lock().backlog = pending;
        self.work.notify_all();
    }

    /// Takes up events that were loaded; `complete` where there were no more in the store.
    pub(super) fn refill(&self, events: Vec<Event>, complete: bool) {
        let mut state = self.lock();
        state.refilling = false;
        for event in events {
            if event.seq > state.loaded {
                state.loaded = event.seq;
                state.push(event.customer, Job::Work(Work::Event(Box::new(event))));
            }
        }
        if complete {
            // Something may have been committed after the store was read.
            state.backlog = state.left > state.loaded;
        }
        drop(state);
        self.work.notify_all();
        self.quiet.notify_all();
    }

    /// The store failed when events were to be loaded.
    pub(super) fn cannot_refill(&self, fault: StoreError) {
        let mut state = self.lock();
        state.fault = Some(fault);
        state.refilling = false;
        state.backlog = false;
        state.unreadable = true;
        drop(state);
        self.quiet.notify_all();
    }
}
