//! Waiting: the watcher of time until there is something to do, callers until there is nothing.

use std::sync::PoisonError;

use super::Dispatcher;

impl Dispatcher {
    /// Blocks until nothing is queued, in flight or in the backlog, or the host stops. What is
    /// stalled does not count: it waits for the storage.
    pub fn wait_idle(&self) {
        if self.at_rest() {
            return;
        }
        let mut state = self.lock();
        while !state.stopping && state.busy() {
            state = self
                .quiet
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Whether [`Dispatcher::wait_idle`] would not wait.
    pub fn is_idle(&self) -> bool {
        let state = self.lock();
        self.at_rest() || state.stopping || !state.busy()
    }

    /// Blocks until no job is in flight.
    pub fn wait_flown(&self) {
        let mut state = self.lock();
        while state.in_flight > 0 {
            state = self
                .quiet
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Makes the watcher of time look up.
    pub fn wake(&self) {
        self.lock().wakes += 1;
        self.time.notify_all();
    }

    /// Rests until [`Dispatcher::wake`], the time given, or the stop. Gives whether to go on.
    pub(super) fn rest(&self, seen: &mut u64, at_most: std::time::Duration) -> bool {
        let state = self.lock();
        let (state, _) = self
            .time
            .wait_timeout_while(state, at_most, |state| {
                !state.stopping && state.wakes == *seen
            })
            .unwrap_or_else(PoisonError::into_inner);
        *seen = state.wakes;
        !state.stopping
    }
}
