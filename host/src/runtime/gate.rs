//! Limits the number of concurrent runs, and wakes the ticker when one starts.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

pub(super) struct Gate {
    state: Mutex<State>,
    size: u32,
    /// Signals that a run ended.
    room: Condvar,
    /// Wakes the idle ticker because a run started or the runtime stops.
    stir: Condvar,
}

struct State {
    free: u32,
    resting: bool,
    stopping: bool,
}

/// The permit of a run. Dropping it ends the run.
pub(super) struct Pass<'a>(&'a Gate);

impl Gate {
    pub fn new(size: u32) -> Gate {
        Gate {
            state: Mutex::new(State {
                free: size,
                resting: false,
                stopping: false,
            }),
            size,
            room: Condvar::new(),
            stir: Condvar::new(),
        }
    }

    /// Waits for a free instance.
    pub fn enter(&self) -> Pass<'_> {
        let mut state = self.lock();
        while state.free == 0 {
            state = self
                .room
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
        state.free -= 1;
        if state.resting {
            state.resting = false;
            self.stir.notify_one();
        }
        Pass(self)
    }

    /// Waits until a run is active. Returns false if the runtime stops.
    pub fn wait_for_run(&self) -> bool {
        let mut state = self.lock();
        while state.free == self.size && !state.stopping {
            state.resting = true;
            state = self
                .stir
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
        state.resting = false;
        !state.stopping
    }

    pub fn stop(&self) {
        self.lock().stopping = true;
        self.stir.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing panics while the lock is held.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Pass<'_> {
    fn drop(&mut self) {
        let mut state = self.0.lock();
        state.free += 1;
        if state.free == 1 {
            self.0.room.notify_one();
        }
    }
}
