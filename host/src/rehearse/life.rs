use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

use super::stage::Stage;
use crate::model::*;
use crate::runtime::HistoryEntry;
use crate::store::{PageRequest, StoreError, TimelineQuery};

/// How many rows are read at once.
const PAGE: u32 = 1000;

/// What is known of one customer before anything is rehearsed.
pub(super) struct Life {
    /// As of now.
    pub customer: Customer,
    /// Before the window, as far back as some plugin is shown, oldest first.
    pub before: Vec<Arc<HistoryEntry>>,
    /// In the window, in order.
    pub happenings: Vec<Happening>,
    /// Before this, there was no such customer.
    pub since: Timestamp,
    /// When they last came before the window, where that matters.
    pub last_inbound: Option<Timestamp>,
    /// Kinds that matter, of which there was one before the window.
    pub kinds: BTreeSet<String>,
    /// How many interactions of the window were read.
    pub read: u64,
}

/// Something that happened by itself, not by what a plugin did.
pub(super) struct Happening {
    pub at: Timestamp,
    pub what: What,
}

pub(super) enum What {
    Interaction(Arc<HistoryEntry>),
    /// Any other entry of the log.
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

    /// An import without a time of its own makes people customers when they were imported: they were before, where
    /// they did something, however long ago.
    fn find_since(&mut self, stage: &Stage) -> Result<(), StoreError> {
        if self.since > stage.from {
            let first = stage.core.store.first_occurred(self.customer.id)?;
            let happened = self.happenings.first().map(|it| it.at);
            let earlier = first.into_iter().chain(happened).min();
            self.since = earlier.map_or(self.since, |first| first.min(self.since));
        }
        // Nobody became a customer later than they are shown.
        self.customer.since = self.since;
        Ok(())
    }

    /// Newest first, as it is stored: the window, then what plugins are shown of before, then as far as it takes
    /// to know when they last came.
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
            let page = stage.core.store.timeline(self.customer.id, &all, page)?;
            after = page.next;
            for interaction in page.items {
                let at = interaction.occurred_at;
                if at >= stage.from {
                    self.read += 1;
                    if !caused.contains(&interaction.id) && !is_done_again(stage, &interaction)? {
                        self.happenings.push(Happening {
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
                if at >= stage.reach {
                    self.before.push(Arc::new(HistoryEntry::new(interaction)));
                } else if self.last_inbound.is_some() || !stage.needs.inbound {
                    return Ok(());
                }
            }
        }
        Ok(())
    }
}

/// A message that was proposed in the window: the plugin that did proposes it again, or not. One from before
/// comes as it came.
fn is_done_again(stage: &Stage, interaction: &Interaction) -> Result<bool, StoreError> {
    if !is_own_message(interaction) {
        return Ok(false);
    }
    let Ok(id) = serde_json::from_value(interaction.data["message"].clone()) else {
        return Ok(true);
    };
    let message = stage.core.store.message(id)?;
    Ok(message.is_none_or(|message| message.created_at >= stage.from))
}

/// The record of a message that this host sent.
pub(super) fn is_own_message(interaction: &Interaction) -> bool {
    interaction.kind == "message"
        && interaction.direction == Direction::Outbound
        && interaction.data.get("message").is_some()
        && interaction.data.get("plugin").is_some()
}

/// What the log tells of a customer.
#[derive(Default)]
struct Log {
    /// Interactions of the window that plugins recorded: they do it again.
    caused: HashSet<InteractionId>,
    /// Newest first.
    changes: Vec<Happening>,
}

impl Log {
    fn read(stage: &Stage, customer: CustomerId) -> Result<Log, StoreError> {
        let mut log = Log::default();
        let mut page = PageRequest::first(PAGE);
        loop {
            let events = stage.core.store.customer_events(customer, page)?;
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

/// All pages of a list.
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
