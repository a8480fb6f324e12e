use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::sync::Arc;

use super::apply::write;
use super::audience::{Then, meets};
use super::calendar::Occurrences;
use super::cast::Cast;
use super::contact::{Contact, DeskBefore};
use super::life::{Life, What, is_own_message};
use super::person::Found;
use super::shown::Shown;
use super::stage::Stage;
use super::tally::Tally;
use crate::dispatch::{schedule_event_id, timer_event_id};
use crate::model::*;
use crate::runtime::HistoryEntry;
use crate::snapshot::{AsOf, Snapshot};
use crate::store::{DeskView, Memory, SnapshotData, StoreError, Timer};

/// How often plugins may wake themselves or cause an event about one customer: one that wakes itself every minute
/// has no end.
pub(super) const MOST: u64 = 100_000;

/// What plugins remember for themselves, across customers.
#[derive(Default)]
pub(super) struct Own {
    pub(super) memories: HashMap<InstallationId, Memory>,
    /// Whether anything was ever remembered or forgotten there.
    pub written: bool,
}

impl Own {
    pub fn remember(&mut self, plugin: InstallationId, key: String, value: Option<Json>) {
        self.written = true;
        write(self.memories.entry(plugin).or_default(), key, value);
    }
}

/// One customer, going through the window.
pub(super) struct Lane<'s> {
    pub(super) stage: &'s Stage,
    pub(super) cast: &'s Cast,
    pub(super) life: Arc<Life>,
    /// The customer, memories and desk of now, in simulated time.
    pub(super) snapshot: Snapshot,
    /// What has passed.
    pub(super) shown: Shown,
    /// What effects caused, to be handled before time goes on.
    pub(super) queue: VecDeque<Event>,
    pub(super) timers: BTreeMap<(InstallationId, String), Timer>,
    /// Messages that are to be sent.
    pub(super) waiting: Vec<Message>,
    /// Loaded when the first message is proposed.
    pub(super) contact: Option<Contact>,
    /// What plugins recorded as a complaint before that.
    pub(super) complaints: Vec<Timestamp>,
    /// Loaded with the first proposal that the desk's guards look at.
    pub(super) desk: Option<DeskBefore>,
    /// How many of the life's happenings have passed.
    passed: usize,
    occurrences: Occurrences,
    /// Of each plan, how many occurrences have passed.
    planned: Vec<usize>,
    last_inbound: Option<Timestamp>,
    kinds: BTreeSet<String>,
    pub(super) now: Timestamp,
    /// How many timers and caused events there were.
    by_plugins: u64,
    /// How much of what is to be gone through was told.
    told: u64,
    pub(super) found: Found,
}

/// Where the next event comes from, the first of those that are due at the same time.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Source {
    Caused,
    Outbox(usize),
    Timer,
    Happening,
    Plan(usize),
}

