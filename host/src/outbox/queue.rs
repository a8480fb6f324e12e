use std::collections::{HashSet, VecDeque};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::model::MessageId;
use crate::store::StoreError;

/// How long a thread rests where the store failed, so that a full disk is not asked without end.
const REST: Duration = Duration::from_secs(1);

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
    /// Why the last message could not be handed over, where the store failed.
    fault: Option<StoreError>,
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

    /// The store failed, or works again.
    pub fn set_fault(&self, fault: Option<StoreError>) {
        let mut state = self.lock();
        let failed = fault.is_some();
        state.fault = fault;
        if failed && !state.stopping {
            // Also ends early, when there is more to do or nothing any more: that is no harm.
            drop(self.work.wait_timeout(state, REST));
        }
    }

    /// Why nothing is handed over.
    pub fn fault(&self) -> Option<StoreError> {
        self.lock().fault.clone()
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
