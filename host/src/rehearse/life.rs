use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

use super::stage::Stage;
use crate::model::*;
use crate::runtime::Past;
use crate::store::{PageRequest, StoreError, TimelineQuery};

/// The most rows that are read at once.
const PAGE: u32 = 1000;

/// The recorded past of one customer.
pub(super) struct Life {
    /// The customer's current record.
    pub customer: Customer,
    /// The history before the window, as far back as plugins see, oldest first.
    pub before: Vec<Arc<Past>>,
    /// The events of the window, in order.
    pub happenings: Vec<Happening>,
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
pub(super) struct Happening {
    pub at: Timestamp,
    pub what: What,
}

pub(super) enum What {
    Interaction(Arc<Past>),
    /// Another entry of the log.
    Logged(Box<Event>),
}

impl Life {
    pub fn load(stage: &Stage, customer: Customer) -> Result<Life, StoreError> {
        let mut log = Log::default();
        if stage.logged {
            log = Log::read(stage, customer.id)?;
        }
        let mut life = Life {
            since: customer.since,
            before: Vec::new(),
            happenings: log.changes,
            last_inbound: None,
            kinds: BTreeSet::new(),
            read: 0,
            customer,
        };
        life.read_history(stage, &log.caused)?;
        for kind in &stage.needs.kinds {
            let known = life.before.iter().any(|past| past.kind == *kind);
            if known || stage.was_before_reach(life.customer.id, kind)? {
                life.kinds.insert(kind.clone());
            }
        }
        life.before.reverse();
        // Sorting keeps the order of storage among those of one instant.
        life.happenings.reverse();
        life.happenings.sort_by_key(|happening| happening.at);
        life.find_since(stage)?;
        Ok(life)
    }

    /// Moves `since` to the first interaction. An import without a time makes people customers when they were
    /// imported, although they have a longer history.
    fn find_since(&mut self, stage: &Stage) -> Result<(), StoreError> {
        if self.since > stage.from {
            let first = stage.engine.store.first_occurred(self.customer.id)?;
            let happened = self.happenings.first().map(|it| it.at);
            let earlier = first.into_iter().chain(happened).min();
            self.since = earlier.map_or(self.since, |first| first.min(self.since));
        }
        // Nobody became a customer later than they are shown.
        self.customer.since = self.since;
        Ok(())
    }

    /// Reads the history, newest first: the window, then as far as plugins see, then as far as conditions need.
    fn read_history(
        &mut self,
        stage: &Stage,
        caused: &HashSet<InteractionId>,
    ) -> Result<(), StoreError> {
        let mut after = Some(Cursor {
            at: stage.until.as_millisecond(),
            seq: 0,
        });
        while after.is_some() {
            let page = PageRequest { after, limit: PAGE };
            let all = TimelineQuery::default();
            let page = stage.engine.store.timeline(self.customer.id, &all, page)?;
            after = page.next;
            for interaction in page.items {
                let at = interaction.occurred_at;
                if at >= stage.from {
                    self.read += 1;
                    if !caused.contains(&interaction.id) && !is_done_again(stage, &interaction)? {
                        self.happenings.push(Happening {
                            at,
                            what: What::Interaction(Arc::new(Past::new(interaction))),
                        });
                    }
                    continue;
                }
                let came = interaction.direction == Direction::Inbound;
                if came && self.last_inbound.is_none() {
                    self.last_inbound = Some(at);
                }
                if at >= stage.reach {
                    self.before.push(Arc::new(Past::new(interaction)));
                } else if self.last_inbound.is_some() || !stage.needs.inbound {
                    return Ok(());
                }
            }
        }
        Ok(())
    }
}

/// Returns true for a message that was proposed in the window: its plugin proposes it again, or not. Earlier messages
/// are kept as they are.
fn is_done_again(stage: &Stage, interaction: &Interaction) -> Result<bool, StoreError> {
    if !is_own_message(interaction) {
        return Ok(false);
    }
    let Ok(id) = serde_json::from_value(interaction.data["message"].clone()) else {
        return Ok(true);
    };
    let message = stage.engine.store.message(id)?;
    Ok(message.is_none_or(|message| message.created_at >= stage.from))
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
    changes: Vec<Happening>,
}

impl Log {
    fn read(stage: &Stage, customer: CustomerId) -> Result<Log, StoreError> {
        let mut log = Log::default();
        let mut page = PageRequest::first(PAGE);
        loop {
            let events = stage.engine.store.customer_events(customer, page)?;
            for event in events.items {
                if event.time < stage.from {
                    return Ok(log);
                }
                match &event.data {
                    EventData::InteractionRecorded { interaction } if event.cause.is_some() => {
                        log.caused.insert(interaction.id);
                    }
                    EventData::CustomerCreated | EventData::CustomerChanged { .. }
                        if event.depth == 0 && event.time < stage.until =>
                    {
                        log.changes.push(Happening {
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
