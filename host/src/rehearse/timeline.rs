use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use crate::model::*;
use crate::runtime::HistoryEntry;
use crate::store::HistoryWindow;

/// A customer's history so far. It is indexed by kind, so that the newest of a kind are found without a scan.
pub(super) struct Timeline {
    /// Oldest first.
    all: Vec<Arc<HistoryEntry>>,
    /// The indexes of each kind, in order.
    kinds: HashMap<String, Vec<usize>>,
    /// Interactions that effects recorded. They are not in the store.
    made_up: HashSet<InteractionId>,
}

impl Timeline {
    /// Creates the history from `before`, oldest first.
    pub fn of(before: &[Arc<HistoryEntry>]) -> Timeline {
        let mut timeline = Timeline {
            all: Vec::with_capacity(before.len()),
            kinds: HashMap::new(),
            made_up: HashSet::new(),
        };
        for past in before {
            timeline.push(past.clone());
        }
        timeline
    }

    /// Adds the newest entry.
    pub fn push(&mut self, past: Arc<HistoryEntry>) {
        let place = self.all.len();
        match self.kinds.get_mut(&past.kind) {
            Some(places) => places.push(place),
            None => {
                self.kinds.insert(past.kind.clone(), vec![place]);
            }
        }
        self.all.push(past);
    }

    /// Adds an entry that an effect recorded.
    pub fn make_up(&mut self, past: Arc<HistoryEntry>) {
        self.made_up.insert(past.id);
        self.push(past);
    }

    pub fn is_made_up(&self, id: &InteractionId) -> bool {
        self.made_up.contains(id)
    }

    pub fn newest_first(&self) -> impl Iterator<Item = &Arc<HistoryEntry>> {
        self.all.iter().rev()
    }

    /// Returns the union of the windows, newest first, as the store does.
    pub fn within(&self, windows: &[HistoryWindow]) -> Vec<Arc<HistoryEntry>> {
        let mut places: Vec<usize> = Vec::new();
        for window in windows {
            match &window.kind {
                None => places.extend(self.newest((0..self.all.len()).rev(), window)),
                Some(kind) => {
                    let of_kind = self.kinds.get(kind).into_iter().flatten().rev();
                    places.extend(self.newest(of_kind.copied(), window));
                }
            }
        }
        places.sort_unstable();
        places.dedup();
        let newest_first = places.into_iter().rev();
        newest_first.map(|place| self.all[place].clone()).collect()
    }

    fn newest(
        &self,
        newest_first: impl Iterator<Item = usize>,
        window: &HistoryWindow,
    ) -> impl Iterator<Item = usize> {
        let recent = newest_first.take_while(|place| self.all[*place].occurred_at >= window.since);
        recent.take(window.limit as usize)
    }
}
