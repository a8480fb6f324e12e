//! What waits in the store because there is no room for it in memory.

use super::Dispatcher;
use super::lanes::{Job, Work};
use crate::model::{CustomerId, Event};
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
                state.take(event);
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

    /// Takes up events that were left out of a customer's lane; `next` is the first place that was not
    /// looked at.
    pub(super) fn refill_lane(&self, customer: CustomerId, events: Vec<Event>, next: u64) {
        let mut state = self.lock();
        for event in events {
            state.push(customer, Job::Work(Work::Event(Box::new(event))));
        }
        if let Some(left) = state.left_out.get_mut(&customer) {
            (left.first, left.loading) = (next, false);
            // Something may have been left since.
            if left.last < next {
                state.left_out.remove(&customer);
            }
        }
        state.look(customer);
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
        for left in state.left_out.values_mut() {
            left.loading = false;
        }
        state.short.clear();
        drop(state);
        self.quiet.notify_all();
    }
}
