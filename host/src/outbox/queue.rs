use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::THREADS;
use crate::model::MessageId;
use crate::store::StoreError;

/// How many messages are taken up at once. When half of them are gone, the next ones are.
const PAGE: usize = 256;
/// How many are handed to one channel at once, so that one which hangs leaves threads to the others.
const AT_ONCE: usize = THREADS / 2;
/// How many may wait for one channel before no more of its messages are taken up.
const CROWD: usize = 64;
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
    /// Those that wait, here or for a channel, and those that are being handed over.
    known: HashSet<MessageId>,
    channels: HashMap<String, Line>,
    /// Whether the store may have more that is due.
    more: bool,
    stopping: bool,
    /// Why the last message could not be handed over, where the store failed.
    fault: Option<StoreError>,
}

/// What one channel has to do.
#[derive(Default)]
struct Line {
    busy: usize,
    behind: VecDeque<MessageId>,
}

/// What is to be taken up.
pub(super) struct Room {
    /// Those that are known already are among them.
    pub most: u32,
    /// The channels that have enough to do.
    pub crowded: Vec<String>,
}

/// The right to hand one message to a channel; it ends when this is dropped.
pub(super) struct Place<'a> {
    queue: &'a Queue,
    pub channel: String,
}

impl Queue {
    /// Whether there is room, and for what.
    pub(super) fn room(&self) -> Option<Room> {
        let state = self.lock();
        if state.stopping || state.waiting.len() >= PAGE / 2 {
            return None;
        }
        let crowded = state.channels.iter();
        let crowded = crowded.filter(|(_, line)| line.behind.len() >= CROWD);
        Some(Room {
            most: u32::try_from(PAGE + state.known.len()).unwrap_or(u32::MAX),
            crowded: crowded.map(|(name, _)| name.clone()).collect(),
        })
    }

    /// Takes up what is due; what is known already is left out. `more` says whether the store may have more of
    /// it. Gives how many.
    pub(super) fn push(&self, due: Vec<MessageId>, more: bool) -> usize {
        let mut state = self.lock();
        state.more = more;
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

    /// A place at a channel. Where there is none, the message waits for one, and comes from
    /// [`Queue::next`] again.
    pub(super) fn enter(&self, message: MessageId, channel: &str) -> Option<Place<'_>> {
        let mut state = self.lock();
        let stopping = state.stopping;
        let line = state.channels.entry(channel.to_owned()).or_default();
        if line.busy < AT_ONCE {
            line.busy += 1;
            return Some(Place {
                queue: self,
                channel: channel.to_owned(),
            });
        }
        if stopping {
            drop(state);
            self.done(message);
        } else {
            line.behind.push_back(message);
        }
        None
    }

    fn leave(&self, channel: &str) {
        let mut state = self.lock();
        if let Some(line) = state.channels.get_mut(channel) {
            line.busy -= 1;
        }
        state.call();
        drop(state);
        self.work.notify_all();
    }

    /// It is over with this message. Gives whether the store is to be looked at.
    pub fn done(&self, message: MessageId) -> bool {
        let mut state = self.lock();
        state.known.remove(&message);
        // It may have been called to a place, and not have needed it.
        let called = state.call();
        let still = state.known.is_empty();
        let look = state.more && state.waiting.len() < PAGE / 2;
        drop(state);
        if called {
            self.work.notify_all();
        }
        if still {
            self.quiet.notify_all();
        }
        look
    }

    /// The store failed, or works again.
    pub fn set_fault(&self, fault: Option<StoreError>) {
        let mut state = self.lock();
        let failed = fault.is_some();
        state.fault = fault;
        // What failed is still there.
        state.more |= failed;
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
        let mut left = std::mem::take(&mut state.waiting);
        for line in state.channels.values_mut() {
            left.append(&mut line.behind);
        }
        for message in left {
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

impl State {
    /// Calls one message to each channel that has a place free. Gives whether there was one.
    fn call(&mut self) -> bool {
        let mut called = false;
        for line in self.channels.values_mut() {
            if line.busy < AT_ONCE
                && let Some(next) = line.behind.pop_front()
            {
                self.more |= line.behind.len() < CROWD;
                // It is due longer than those that wait here.
                self.waiting.push_front(next);
                called = true;
            }
        }
        called
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.queue.leave(&self.channel);
    }
}
