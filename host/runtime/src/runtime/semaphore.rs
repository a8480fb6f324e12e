//! Limits the number of concurrent runs, and wakes the ticker when one starts.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

pub(super) struct RunSemaphore {
    state: Mutex<SemaphoreState>,
    size: u32,
    /// Signals that a run ended.
    available: Condvar,
    /// Wakes the idle ticker because a run started or the runtime stops.
    activity: Condvar,
}

struct SemaphoreState {
    free: u32,
    idle: bool,
    stopping: bool,
}

/// The permit of a run. Dropping it ends the run.
pub(super) struct Permit<'a>(&'a RunSemaphore);

impl RunSemaphore {
    pub fn new(size: u32) -> RunSemaphore {
        RunSemaphore {
            state: Mutex::new(SemaphoreState {
                free: size,
                idle: false,
                stopping: false,
            }),
            size,
            available: Condvar::new(),
            activity: Condvar::new(),
        }
    }

    /// Waits for a free instance.
    pub fn acquire(&self) -> Permit<'_> {
        let mut state = self.lock();
        while state.free == 0 {
            state = self
                .available
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
        state.free -= 1;
        if state.idle {
            state.idle = false;
            self.activity.notify_one();
        }
        Permit(self)
    }

    /// Waits until a run is active. Returns false if the runtime stops.
    pub fn wait_for_run(&self) -> bool {
        let mut state = self.lock();
        while state.free == self.size && !state.stopping {
            state.idle = true;
            state = self
                .activity
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
        state.idle = false;
        !state.stopping
    }

    pub fn stop(&self) {
        self.lock().stopping = true;
        self.activity.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, SemaphoreState> {
        // Nothing panics while the lock is held.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        let mut state = self.0.lock();
        state.free += 1;
        if state.free == 1 {
            self.0.available.notify_one();
        }
    }
}
