use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use tokio::sync::oneshot;

use super::keyed_queue::{Job, KeyedQueue, MAX_QUEUED, Work};
use super::worker;
use crate::engine::Engine;
use crate::error::Error;
use crate::model::{CustomerId, Event, EventId, InstallationId};
use crate::store::RetryEntry;

/// Jobs in flight for each worker: enough for group commit to pay, and few enough to stop quickly.
const IN_FLIGHT_PER_WORKER: usize = 64;

/// Hands out jobs to the workers: those of one customer in order and one at a time, different customers in parallel.
pub(crate) struct Dispatcher {
    pub(super) engine: Arc<Engine>,
    queue: Mutex<KeyedQueue>,
    /// Signals that there may be a job.
    pub(super) work: Condvar,
    /// Signals that there may be nothing left to do.
    pub(super) idle: Condvar,
    pub(super) subscribers: Mutex<HashMap<EventId, Vec<oneshot::Sender<()>>>>,
    max_in_flight: usize,
}

/// The next step of a worker.
pub(super) enum Next {
    Work(CustomerId, Job),
    /// Load events after this place in the log, and pass them to [`Dispatcher::refill`].
    Load(u64),
    /// Load a customer's events between two places in the log, both included, and pass them to
    /// [`Dispatcher::refill_customer`].
    LoadCustomer(CustomerId, u64, u64),
    Stop,
}

impl Dispatcher {
    /// Creates a dispatcher for the number of workers that the configuration names.
    pub fn new(engine: Arc<Engine>) -> Dispatcher {
        let workers = engine.config.workers.max(1);
        Dispatcher::with(engine, workers)
    }

    /// Creates a dispatcher that handles nothing. Events wait in the store for a host with workers.
    pub fn without_workers(engine: Arc<Engine>) -> Dispatcher {
        Dispatcher::with(engine, 0)
    }

    fn with(engine: Arc<Engine>, workers: usize) -> Dispatcher {
        Dispatcher {
            engine,
            queue: Mutex::default(),
            work: Condvar::new(),
            idle: Condvar::new(),
            subscribers: Mutex::default(),
            max_in_flight: workers * IN_FLIGHT_PER_WORKER,
        }
    }

    /// Takes up the events that wait in the store, subscribes to commits, and starts the workers.
    ///
    /// # Errors
    /// [`Error::Config`] if a thread cannot be started; [`Error::Store`].
    pub fn start(self: &Arc<Dispatcher>) -> Result<Vec<JoinHandle<()>>, Error> {
        self.resume(!self.engine.store.pending(None, 0, 1)?.is_empty());
        // Weak, because the dispatcher owns the engine.
        let dispatcher = Arc::downgrade(self);
        self.engine.subscribe(move |committed| {
            if let Some(dispatcher) = dispatcher.upgrade() {
                dispatcher.committed(&committed.pending);
            }
        });
        let worker = |index| {
            let dispatcher = self.clone();
            std::thread::Builder::new()
                .name(format!("regulars-worker-{index}"))
                .spawn(move || worker::work(&dispatcher))
                .map_err(Error::no_thread)
        };
        (0..self.engine.config.workers.max(1)).map(worker).collect()
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, KeyedQueue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns true if committed events wait for a host that has workers.
    pub(super) fn has_no_workers(&self) -> bool {
        self.max_in_flight == 0
    }

    /// Takes up newly committed events. Called in the order of the log.
    fn committed(&self, events: &[Event]) {
        let Some(last) = events.last() else {
            return;
        };
        let mut queue = self.lock();
        if queue.backlog || queue.unreadable || queue.queued >= MAX_QUEUED {
            queue.backlog = !queue.unreadable;
            queue.left = last.seq;
        } else {
            for event in events {
                queue.take(event.clone());
            }
            queue.loaded = last.seq;
        }
        drop(queue);
        match events {
            [_] => self.work.notify_one(),
            _ => self.work.notify_all(),
        }
    }

    /// Takes up deferred events, except those that are queued already. Returns how many.
    pub fn retry(&self, deferred: Vec<RetryEntry>) -> usize {
        let mut queue = self.lock();
        let mut taken = 0;
        for entry in deferred {
            let retrying = queue
                .retrying
                .entry(entry.installation.clone())
                .or_default();
            if retrying.insert(entry.event.id) {
                let customer = entry.event.customer;
                queue.push(customer, Job::Work(Work::Retry(Box::new(entry))));
                taken += 1;
            }
        }
        drop(queue);
        self.work.notify_all();
        taken
    }

    /// Returns the number of a plugin's deferred events that are queued or in flight.
    pub fn retrying(&self, installation: &InstallationId) -> usize {
        let queue = self.lock();
        queue.retrying.get(installation).map_or(0, HashSet::len)
    }

    /// Waits for the next step.
    pub(super) fn next(&self) -> Next {
        let mut queue = self.lock();
        loop {
            if queue.stopping {
                return Next::Stop;
            }
            if queue.in_flight < self.max_in_flight
                && let Some((customer, job)) = queue.pop()
            {
                return Next::Work(customer, job);
            }
            if let Some((customer, first, last)) = queue.pop_refillable() {
                return Next::LoadCustomer(customer, first, last);
            }
            if queue.backlog && !queue.refilling && queue.queued < MAX_QUEUED / 2 {
                queue.refilling = true;
                return Next::Load(queue.loaded);
            }
            queue = self
                .work
                .wait(queue)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Ends work whose changeset is durable.
    pub(super) fn finish(&self, customer: CustomerId, work: &Work) {
        let mut queue = self.lock();
        if !queue.failed.is_empty() {
            queue.failed.remove(&work.event().id);
        }
        if let Work::Retry(entry) = work
            && let Some(retrying) = queue.retrying.get_mut(&entry.installation)
        {
            retrying.remove(&entry.event.id);
        }
        drop(queue);
        self.release(customer);
        if let Work::Event(event) = work {
            self.complete(event.id);
        }
    }

    /// Ends a customer's job, so that their next one can be taken.
    pub(super) fn release(&self, customer: CustomerId) {
        let mut queue = self.lock();
        queue.in_flight -= 1;
        queue.release(customer);
        let drained = queue.in_flight == 0;
        drop(queue);
        self.work.notify_one();
        if drained {
            self.idle.notify_all();
        }
    }

    /// Repeats work after a conflict, before all other jobs of its customer.
    pub(super) fn repeat(&self, customer: CustomerId, work: Work) {
        let mut queue = self.lock();
        queue.in_flight -= 1;
        queue.push_front(customer, Job::Work(work));
        drop(queue);
        self.work.notify_one();
    }

    /// Returns the number of jobs queued in memory, and in flight.
    pub fn depth(&self) -> (usize, usize) {
        let queue = self.lock();
        (queue.queued, queue.in_flight)
    }

    /// Ends the workers once their jobs are done. Queued events stay in the store; callers that wait for a customer or
    /// an event are told.
    pub fn stop(&self) {
        let mut queue = self.lock();
        queue.stopping = true;
        queue.clear();
        drop(queue);
        self.work.notify_all();
        self.idle.notify_all();
        self.subscribers
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clear();
    }
}
