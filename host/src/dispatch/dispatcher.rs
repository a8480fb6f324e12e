use std::collections::{HashMap, VecDeque};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

use super::lanes::{Job, State};
use crate::model::{CustomerId, Event, EventId};
use crate::store::{Parked, StoreError};

/// Most events that wait in memory; what is beyond stays in the store until there is room.
const MAX_QUEUED: usize = 10_000;

/// Hands out jobs: those of one customer in order and one at a time, different customers in parallel.
pub(crate) struct Dispatcher {
    state: Mutex<State>,
    /// Workers rest here; signalled when there may be something to do.
    pub(super) work: Condvar,
    /// Whoever waits for quiet rests here.
    quiet: Condvar,
    /// The watcher of time rests here.
    time: Condvar,
    followers: Mutex<HashMap<EventId, Vec<oneshot::Sender<()>>>>,
    max_in_flight: usize,
}

/// What a worker should do next.
pub(super) enum Next {
    Work(CustomerId, Job),
    /// Load events after this place, and give them to [`Dispatcher::refill`].
    Load(u64),
    Stop,
}

impl Dispatcher {
    pub fn new(workers: usize) -> Dispatcher {
        Dispatcher {
            state: Mutex::default(),
            work: Condvar::new(),
            quiet: Condvar::new(),
            time: Condvar::new(),
            followers: Mutex::default(),
            // Deep enough for group commit to pay, shallow enough to stop quickly.
            max_in_flight: workers * 64,
        }
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether there are no workers: what is committed waits for a host that has some.
    pub(super) fn at_rest(&self) -> bool {
        self.max_in_flight == 0
    }

    /// Starts from what the store holds.
    pub fn resume(&self, pending: bool) {
        self.lock().backlog = pending;
        self.work.notify_all();
    }

    /// Takes up newly committed events. Called in the order of the log.
    pub fn committed(&self, events: &[Event]) {
        let Some(last) = events.last() else {
            return;
        };
        let mut state = self.lock();
        if state.backlog || state.unreadable || state.queued >= MAX_QUEUED {
            state.backlog = !state.unreadable;
            state.left = last.seq;
        } else {
            for event in events {
                state.push(event.customer, Job::Event(Box::new(event.clone())));
            }
            state.loaded = last.seq;
        }
        drop(state);
        match events {
            [_] => self.work.notify_one(),
            _ => self.work.notify_all(),
        }
    }

    /// Takes up events to be tried again; those that are being tried already are left out. Gives how many.
    pub fn retry(&self, parked: Vec<Parked>) -> usize {
        let mut state = self.lock();
        let mut taken = 0;
        for parked in parked {
            let key = (parked.event.id, parked.installation.to_string());
            if state.retrying.insert(key) {
                state.push(parked.event.customer, Job::Retry(Box::new(parked)));
                taken += 1;
            }
        }
        drop(state);
        self.work.notify_all();
        taken
    }

    /// Waits for something to do.
    pub(super) fn next(&self) -> Next {
        let mut state = self.lock();
        loop {
            if state.stopping {
                return Next::Stop;
            }
            if state.in_flight < self.max_in_flight
                && let Some(customer) = state.ready.pop_front()
            {
                if let Some(job) = state.lanes.get_mut(&customer).and_then(VecDeque::pop_front) {
                    state.queued -= 1;
                    state.in_flight += 1;
                    return Next::Work(customer, job);
                }
                state.lanes.remove(&customer);
                continue;
            }
            if state.backlog && !state.refilling && state.queued < MAX_QUEUED / 2 {
                state.refilling = true;
                return Next::Load(state.loaded);
            }
            state = self
                .work
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Takes up events that were loaded; `complete` where there were no more in the store.
    pub(super) fn refill(&self, events: Vec<Event>, complete: bool) {
        let mut state = self.lock();
        state.refilling = false;
        for event in events {
            if event.seq > state.loaded {
                state.loaded = event.seq;
                state.push(event.customer, Job::Event(Box::new(event)));
            }
        }
        if complete {
            // Something may have been committed after the store was read.
            state.backlog = state.left > state.loaded;
        }
        drop(state);
        self.work.notify_all();
        self.quiet.notify_all();
    }

    /// The store failed when events were to be loaded.
    pub(super) fn cannot_refill(&self, fault: StoreError) {
        let mut state = self.lock();
        state.fault = Some(fault);
        state.refilling = false;
        state.backlog = false;
        state.unreadable = true;
        drop(state);
        self.quiet.notify_all();
    }

    /// A job is done, and what it did is durable.
    pub(super) fn finish(&self, customer: CustomerId, job: &Job) {
        if let Job::Retry(parked) = job {
            let key = (parked.event.id, parked.installation.to_string());
            self.lock().retrying.remove(&key);
        }
        self.done(customer);
        if let Job::Event(event) = job {
            self.handled(event.id);
        }
    }

    /// Whatever was in flight for a customer is not any more: the next may come.
    pub(super) fn done(&self, customer: CustomerId) {
        let mut state = self.lock();
        state.in_flight -= 1;
        state.release(customer);
        let still = state.in_flight == 0;
        drop(state);
        self.work.notify_one();
        if still {
            self.quiet.notify_all();
        }
    }

    /// A job met a conflict and starts again, before anything else of its customer.
    pub(super) fn again(&self, customer: CustomerId, job: Job) {
        let mut state = self.lock();
        state.in_flight -= 1;
        state.queued += 1;
        state.lanes.entry(customer).or_default().push_front(job);
        state.ready.push_back(customer);
        drop(state);
        self.work.notify_one();
    }

    /// A job met a store that failed: its customer waits until the watcher of time looks again.
    pub(super) fn stall(&self, customer: CustomerId, job: Job, fault: Option<StoreError>) {
        let mut state = self.lock();
        state.fault = fault;
        state.in_flight -= 1;
        state.stalled.push((customer, job));
        drop(state);
        self.work.notify_one();
        self.quiet.notify_all();
    }

    /// Takes up what was stalled. Gives how much.
    pub(super) fn unstall(&self) -> usize {
        let mut state = self.lock();
        if std::mem::take(&mut state.unreadable) {
            state.backlog = true;
        }
        let stalled = std::mem::take(&mut state.stalled);
        let count = stalled.len();
        for (customer, job) in stalled {
            state.queued += 1;
            state.lanes.entry(customer).or_default().push_front(job);
            state.ready.push_back(customer);
        }
        drop(state);
        self.work.notify_all();
        count
    }

    /// Blocks until nothing is queued, in flight or in the backlog, or the host stops. What is
    /// stalled does not count: it waits for the storage.
    pub fn wait_idle(&self) {
        if self.at_rest() {
            return;
        }
        let mut state = self.lock();
        while !state.stopping
            && (!state.ready.is_empty() || state.in_flight > 0 || state.backlog || state.refilling)
        {
            state = self
                .quiet
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// What the store said, if it failed and something waits for it to work again.
    pub fn fault(&self) -> Option<StoreError> {
        let state = self.lock();
        if state.stalled.is_empty() && !state.unreadable {
            return None;
        }
        Some(state.fault.clone().unwrap_or_else(|| {
            StoreError::Backend("the host panicked while it handled an event".to_owned())
        }))
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

    /// Resolves when the event was handled. Follow before the event is committed.
    pub fn follow(&self, event: EventId) -> oneshot::Receiver<()> {
        let (sender, receiver) = oneshot::channel();
        let mut followers = self
            .followers
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        followers.entry(event).or_default().push(sender);
        receiver
    }

    /// Tells the followers of an event that it was handled.
    pub fn handled(&self, event: EventId) {
        let mut followers = self
            .followers
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        for follower in followers.remove(&event).into_iter().flatten() {
            // Whoever gave up waiting does not need to hear of it.
            let _ = follower.send(());
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

    /// Makes everything end that runs.
    pub fn stop(&self) {
        let mut state = self.lock();
        state.stopping = true;
        // What waits is in the store, and whoever waits for a turn hears that there is none.
        state.lanes.clear();
        state.ready.clear();
        drop(state);
        self.work.notify_all();
        self.quiet.notify_all();
        self.time.notify_all();
        // Whoever waits for an event that will not be handled now hears it by the channel's end.
        self.followers
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clear();
    }

    pub fn stopping(&self) -> bool {
        self.lock().stopping
    }
}
