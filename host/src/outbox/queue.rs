use std::collections::{HashSet, VecDeque};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use crate::model::MessageId;

/// Messages that are due, on their way to the threads that hand them over.
#[derive(Default)]
pub(crate) struct Queue {
    state: Mutex<State>,
    work: Condvar,
    quiet: Condvar,
}

#[derive(Default)]
struct State {
    waiting: VecDeque<MessageId>,
    /// Those that wait, and those that are being handed over.
    known: HashSet<MessageId>,
    stopping: bool,
}

impl Queue {
    /// Takes up what is due; what is known already is left out. Gives how many.
    pub fn push(&self, due: impl IntoIterator<Item = MessageId>) -> usize {
        let mut state = self.lock();
        let mut taken = 0;
        for message in due {
            if !state.stopping && state.known.insert(message) {
                state.waiting.push_back(message);
                taken += 1;
            }
        }
        drop(state);
        self.work.notify_all();
        taken
    }

    /// The next one; none when the host stops.
    pub fn next(&self) -> Option<MessageId> {
        let mut state = self.lock();
        loop {
            if state.stopping {
                return None;
            }
            if let Some(message) = state.waiting.pop_front() {
                return Some(message);
            }
            state = self
                .work
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    pub fn done(&self, message: MessageId) {
        let mut state = self.lock();
        state.known.remove(&message);
        let still = state.known.is_empty();
        drop(state);
        if still {
            self.quiet.notify_all();
        }
    }

    /// How many wait or are being handed over.
    pub fn depth(&self) -> usize {
        self.lock().known.len()
    }

    /// Blocks until none waits or is being handed over.
    pub fn wait_idle(&self) {
        let mut state = self.lock();
        while !state.known.is_empty() {
            state = self
                .quiet
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// What waits stays in the store; what is being handed over ends as it does.
    pub fn stop(&self) {
        let mut state = self.lock();
        state.stopping = true;
        for message in std::mem::take(&mut state.waiting) {
            state.known.remove(&message);
        }
        drop(state);
        self.work.notify_all();
        self.quiet.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
