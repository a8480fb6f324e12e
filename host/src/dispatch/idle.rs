//! Waiting until there is nothing left to do.

use std::sync::PoisonError;

use super::Dispatcher;

impl Dispatcher {
    /// Blocks until no job is queued, in flight or in the backlog, or the host stops. Stalled work does not count: it
    /// waits for the store.
    pub fn wait_idle(&self) {
        if self.has_no_workers() {
            return;
        }
        let mut queue = self.lock();
        while !queue.stopping && queue.is_busy() {
            queue = self
                .idle
                .wait(queue)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Returns true if [`Dispatcher::wait_idle`] would return at once.
    pub fn is_idle(&self) -> bool {
        let queue = self.lock();
        self.has_no_workers() || queue.stopping || !queue.is_busy()
    }

    /// Blocks until no job is in flight.
    pub fn wait_drained(&self) {
        let mut queue = self.lock();
        while queue.in_flight > 0 {
            queue = self
                .idle
                .wait(queue)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }
}
