//! A queue of jobs for each customer.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::mpsc::SyncSender;

use crate::model::{CustomerId, Event, EventId, InstallationId};
use crate::store::{RetryEntry, StoreError};

/// Most events that wait in memory. Further events stay in the store until there is room.
pub(super) const MAX_QUEUED: usize = 10_000;
/// Most jobs of one customer in memory. The limit keeps one customer's events from filling the memory that all share.
const MAX_OF_CUSTOMER: usize = 1000;

/// One job for a customer.
#[derive(Debug)]
pub(super) enum Job {
    Work(Work),
    /// A thread outside waits for the customer's lock: tell it that it has it.
    Lock(SyncSender<()>),
}

/// An event to handle.
#[derive(Debug)]
pub(super) enum Work {
    /// For every plugin that wants it.
    Event(Box<Event>),
    /// For the one plugin that it was deferred for.
    Retry(Box<RetryEntry>),
}

impl Work {
    pub fn event(&self) -> &Event {
        match self {
            Work::Event(event) => event,
            Work::Retry(entry) => &entry.event,
        }
    }
}

/// Events of one customer that stay in the store until there is room in their queue.
#[derive(Debug)]
pub(super) struct Spilled {
    pub first: u64,
    pub last: u64,
    /// Some of them are being loaded.
    pub loading: bool,
}

/// The jobs of all customers. At most one job of a customer is in flight.
#[derive(Default)]
pub(super) struct KeyedQueue {
    jobs: HashMap<CustomerId, VecDeque<Job>>,
    /// Customers whose first job can be taken.
    ready: VecDeque<CustomerId>,
    /// Jobs in memory that are not taken.
    pub queued: usize,
    /// Jobs taken and not finished.
    pub in_flight: usize,
    /// The newest event in memory, as a place in the log.
    pub loaded: u64,
    /// Events after `loaded` may wait in the store.
    pub backlog: bool,
    /// The newest committed event that stayed in the store.
    pub left: u64,
    /// Customers whose queue was full. Their further events stay in the store until these are loaded.
    pub spilled: HashMap<CustomerId, Spilled>,
    /// Customers with spilled events and room in their queue.
    pub refillable: VecDeque<CustomerId>,
    /// The store failed while events were loaded. The ticker starts again.
    pub unreadable: bool,
    /// Events after `loaded` are being loaded.
    pub refilling: bool,
    /// Deferred events that are queued or in flight, so that none is taken twice.
    pub retrying: HashMap<InstallationId, HashSet<EventId>>,
    /// Customers whose work met a failing store. The ticker starts them again.
    pub stalled: Vec<(CustomerId, Work)>,
    /// Failures of the host, by event.
    pub failed: HashMap<EventId, u32>,
    /// The store's last failure.
    pub fault: Option<StoreError>,
    pub stopping: bool,
}

impl KeyedQueue {
    /// Returns true if a job is queued, in flight or in the backlog.
    pub fn is_busy(&self) -> bool {
        !self.ready.is_empty()
            || self.in_flight > 0
            || self.backlog
            || self.refilling
            || self.spilled.values().any(|spilled| spilled.loading)
    }

    /// Queues an event, or spills it if its customer's queue is full.
    pub fn take(&mut self, event: Event) {
        let (customer, seq) = (event.customer, event.seq);
        if let Some(spilled) = self.spilled.get_mut(&customer) {
            spilled.last = seq;
            return;
        }
        if self.waiting(customer) >= MAX_OF_CUSTOMER {
            let spilled = Spilled {
                first: seq,
                last: seq,
                loading: false,
            };
            self.spilled.insert(customer, spilled);
            return;
        }
        self.push(customer, Job::Work(Work::Event(Box::new(event))));
    }

    /// Has a customer's spilled events loaded, once half of the queue is empty.
    pub fn check_refill(&mut self, customer: CustomerId) {
        if self.waiting(customer) <= MAX_OF_CUSTOMER / 2
            && let Some(spilled) = self.spilled.get_mut(&customer)
            && !spilled.loading
        {
            spilled.loading = true;
            self.refillable.push_back(customer);
        }
    }

