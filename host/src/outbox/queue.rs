use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::THREADS;
use crate::model::MessageId;
use crate::store::StoreError;

/// Messages taken from the store at once. The next ones are taken when half of them are done.
const PAGE: usize = 256;
/// Concurrent sends of one channel, so that a hanging channel leaves threads to the others.
const AT_ONCE: usize = THREADS / 2;
/// Queued messages of one channel after which no more of its messages are taken.
const CROWD: usize = 64;
/// Pause of a thread after a storage error.
const REST: Duration = Duration::from_secs(1);

/// Due messages, on their way to the sending threads.
#[derive(Default)]
pub(crate) struct Queue {
    state: Mutex<State>,
    work: Condvar,
    quiet: Condvar,
}

#[derive(Default)]
struct State {
    waiting: VecDeque<MessageId>,
    /// All queued messages and those that are being sent.
    known: HashSet<MessageId>,
    channels: HashMap<String, Line>,
    /// True if the store may have more due messages.
    more: bool,
    stopping: bool,
    /// The storage error that stopped the last message, if any.
    fault: Option<StoreError>,
}

/// The work of one channel.
#[derive(Default)]
struct Line {
    busy: usize,
    behind: VecDeque<MessageId>,
}

/// Free room in the queue.
pub(super) struct Room {
    /// Maximum number of messages to take, including those already queued.
    pub most: u32,
    /// Channels that have enough queued messages.
    pub crowded: Vec<String>,
}

/// A slot for one send of a channel. It is freed when dropped.
pub(super) struct Place<'a> {
    queue: &'a Queue,
    pub channel: String,
}

impl Queue {
    /// Returns the free room, or `None` if there is none.
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

    /// Queues due messages that are not queued yet and returns their number. `more` tells if the store may
    /// have more.
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

    /// Waits for the next message. Returns `None` when the host stops.
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

    /// Takes a slot of a channel. Without a free slot the message waits for one, and [`Queue::next`] returns
    /// it again.
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

    /// Removes a message that is done. Returns true if the store should be checked for more.
    pub fn done(&self, message: MessageId) -> bool {
        let mut state = self.lock();
        state.known.remove(&message);
        // The message may have been called to a slot and not have needed it.
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

    /// Sets or clears the storage error.
    pub fn set_fault(&self, fault: Option<StoreError>) {
        let mut state = self.lock();
        let failed = fault.is_some();
        state.fault = fault;
        // The failed message is still due.
        state.more |= failed;
        if failed && !state.stopping {
            // An early wake-up is harmless.
            drop(self.work.wait_timeout(state, REST));
        }
    }

    /// Returns the storage error that stops delivery, if any.
    pub fn fault(&self) -> Option<StoreError> {
        self.lock().fault.clone()
    }

    /// Returns the number of messages that are queued or being sent.
    pub fn depth(&self) -> usize {
        self.lock().known.len()
    }

    /// Blocks until no message is queued or being sent.
    pub fn wait_idle(&self) {
        let mut state = self.lock();
        while !state.known.is_empty() {
            state = self
                .quiet
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Stops the queue. Queued messages stay in the store; running sends finish.
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
    /// Calls one waiting message for each channel with a free slot. Returns true if there was one.
    fn call(&mut self) -> bool {
        let mut called = false;
        for line in self.channels.values_mut() {
            if line.busy < AT_ONCE
                && let Some(next) = line.behind.pop_front()
            {
                self.more |= line.behind.len() < CROWD;
                // It has been due longer than the queued messages.
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
