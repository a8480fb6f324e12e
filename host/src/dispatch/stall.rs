//! Jobs that met a store that failed: kept until it works again, or the job is given up.

use super::Dispatcher;
use super::lanes::{Job, Work};
use crate::model::{CustomerId, EventId};
use crate::store::StoreError;

impl Dispatcher {
    /// Work met a store that failed: its customer waits until the watcher of time looks again.
    pub(super) fn stall(&self, customer: CustomerId, work: Work, fault: Option<StoreError>) {
        let mut state = self.lock();
        state.fault = fault;
        state.in_flight -= 1;
        state.stalled.push((customer, work));
        drop(state);
        self.work.notify_one();
        self.quiet.notify_all();
    }

    /// The host failed at an event, through the event itself as it seems. Gives how often it has.
    pub(super) fn failed(&self, event: EventId) -> u32 {
        let mut state = self.lock();
        let times = state.failed.entry(event).or_default();
        *times += 1;
        *times
    }

    /// Takes up what was stalled. Gives how much.
    pub(super) fn unstall(&self) -> usize {
        let mut state = self.lock();
        if std::mem::take(&mut state.unreadable) {
            state.backlog = true;
            let left_out: Vec<CustomerId> = state.left_out.keys().copied().collect();
            for customer in left_out {
                state.look(customer);
            }
        }
        let stalled = std::mem::take(&mut state.stalled);
        let count = stalled.len();
        for (customer, work) in stalled {
            state.queued += 1;
            state
                .lanes
                .entry(customer)
                .or_default()
                .push_front(Job::Work(work));
            state.ready.push_back(customer);
        }
        drop(state);
        self.work.notify_all();
        count
    }

    /// What the store said, if it failed and something waits for it to work again.
    pub fn fault(&self) -> Option<StoreError> {
        let state = self.lock();
        if state.stalled.is_empty() && !state.unreadable {
            return None;
        }
        Some(state.fault.clone().unwrap_or_else(|| {
            StoreError::Backend("the host panicked while it handled an event".to_owned())
        }))
    }
}