    fn waiting(&self, customer: CustomerId) -> usize {
        self.jobs.get(&customer).map_or(0, VecDeque::len)
    }

    pub fn push(&mut self, customer: CustomerId, job: Job) {
        self.queued += 1;
        match self.jobs.entry(customer) {
            // The customer is ready already, or a job in flight will release them.
            Entry::Occupied(mut jobs) => jobs.get_mut().push_back(job),
            Entry::Vacant(jobs) => {
                jobs.insert(VecDeque::from([job]));
                self.ready.push_back(customer);
            }
        }
    }

    /// Queues a job before all others of its customer, who has none in flight.
    pub fn push_front(&mut self, customer: CustomerId, job: Job) {
        self.queued += 1;
        self.jobs.entry(customer).or_default().push_front(job);
        self.ready.push_back(customer);
    }

    /// Takes the next job.
    pub fn pop(&mut self) -> Option<(CustomerId, Job)> {
        while let Some(customer) = self.ready.pop_front() {
            if let Some(job) = self.jobs.get_mut(&customer).and_then(VecDeque::pop_front) {
                self.queued -= 1;
                self.in_flight += 1;
                return Some((customer, job));
            }
            self.jobs.remove(&customer);
        }
        None
    }

    /// Takes a customer whose spilled events are to be loaded, with their first and last place in the log.
    pub fn pop_refillable(&mut self) -> Option<(CustomerId, u64, u64)> {
        let customer = self.refillable.pop_front()?;
        let spilled = self.spilled.get(&customer)?;
        Some((customer, spilled.first, spilled.last))
    }

    /// Ends a customer's job, and makes the next one ready.
    pub fn release(&mut self, customer: CustomerId) {
        match self.jobs.get(&customer) {
            Some(jobs) if !jobs.is_empty() => self.ready.push_back(customer),
            _ => drop(self.jobs.remove(&customer)),
        }
        if !self.spilled.is_empty() {
            self.check_refill(customer);
        }
    }

    /// Drops all queued jobs. Events are in the store, and threads that wait for a lock are told by the dropped sender.
    pub fn clear(&mut self) {
        self.jobs.clear();
        self.ready.clear();
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::model::{EventData, Timestamp};

    fn event(customer: u128, seq: u64) -> Event {
        Event {
            seq,
            id: EventId(Uuid::from_u128(u128::from(seq))),
            customer: CustomerId(Uuid::from_u128(customer)),
            time: Timestamp::UNIX_EPOCH,
            cause: None,
            depth: 0,
            as_of: seq,
            data: EventData::CustomerCreated,
        }
    }

    fn seq(job: &Job) -> u64 {
        match job {
            Job::Work(work) => work.event().seq,
            Job::Lock(_) => 0,
        }
    }

    #[test]
    fn events_of_one_customer_come_in_order_and_one_at_a_time() {
        let mut queue = KeyedQueue::default();
        for (customer, place) in [(1, 1), (1, 2), (2, 3)] {
            queue.take(event(customer, place));
        }
        let (ada, first) = queue.pop().unwrap();
        let (_, other) = queue.pop().unwrap();
        assert_eq!((seq(&first), seq(&other)), (1, 3));
        assert!(queue.pop().is_none(), "a job of each is in flight");
        queue.release(ada);
        let (customer, second) = queue.pop().unwrap();
        assert_eq!((customer, seq(&second)), (ada, 2));
    }

    #[test]
    fn events_beyond_the_limit_spill_until_half_of_the_queue_is_empty() {
        let mut queue = KeyedQueue::default();
        let limit = MAX_OF_CUSTOMER as u64;
        for place in 1..=limit + 5 {
            queue.take(event(1, place));
        }
        assert_eq!(queue.queued, MAX_OF_CUSTOMER);
        while queue.pop_refillable().is_none() {
            let (customer, _) = queue.pop().unwrap();
            queue.in_flight -= 1;
            queue.release(customer);
        }
        assert_eq!(queue.queued, MAX_OF_CUSTOMER / 2);
        let spilled = queue.spilled.values().next().unwrap();
        assert_eq!((spilled.first, spilled.last), (limit + 1, limit + 5));
        assert!(spilled.loading);
    }
}
