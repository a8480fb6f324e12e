use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// A wake-up call for the one thread that waits for due work.
#[derive(Default)]
pub(crate) struct Alarm {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    /// The number of calls of [`Alarm::ring`].
    rings: u64,
    stopped: bool,
}

impl Alarm {
    /// Wakes the waiting thread, or makes its next wait return at once.
    pub fn ring(&self) {
        self.lock().rings += 1;
        self.changed.notify_all();
    }

    /// Ends the current wait and all later ones.
    pub fn stop(&self) {
        self.lock().stopped = true;
        self.changed.notify_all();
    }

    pub fn is_stopped(&self) -> bool {
        self.lock().stopped
    }

    /// Waits for a ring later than `seen`, for the stop, or for `at_most`. Returns false once the alarm is stopped.
    pub fn wait(&self, seen: &mut u64, at_most: Duration) -> bool {
        let state = self.lock();
        let (state, _) = self
            .changed
            .wait_timeout_while(state, at_most, |state| {
                !state.stopped && state.rings == *seen
            })
            .unwrap_or_else(PoisonError::into_inner);
        *seen = state.rings;
        !state.stopped
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
