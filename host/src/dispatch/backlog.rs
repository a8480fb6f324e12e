//! Loading of events that wait in the store because memory had no room for them.

use super::Dispatcher;
use super::keyed_queue::{Job, Work};
use crate::model::{CustomerId, Event};
use crate::store::StoreError;

impl Dispatcher {
    /// Starts from the store's content. `pending` says whether events wait there.
    pub(super) fn resume(&self, pending: bool) {
        self.lock().backlog = pending;
        self.work.notify_all();
    }

    /// Queues loaded events. `complete` says that the store had no more.
    pub(super) fn refill(&self, events: Vec<Event>, complete: bool) {
        let mut queue = self.lock();
        queue.refilling = false;
        for event in events {
            if event.seq > queue.loaded {
                queue.loaded = event.seq;
                queue.take(event);
            }
        }
        if complete {
            // Events may have been committed after the store was read.
            queue.backlog = queue.left > queue.loaded;
        }
        drop(queue);
        self.work.notify_all();
        self.idle.notify_all();
    }

    /// Queues a customer's spilled events. `next` is the first place in the log that was not read.
    pub(super) fn refill_customer(&self, customer: CustomerId, events: Vec<Event>, next: u64) {
        let mut queue = self.lock();
        for event in events {
            queue.push(customer, Job::Work(Work::Event(Box::new(event))));
        }
        if let Some(spilled) = queue.spilled.get_mut(&customer) {
            (spilled.first, spilled.loading) = (next, false);
            // Further events may have been spilled since.
            if spilled.last < next {
                queue.spilled.remove(&customer);
            }
        }
        queue.check_refill(customer);
        drop(queue);
        self.work.notify_all();
        self.idle.notify_all();
    }

    /// Notes that the store failed while events were loaded.
    pub(super) fn refill_failed(&self, fault: StoreError) {
        let mut queue = self.lock();
        queue.fault = Some(fault);
        queue.refilling = false;
        queue.backlog = false;
        queue.unreadable = true;
        for spilled in queue.spilled.values_mut() {
            spilled.loading = false;
        }
        queue.refillable.clear();
        drop(queue);
        self.idle.notify_all();
    }
}