impl<'s> Lane<'s> {
    pub fn new(stage: &'s Stage, cast: &'s Cast, life: Arc<Life>) -> Lane<'s> {
        let customer = life.customer.clone();
        let members = &cast.set.all;
        let found = Found::new(&customer, members.len(), cast.subject);
        let occurrences = cast.calendar.of(&customer.time_zone);
        let planned = occurrences.iter();
        let planned = planned.map(|of| of.partition_point(|(_, at)| *at < life.since));
        let at = as_of_event(&customer, stage.from, EventId(uuid::Uuid::nil()), None);
        let ids = members.iter().map(|active| active.installation.id.clone());
        let data = SnapshotData {
            customer,
            history: Vec::new(),
            memories: ids.map(|id| (id, Default::default())).collect(),
            blocked: BTreeSet::new(),
            desk: DeskView::default(),
        };
        let zone = &stage.core.config.time_zone;
        Lane {
            planned: planned.collect(),
            snapshot: Snapshot::of(data, Vec::new(), zone, at),
            shown: Shown::of(&life.before),
            queue: VecDeque::new(),
            timers: BTreeMap::new(),
            waiting: Vec::new(),
            contact: None,
            complaints: Vec::new(),
            desk: None,
            passed: 0,
            occurrences,
            last_inbound: life.last_inbound,
            kinds: life.kinds.clone(),
            now: stage.from,
            by_plugins: 0,
            told: 0,
            found,
            stage,
            cast,
            life,
        }
    }

    /// When something happens next; none at the window's end.
    pub fn next(&mut self) -> Option<Timestamp> {
        self.coming().map(|(at, _)| at)
    }

    /// Lets the next thing happen.
    pub fn step(&mut self, own: &mut Own) -> Result<(), StoreError> {
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
            Source::Outbox(place) => return self.deliver(place, at, own),
            Source::Happening => self.happen(),
            Source::Timer => self.fire(),
            Source::Plan(plan) => Some(self.occur(plan)),
        };
        match event {
            Some(event) => self.handle(source, &event, own),
            None => Ok(()),
        }
    }

    /// How much was gone through since this was asked last: interactions, and days of schedules.
    pub fn advanced(&mut self) -> u64 {
        let happened = (self.passed as u64).min(self.life.read);
        let planned = self.planned.iter().map(|passed| *passed as u64);
        let through = happened + planned.sum::<u64>();
        let more = through - self.told;
        self.told = through;
        more
    }

    /// How much is left where nothing happens any more.
    pub fn left(&self) -> u64 {
        let occurrences = self.occurrences.iter().map(|of| of.len() as u64);
        self.life.read + occurrences.sum::<u64>() - self.told
    }

    pub fn finish(mut self) -> Found {
        let left: Vec<InstallationId> = self.waiting.iter().map(|it| it.plugin.clone()).collect();
        for plugin in left {
            if let Some(tally) = self.tally(&plugin) {
                tally.messages.waiting += 1;
            }
        }
        self.found
    }

    pub(super) fn tally(&mut self, plugin: &InstallationId) -> Option<&mut Tally> {
        let place = self.cast.place(plugin)?;
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
        let happening = self.life.happenings.get(self.passed);
        let happening = happening.map(|it| (it.at, Source::Happening));
        let timer = self.timers.values().map(|timer| timer.at).min();
        let timer = timer.map(|at| (at, Source::Timer));
        let mut first = [waiting, happening, timer].into_iter().flatten().min();
        for plan in 0..self.planned.len() {
            let planned = self.planned_before(plan, first.map(|(at, _)| at));
            let planned = planned.map(|at| (at, Source::Plan(plan)));
            first = first.into_iter().chain(planned).min();
        }
        first.filter(|(at, _)| *at < self.stage.until)
    }

    /// When a plan concerns the customer next, as things stand; none where something else comes before it, which
    /// may change that.
    fn planned_before(&mut self, plan: usize, other: Option<Timestamp>) -> Option<Timestamp> {
        let then = Then {
            customer: &self.snapshot.data.customer,
            last_inbound: self.last_inbound,
            kinds: &self.kinds,
        };
        let audience = &self.cast.calendar.plans[plan].schedule.audience;
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
        let life = self.life.clone();
        let happening = life.happenings.get(self.passed)?;
        self.passed += 1;
        let past = match &happening.what {
            What::Interaction(past) => past,
            What::Logged(event) => return Some((**event).clone()),
        };
        self.note(past);
        self.shown.push(past.clone());
        let data = EventData::InteractionRecorded {
            interaction: (***past).clone(),
        };
        let mut event = self.event(crate::ids::event_of(past.id), None, data);
        // A plugin is behind it, as behind any message.
        event.depth = u8::from(is_own_message(past));
        Some(event)
    }

    fn fire(&mut self) -> Option<Event> {
        let due = self.timers.iter().min_by_key(|(_, timer)| timer.at);
        let key = due.map(|(key, _)| key.clone())?;
        let timer = self.timers.remove(&key)?;
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
        let plan = &self.cast.calendar.plans[plan];
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

    /// Takes note of what schedules may ask about.
    pub(super) fn note(&mut self, past: &HistoryEntry) {
        if past.direction == Direction::Inbound {
            self.last_inbound = self.last_inbound.max(Some(past.occurred_at));
        }
        if self.stage.needs.kinds.contains(&past.kind) {
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
