use std::collections::{BTreeSet, HashMap, VecDeque};
use std::sync::Arc;

use super::audience::{Then, meets};
use super::calendar::Occurrences;
use super::contact::DeskBefore;
use super::customer_result::CustomerResult;
use super::history::{History, What, is_own_message};
use super::participants::Participants;
use super::records::SimulatedRecords;
use super::simulation::Simulation;
use super::stats::Stats;
use super::timeline::Timeline;
use crate::engine::{schedule_event_id, timer_event_id};
use crate::model::*;
use crate::runtime::HistoryEntry;
use crate::snapshot::{AsOf, Snapshot};
use crate::store::{DeskView, Memory, SnapshotData, StoreError, rules};

/// The most timers and caused events of one customer: a plugin that wakes itself every minute would have no end.
pub(super) const MOST: u64 = 100_000;

/// The plugins' own memories, shared by all customers.
#[derive(Default)]
pub(super) struct SharedMemory {
    pub(super) memories: HashMap<InstallationId, Memory>,
    /// True once a plugin wrote to its own memory.
    pub written: bool,
}

impl SharedMemory {
    pub fn remember(&mut self, plugin: InstallationId, key: String, value: Option<Json>) {
        self.written = true;
        rules::write(self.memories.entry(plugin).or_default(), key, value);
    }
}

/// One customer in simulated time.
pub(super) struct CustomerSim<'s> {
    pub(super) sim: &'s Simulation,
    pub(super) participants: &'s Participants,
    pub(super) history: Arc<History>,
    /// The customer, memories and desk as of `now`.
    pub(super) snapshot: Snapshot,
    /// The history, timers and contacts of now, in simulated time.
    pub(super) records: SimulatedRecords<'s>,
    /// Events that effects caused. They are handled before time goes on.
    pub(super) queue: VecDeque<Event>,
    /// Messages that are queued.
    pub(super) waiting: Vec<Message>,
    /// Loaded with the first proposal that the desk's guards check.
    pub(super) desk: Option<DeskBefore>,
    /// The number of past events that are done.
    passed: usize,
    occurrences: Occurrences,
    /// For each plan, the number of occurrences that are done.
    planned: Vec<usize>,
    last_inbound: Option<Timestamp>,
    kinds: BTreeSet<String>,
    pub(super) now: Timestamp,
    /// The number of timers and caused events.
    by_plugins: u64,
    /// The work that was reported as progress.
    told: u64,
    pub(super) found: CustomerResult,
}

/// The source of the next event. Of several at the same time, the first in this order comes first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Source {
    Caused,
    Outbox(usize),
    Timer,
    Recorded,
    Plan(usize),
}

