use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

use super::simulation::Simulation;
use crate::model::*;
use crate::runtime::HistoryEntry;
use crate::store::{PageRequest, StoreError, TimelineQuery};

/// The most rows that are read at once.
const PAGE: u32 = 1000;

/// The recorded past of one customer.
pub(super) struct History {
    /// The customer's current record.
    pub customer: Customer,
    /// The history before the window, as far back as plugins see, oldest first.
    pub before: Vec<Arc<HistoryEntry>>,
    /// The events of the window, in order.
    pub events: Vec<TimelineEvent>,
    /// The time at which the person became a customer.
    pub since: Timestamp,
    /// The last inbound interaction before the window, if a condition needs it.
    pub last_inbound: Option<Timestamp>,
    /// The kinds that conditions ask about and the customer had before the window.
    pub kinds: BTreeSet<String>,
    /// The number of interactions of the window that were read.
    pub read: u64,
}

/// An event of the past that no plugin caused.
pub(super) struct TimelineEvent {
    pub at: Timestamp,
    pub what: What,
}

pub(super) enum What {
    Interaction(Arc<HistoryEntry>),
    /// Another entry of the log.
    Logged(Box<Event>),
}

impl History {
    pub fn load(sim: &Simulation, customer: Customer) -> Result<History, StoreError> {
        let mut log = Log::default();
        if sim.logged {
            log = Log::read(sim, customer.id)?;
        }
        let mut history = History {
            since: customer.since,
            before: Vec::new(),
            events: log.changes,
            last_inbound: None,
            kinds: BTreeSet::new(),
            read: 0,
            customer,
        };
        history.read_history(sim, &log.caused)?;
        for kind in &sim.needs.kinds {
            let known = history.before.iter().any(|past| past.kind == *kind);
            if known || sim.was_before_reach(history.customer.id, kind)? {
                history.kinds.insert(kind.clone());
            }
        }
        history.before.reverse();
        // Sorting keeps the order of storage among those of one instant.
        history.events.reverse();
        history.events.sort_by_key(|happening| happening.at);
        history.find_since(sim)?;
        Ok(history)
    }

    /// Moves `since` to the first interaction. An import without a time makes people customers when they were
    /// imported, although they have a longer history.
    fn find_since(&mut self, sim: &Simulation) -> Result<(), StoreError> {
        if self.since > sim.from {
            let first = sim.engine.store.first_occurred(self.customer.id)?;
            let happened = self.events.first().map(|it| it.at);
            let earlier = first.into_iter().chain(happened).min();
            self.since = earlier.map_or(self.since, |first| first.min(self.since));
        }
        // A customer cannot start after their first interaction.
        self.customer.since = self.since;
        Ok(())
    }

    /// Reads the history, newest first: the window, then as far as plugins see, then as far as conditions need.
    fn read_history(
        &mut self,
        sim: &Simulation,
        caused: &HashSet<InteractionId>,
    ) -> Result<(), StoreError> {
        let mut after = Some(Cursor {
            at: sim.until.as_millisecond(),
            seq: 0,
        });
        while after.is_some() {
            let page = PageRequest { after, limit: PAGE };
            let all = TimelineQuery::default();
            let page = sim.engine.store.timeline(self.customer.id, &all, page)?;
            after = page.next;
            for interaction in page.items {
                let at = interaction.occurred_at;
                if at >= sim.from {
                    self.read += 1;
                    if !caused.contains(&interaction.id) && !is_done_again(sim, &interaction)? {
                        self.events.push(TimelineEvent {
                            at,
                            what: What::Interaction(Arc::new(HistoryEntry::new(interaction))),
                        });
                    }
                    continue;
                }
                let came = interaction.direction == Direction::Inbound;
                if came && self.last_inbound.is_none() {
                    self.last_inbound = Some(at);
                }
                if at >= sim.reach {
                    self.before.push(Arc::new(HistoryEntry::new(interaction)));
                } else if self.last_inbound.is_some() || !sim.needs.inbound {
                    return Ok(());
                }
            }
        }
        Ok(())
    }
}

/// Returns true for a message that was proposed in the window: its plugin proposes it again, or not. Earlier messages
/// are kept as they are.
fn is_done_again(sim: &Simulation, interaction: &Interaction) -> Result<bool, StoreError> {
    if !is_own_message(interaction) {
        return Ok(false);
    }
    let Ok(id) = serde_json::from_value(interaction.data["message"].clone()) else {
        return Ok(true);
    };
    let message = sim.engine.store.message(id)?;
    Ok(message.is_none_or(|message| message.created_at >= sim.from))
}

/// Returns true for the record of a message that this host sent.
pub(super) fn is_own_message(interaction: &Interaction) -> bool {
    interaction.kind == "message"
        && interaction.direction == Direction::Outbound
        && interaction.data.get("message").is_some()
        && interaction.data.get("plugin").is_some()
}

/// A customer's entries in the log.
#[derive(Default)]
struct Log {
    /// Interactions of the window that plugins recorded: they record them again, or not.
    caused: HashSet<InteractionId>,
    /// Newest first.
    changes: Vec<TimelineEvent>,
}

impl Log {
    fn read(sim: &Simulation, customer: CustomerId) -> Result<Log, StoreError> {
        let mut log = Log::default();
        let mut page = PageRequest::first(PAGE);
        loop {
            let events = sim.engine.store.customer_events(customer, page)?;
            for event in events.items {
                if event.time < sim.from {
                    return Ok(log);
                }
                match &event.data {
                    EventData::InteractionRecorded { interaction } if event.cause.is_some() => {
                        log.caused.insert(interaction.id);
                    }
                    EventData::CustomerCreated | EventData::CustomerChanged { .. }
                        if event.depth == 0 && event.time < sim.until =>
                    {
                        log.changes.push(TimelineEvent {
                            at: event.time,
                            what: What::Logged(Box::new(event)),
                        });
                    }
                    _ => {}
                }
            }
            match events.next {
                None => return Ok(log),
                after => page.after = after,
            }
        }
    }
}

/// Returns all pages of a list.
pub(super) fn all<T>(
    list: impl Fn(PageRequest) -> Result<Page<T>, StoreError>,
) -> Result<Vec<T>, StoreError> {
    let mut page = PageRequest::first(PAGE);
    let mut all = Vec::new();
    loop {
        let more = list(page)?;
        all.extend(more.items);
        match more.next {
            None => return Ok(all),
            after => page.after = after,
        }
    }
}
