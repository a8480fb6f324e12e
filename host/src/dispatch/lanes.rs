//! What waits for whom: a lane of jobs for each customer.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::mpsc::SyncSender;

use crate::model::{CustomerId, Event, EventId, InstallationId};
use crate::store::{Parked, StoreError};

/// One thing to do for a customer.
#[derive(Debug)]
pub(super) enum Job {
    Work(Work),
    /// Somebody outside works on the customer: tell them that it is their turn.
    Turn(SyncSender<()>),
}

/// An event to handle.
#[derive(Debug)]
pub(super) enum Work {
    /// For everyone who wants it.
    Event(Box<Event>),
    /// For one plugin that it waited for.
    Retry(Box<Parked>),
}

impl Work {
    pub fn event(&self) -> &Event {
        match self {
            Work::Event(event) => event,
            Work::Retry(parked) => &parked.event,
        }
    }
}

/// Most jobs in a lane for further events to be taken into it: so one customer's do not fill the memory
/// that all share, and keep everybody else's in the store.
pub(super) const MAX_LANE: usize = 1000;

/// Events of one customer that are left in the store until there is room in their lane.
#[derive(Debug)]
pub(super) struct LeftOut {
    pub first: u64,
    pub last: u64,
    /// Whether some of them are being loaded.
    pub loading: bool,
}

#[derive(Default)]
pub(super) struct State {
    pub lanes: HashMap<CustomerId, VecDeque<Job>>,
    /// Customers whose first job can be taken.
    pub ready: VecDeque<CustomerId>,
    pub queued: usize,
    /// Jobs taken and not finished.
    pub in_flight: usize,
    /// The newest event taken into a lane.
    pub loaded: u64,
    /// Whether events after `loaded` may wait in the store.
    pub backlog: bool,
    /// The newest event that was committed and left there.
    pub left: u64,
    /// Customers whose lane was full: what comes for them is left in the store until that is taken up.
    pub left_out: HashMap<CustomerId, LeftOut>,
    /// Of these, those whose lane has room.
    pub short: VecDeque<CustomerId>,
    /// Whether the store failed when they were to be loaded: the watcher of time looks again.
    pub unreadable: bool,
    pub refilling: bool,
    /// Retries in a lane or in flight, so that none is taken twice.
    pub retrying: HashMap<InstallationId, HashSet<EventId>>,
    /// Customers whose work met a failing store: taken up again by the watcher of time.
    pub stalled: Vec<(CustomerId, Work)>,
    /// How often the host failed at events that others are not to blame for: forgotten once they are done.
    pub failed: HashMap<EventId, u32>,
    /// What the store said when it failed last.
    pub fault: Option<StoreError>,
    /// Grows with each [`Dispatcher::wake`].
    pub wakes: u64,
    pub stopping: bool,
}

impl State {
    /// Whether something is queued, in flight or in the backlog.
    pub fn busy(&self) -> bool {
        !self.ready.is_empty()
            || self.in_flight > 0
            || self.backlog
            || self.refilling
            || self.left_out.values().any(|left| left.loading)
    }

    /// Takes an event into its lane, if that has room.
    pub fn take(&mut self, event: Event) {
        let (customer, seq) = (event.customer, event.seq);
        if let Some(left) = self.left_out.get_mut(&customer) {
            left.last = seq;
            return;
        }
        if self.waiting(customer) >= MAX_LANE {
            let left = LeftOut {
                first: seq,
                last: seq,
                loading: false,
            };
            self.left_out.insert(customer, left);
            return;
        }
        self.push(customer, Job::Work(Work::Event(Box::new(event))));
    }

    /// Has what was left out of a lane loaded, once half of it is empty.
    pub fn look(&mut self, customer: CustomerId) {
        if self.waiting(customer) <= MAX_LANE / 2
            && let Some(left) = self.left_out.get_mut(&customer)
            && !left.loading
        {
            left.loading = true;
            self.short.push_back(customer);
        }
    }

    fn waiting(&self, customer: CustomerId) -> usize {
        self.lanes.get(&customer).map_or(0, VecDeque::len)
    }

    pub fn push(&mut self, customer: CustomerId, job: Job) {
        self.queued += 1;
        let lane = self.lanes.entry(customer);
        match lane {
            // Either its first job is ready already, or one is in flight and releases it.
            Entry::Occupied(mut lane) => lane.get_mut().push_back(job),
            Entry::Vacant(lane) => {
                lane.insert(VecDeque::from([job]));
                self.ready.push_back(customer);
            }
        }
    }

    /// The customer's job is done: the next is ready, or the lane goes.
    pub fn release(&mut self, customer: CustomerId) {
        match self.lanes.get(&customer) {
            Some(lane) if !lane.is_empty() => self.ready.push_back(customer),
            _ => drop(self.lanes.remove(&customer)),
        }
        if !self.left_out.is_empty() {
            self.look(customer);
        }
    }
}
