//! Work that met a failing store waits until the store works again.

use super::Dispatcher;
use super::keyed_queue::{Job, Work};
use crate::model::{CustomerId, EventId};
use crate::store::StoreError;

impl Dispatcher {
    /// Sets work aside, and with it its customer, until [`Dispatcher::resume_stalled`]. `fault` is `None` after a panic.
    pub(super) fn stall(&self, customer: CustomerId, work: Work, fault: Option<StoreError>) {
        let mut queue = self.lock();
        queue.fault = fault;
        queue.in_flight -= 1;
        queue.stalled.push((customer, work));
        drop(queue);
        self.work.notify_one();
        self.idle.notify_all();
    }

    /// Counts a failure of the host at an event. Returns the number of failures so far.
    pub(super) fn count_failure(&self, event: EventId) -> u32 {
        let mut queue = self.lock();
        let times = queue.failed.entry(event).or_default();
        *times += 1;
        *times
    }

    /// Starts all stalled work again.
    pub fn resume_stalled(&self) {
        let mut queue = self.lock();
        if std::mem::take(&mut queue.unreadable) {
            queue.backlog = true;
            let spilled: Vec<CustomerId> = queue.spilled.keys().copied().collect();
            for customer in spilled {
                queue.check_refill(customer);
            }
        }
        for (customer, work) in std::mem::take(&mut queue.stalled) {
            queue.push_front(customer, Job::Work(work));
        }
        drop(queue);
        self.work.notify_all();
    }

    /// Returns the store's failure, if work is stalled.
    pub fn fault(&self) -> Option<StoreError> {
        let queue = self.lock();
        if queue.stalled.is_empty() && !queue.unreadable {
            return None;
        }
        Some(queue.fault.clone().unwrap_or_else(|| {
            StoreError::Backend("the host panicked while it handled an event".to_owned())
        }))
    }
}
