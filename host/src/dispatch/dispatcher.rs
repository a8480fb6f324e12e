use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

use super::lanes::{Job, State, Work};
use crate::model::{CustomerId, Event, EventId, InstallationId, Timestamp};
use crate::store::Parked;

/// Most events that wait in memory; what is beyond stays in the store until there is room.
pub(super) const MAX_QUEUED: usize = 10_000;

/// Hands out jobs: those of one customer in order and one at a time, different customers in parallel.
pub(crate) struct Dispatcher {
    state: Mutex<State>,
    /// Workers rest here; signalled when there may be something to do.
    pub(super) work: Condvar,
    /// Whoever waits for quiet rests here.
    pub(super) quiet: Condvar,
    /// The watcher of time rests here.
    pub(super) time: Condvar,
    pub(super) followers: Mutex<HashMap<EventId, Vec<oneshot::Sender<()>>>>,
    max_in_flight: usize,
    /// One thread at a time passes judgement on plugins.
    pub(super) judging: Mutex<()>,
    /// When it was last looked for what waits too long.
    pub(super) buried: Mutex<Option<Timestamp>>,
}

/// What a worker should do next.
pub(super) enum Next {
    Work(CustomerId, Job),
    /// Load events after this place, and give them to [`Dispatcher::refill`].
    Load(u64),
    /// Load a customer's events from the first of these places to the second, and give them to
    /// [`Dispatcher::refill_lane`].
    LoadLane(CustomerId, u64, u64),
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
            judging: Mutex::default(),
            buried: Mutex::default(),
        }
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether there are no workers: what is committed waits for a host that has some.
    pub(super) fn at_rest(&self) -> bool {
        self.max_in_flight == 0
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
                state.take(event.clone());
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
    pub(super) fn retry(&self, parked: Vec<Parked>) -> usize {
        let mut state = self.lock();
        let mut taken = 0;
        for parked in parked {
            let retrying = state
                .retrying
                .entry(parked.installation.clone())
                .or_default();
            if retrying.insert(parked.event.id) {
                let customer = parked.event.customer;
                state.push(customer, Job::Work(Work::Retry(Box::new(parked))));
                taken += 1;
            }
        }
        drop(state);
        self.work.notify_all();
        taken
    }

    /// How many events that waited for a plugin are in a lane or in flight.
    pub(super) fn retrying(&self, installation: &InstallationId) -> usize {
        let state = self.lock();
        state.retrying.get(installation).map_or(0, HashSet::len)
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
            if let Some(customer) = state.short.pop_front()
                && let Some(left) = state.left_out.get(&customer)
            {
                return Next::LoadLane(customer, left.first, left.last);
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

    /// Work is done, and what it did is durable.
    pub(super) fn finish(&self, customer: CustomerId, work: &Work) {
        let mut state = self.lock();
        if !state.failed.is_empty() {
            state.failed.remove(&work.event().id);
        }
        drop(state);
        match work {
            Work::Event(event) => {
                self.done(customer);
                self.handled(event.id);
            }
            Work::Retry(parked) => {
                let mut state = self.lock();
                if let Some(retrying) = state.retrying.get_mut(&parked.installation) {
                    retrying.remove(&parked.event.id);
                }
                drop(state);
                self.done(customer);
            }
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

    /// Work met a conflict and starts again, before anything else of its customer.
    pub(super) fn again(&self, customer: CustomerId, work: Work) {
        let mut state = self.lock();
        state.in_flight -= 1;
        state.queued += 1;
        let lane = state.lanes.entry(customer).or_default();
        lane.push_front(Job::Work(work));
        state.ready.push_back(customer);
        drop(state);
        self.work.notify_one();
    }

    /// How many jobs are queued in memory, and in flight.
    pub fn depth(&self) -> (usize, usize) {
        let state = self.lock();
        (state.queued, state.in_flight)
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
