use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::THREADS;
use crate::model::MessageId;
use crate::store::StoreError;

/// The most messages that are taken up at once. The next ones follow when half of them are gone.
const PAGE: usize = 256;
/// The most concurrent sends of one channel, so that a channel that hangs leaves threads to the others.
const SLOTS: usize = THREADS / 2;
/// The most messages that wait for one channel. Then no more of its messages are taken up.
const SATURATED: usize = 64;
/// The pause of a thread after a failure of the store, so that a full disk is not asked without end.
const FAULT_PAUSE: Duration = Duration::from_secs(1);

/// Due messages, on their way to the threads that send them.
#[derive(Default)]
pub(super) struct Queue {
    state: Mutex<State>,
    work: Condvar,
    idle: Condvar,
}

#[derive(Default)]
struct State {
    waiting: VecDeque<MessageId>,
    /// Messages that wait, here or for a channel, and those that are being sent.
    known: HashSet<MessageId>,
    channels: HashMap<String, ChannelLoad>,
    /// The store may have more due messages.
    more: bool,
    stopping: bool,
    /// The store's failure at the last message.
    fault: Option<StoreError>,
}

/// The load of one channel.
#[derive(Default)]
struct ChannelLoad {
    busy: usize,
    behind: VecDeque<MessageId>,
}

/// The limits of what can be taken up now.
pub(super) struct Room {
    /// Includes the messages that are queued already.
    pub most: u32,
    /// The channels for which enough messages wait.
    pub saturated: Vec<String>,
}

/// Permission to send one message by a channel, until it is dropped.
pub(super) struct Slot<'a> {
    queue: &'a Queue,
    pub channel: String,
}

impl Queue {
    /// Returns the room for further messages, if there is some.
    pub(super) fn room(&self) -> Option<Room> {
        let state = self.lock();
        if state.stopping || state.waiting.len() >= PAGE / 2 {
            return None;
        }
        let saturated = state.channels.iter();
        let saturated = saturated.filter(|(_, load)| load.behind.len() >= SATURATED);
        Some(Room {
            most: u32::try_from(PAGE + state.known.len()).unwrap_or(u32::MAX),
            saturated: saturated.map(|(name, _)| name.clone()).collect(),
        })
    }

    /// Queues due messages that are not queued yet. `more` says that the store may have further ones. Returns how many.
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

    /// Takes a slot at a channel. If there is none, the message waits for one, and comes from [`Queue::next`] again.
    pub(super) fn enter(&self, message: MessageId, channel: &str) -> Option<Slot<'_>> {
        let mut state = self.lock();
        let stopping = state.stopping;
        let load = state.channels.entry(channel.to_owned()).or_default();
        if load.busy < SLOTS {
            load.busy += 1;
            return Some(Slot {
                queue: self,
                channel: channel.to_owned(),
            });
        }
        if stopping {
            drop(state);
            self.done(message);
        } else {
            load.behind.push_back(message);
        }
        None
    }

    fn leave(&self, channel: &str) {
        let mut state = self.lock();
        if let Some(load) = state.channels.get_mut(channel) {
            load.busy -= 1;
        }
        state.wake_waiting();
        drop(state);
        self.work.notify_all();
    }

    /// Removes a message. Returns true if the store should be asked for more.
    pub fn done(&self, message: MessageId) -> bool {
        let mut state = self.lock();
        state.known.remove(&message);
        // The message may have been woken for a slot that it did not need.
        let woken = state.wake_waiting();
        let still = state.known.is_empty();
        let look = state.more && state.waiting.len() < PAGE / 2;
        drop(state);
        if woken {
            self.work.notify_all();
        }
        if still {
            self.idle.notify_all();
        }
        look
    }

    /// Notes that the store failed, or works again.
    pub fn set_fault(&self, fault: Option<StoreError>) {
        let mut state = self.lock();
        let failed = fault.is_some();
        state.fault = fault;
        // The failed message is still due.
        state.more |= failed;
        if failed && !state.stopping {
            // The pause may end early, which does no harm.
            drop(self.work.wait_timeout(state, FAULT_PAUSE));
        }
    }

    /// Returns the store's failure at the last message.
    pub fn fault(&self) -> Option<StoreError> {
        self.lock().fault.clone()
    }

    /// Returns the number of messages queued or being sent.
    pub fn depth(&self) -> usize {
        self.lock().known.len()
    }

    /// Blocks until no message is queued or being sent.
    pub fn wait_idle(&self) {
        let mut state = self.lock();
        while !state.known.is_empty() {
            state = self
                .idle
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Drops queued messages, which stay in the store. Sends that are running end by themselves.
    pub fn stop(&self) {
        let mut state = self.lock();
        state.stopping = true;
        let mut left = std::mem::take(&mut state.waiting);
        for load in state.channels.values_mut() {
            left.append(&mut load.behind);
        }
        for message in left {
            state.known.remove(&message);
        }
        drop(state);
        self.work.notify_all();
        self.idle.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Wakes one message for each channel with a free slot. Returns true if there was one.
    fn wake_waiting(&mut self) -> bool {
        let mut woken = false;
        for load in self.channels.values_mut() {
            if load.busy < SLOTS
                && let Some(next) = load.behind.pop_front()
            {
                self.more |= load.behind.len() < SATURATED;
                // It has been due for longer than the other queued messages.
                self.waiting.push_front(next);
                woken = true;
            }
        }
        woken
    }
}

impl Drop for Slot<'_> {
    fn drop(&mut self) {
        self.queue.leave(&self.channel);
    }
}