impl<'s> CustomerSim<'s> {
    pub fn new(
        sim: &'s Simulation,
        participants: &'s Participants,
        history: Arc<History>,
    ) -> CustomerSim<'s> {
        let customer = history.customer.clone();
        let members = &participants.set.all;
        let found = CustomerResult::new(&customer, members.len(), participants.subject);
        let occurrences = participants.calendar.of(&customer.time_zone);
        let planned = occurrences.iter();
        let planned = planned.map(|of| of.partition_point(|(_, at)| *at < history.since));
        let moment = as_of_event(&customer, sim.from, EventId(uuid::Uuid::nil()), None);
        let ids = members.iter().map(|active| active.installation.id.clone());
        let data = SnapshotData {
            customer,
            history: Vec::new(),
            memories: ids.map(|id| (id, Default::default())).collect(),
            blocked: BTreeSet::new(),
            desk: DeskView::default(),
        };
        let zone = &sim.engine.config.time_zone;
        CustomerSim {
            planned: planned.collect(),
            snapshot: Snapshot::of(data, Vec::new(), zone, moment),
            records: SimulatedRecords::new(sim, Timeline::of(&history.before)),
            queue: VecDeque::new(),
            waiting: Vec::new(),
            desk: None,
            passed: 0,
            occurrences,
            last_inbound: history.last_inbound,
            kinds: history.kinds.clone(),
            now: sim.from,
            by_plugins: 0,
            told: 0,
            found,
            sim,
            participants,
            history,
        }
    }

    /// Returns the time of the next event. `None` at the end of the window.
    pub fn next(&mut self) -> Option<Timestamp> {
        self.coming().map(|(at, _)| at)
    }

    /// Handles the next event.
    pub fn step(&mut self, shared: &mut SharedMemory) -> Result<(), StoreError> {
        let Some((at, source)) = self.coming() else {
            return Ok(());
        };
        self.now = at;
        if matches!(source, Source::Timer | Source::Caused) {
            self.by_plugins += 1;
            if self.by_plugins > MOST {
                self.found.cut_short = true;
                return Ok(());
            }
        }
        let event = match source {
            Source::Caused => self.queue.pop_front(),
            Source::Outbox(place) => return self.deliver(place, at, shared),
            Source::Recorded => self.happen(),
            Source::Timer => self.fire(),
            Source::Plan(plan) => Some(self.occur(plan)),
        };
        match event {
            Some(event) => self.handle(source, &event, shared),
            None => Ok(()),
        }
    }

    /// Returns the work done since the last call: interactions, and days of schedules.
    pub fn advanced(&mut self) -> u64 {
        let happened = (self.passed as u64).min(self.history.read);
        let planned = self.planned.iter().map(|passed| *passed as u64);
        let through = happened + planned.sum::<u64>();
        let more = through - self.told;
        self.told = through;
        more
    }

    /// Returns the work that is left when no more events come.
    pub fn left(&self) -> u64 {
        let occurrences = self.occurrences.iter().map(|of| of.len() as u64);
        self.history.read + occurrences.sum::<u64>() - self.told
    }

    pub fn finish(mut self) -> CustomerResult {
        let left: Vec<InstallationId> = self.waiting.iter().map(|it| it.plugin.clone()).collect();
        for plugin in left {
            if let Some(stats) = self.stats_of(&plugin) {
                stats.messages.waiting += 1;
            }
        }
        self.found
    }

    pub(super) fn stats_of(&mut self, plugin: &InstallationId) -> Option<&mut Stats> {
        let place = self.participants.place(plugin)?;
        self.found.members.get_mut(place)
    }

    fn coming(&mut self) -> Option<(Timestamp, Source)> {
        if self.found.cut_short {
            return None;
        }
        if !self.queue.is_empty() {
            return Some((self.now, Source::Caused));
        }
        let waiting = self.first_waiting();
        let waiting = waiting.map(|(at, place)| (at.max(self.now), Source::Outbox(place)));
        let happening = self.history.events.get(self.passed);
        let happening = happening.map(|it| (it.at, Source::Recorded));
        let timer = self.records.timers.values().map(|timer| timer.at).min();
        let timer = timer.map(|at| (at, Source::Timer));
        let mut first = [waiting, happening, timer].into_iter().flatten().min();
        for plan in 0..self.planned.len() {
            let planned = self.planned_before(plan, first.map(|(at, _)| at));
            let planned = planned.map(|at| (at, Source::Plan(plan)));
            first = first.into_iter().chain(planned).min();
        }
        first.filter(|(at, _)| *at < self.sim.until)
    }

    /// Returns the time at which a plan next concerns the customer, as things stand. `None` if another event comes
    /// first, which may change that.
    fn planned_before(&mut self, plan: usize, other: Option<Timestamp>) -> Option<Timestamp> {
        let then = Then {
            customer: &self.snapshot.data.customer,
            last_inbound: self.last_inbound,
            kinds: &self.kinds,
        };
        let audience = &self.participants.calendar.plans[plan].schedule.audience;
        loop {
            let &(date, at) = self.occurrences[plan].get(self.planned[plan])?;
            if other.is_some_and(|other| other <= at) {
                return None;
            }
            if meets(audience, &then, date, at) {
                return Some(at);
            }
            self.planned[plan] += 1;
        }
    }

    fn happen(&mut self) -> Option<Event> {
        let history = self.history.clone();
        let happening = history.events.get(self.passed)?;
        self.passed += 1;
        let past = match &happening.what {
            What::Interaction(past) => past,
            What::Logged(event) => return Some((**event).clone()),
        };
        self.note(past);
        self.records.timeline.push(past.clone());
        let data = EventData::InteractionRecorded {
            interaction: (***past).clone(),
        };
        let mut event = self.event(crate::ids::event_of(past.id), None, data);
        // A plugin is behind it, as behind any message.
        event.depth = u8::from(is_own_message(past));
        Some(event)
    }

    fn fire(&mut self) -> Option<Event> {
        let due = self.records.timers.iter().min_by_key(|(_, timer)| timer.at);
        let key = due.map(|(key, _)| key.clone())?;
        let timer = self.records.timers.remove(&key)?;
        let (id, cause) = (timer_event_id(&timer), timer.cause);
        let data = EventData::TimerDue {
            installation: timer.installation,
            key: timer.key,
            payload: timer.payload,
        };
        Some(self.event(id, cause, data))
    }

    fn occur(&mut self, plan: usize) -> Event {
        let (date, _) = self.occurrences[plan][self.planned[plan]];
        self.planned[plan] += 1;
        let plan = &self.participants.calendar.plans[plan];
        let customer = self.snapshot.data.customer.id;
        let id = schedule_event_id(&plan.plugin, &plan.schedule.id, customer, date);
        let data = EventData::ScheduleDue {
            installation: plan.plugin.clone(),
            schedule: plan.schedule.id.clone(),
            date,
        };
        self.event(id, None, data)
    }

    fn event(&self, id: EventId, cause: Option<EventId>, data: EventData) -> Event {
        Event {
            seq: 0,
            id,
            customer: self.snapshot.data.customer.id,
            time: self.now,
            cause,
            depth: 0,
            as_of: 0,
            data,
        }
    }

    /// Notes what the conditions of schedules ask about.
    pub(super) fn note(&mut self, past: &HistoryEntry) {
        if past.direction == Direction::Inbound {
            self.last_inbound = self.last_inbound.max(Some(past.occurred_at));
        }
        if self.sim.needs.kinds.contains(&past.kind) {
            self.kinds.insert(past.kind.clone());
        }
    }
}

pub(super) fn as_of_event(
    customer: &Customer,
    now: Timestamp,
    seed: EventId,
    date: Option<jiff::civil::Date>,
) -> AsOf {
    AsOf {
        customer: customer.id,
        now,
        date,
        as_of: None,
        seed,
    }
}
