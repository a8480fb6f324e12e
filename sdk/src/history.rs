//! The customer's history as of the event, at most within the granted windows.

pub use crate::bindings::regulars::plugin::history::Filter;

use crate::{Instant, Interaction};

/// Returns the matching interactions, newest first.
pub fn recent(filter: Filter) -> Vec<Interaction> {
    #[cfg(target_arch = "wasm32")]
    return crate::bindings::regulars::plugin::history::recent(&filter);
    #[cfg(not(target_arch = "wasm32"))]
    return crate::testing::world::recent(&filter);
}

/// Returns the number of interactions that [`recent`] would return. It is cheaper.
pub fn count(filter: Filter) -> u32 {
    #[cfg(target_arch = "wasm32")]
    return crate::bindings::regulars::plugin::history::count(&filter);
    #[cfg(not(target_arch = "wasm32"))]
    return crate::testing::world::count(&filter);
}

/// The number of interactions that suffice as evidence.
pub(crate) const EVIDENCE: u32 = 12;

/// Returns the newest matching interactions, at most twelve, as evidence.
pub fn evidence(filter: Filter) -> Vec<Interaction> {
    recent(filter.limit(EVIDENCE))
}

/// Returns the interaction of a kind with an id. `None` if it is not visible.
pub fn find(kind: &str, id: &str) -> Option<Interaction> {
    let seen = recent(Filter::kind(kind));
    seen.into_iter().find(|it| it.id == id)
}

/// Returns the inbound interactions among the newest `most` of a kind. `None` if there are fewer than
/// `least`, which is cheap to find out.
pub fn inbound(kind: &str, least: u32, most: u32) -> Option<Vec<Interaction>> {
    let filter = Filter::kind(kind).limit(most);
    if count(filter.clone()) < least {
        return None;
    }
    let mut newest = recent(filter);
    newest.retain(Interaction::is_inbound);
    Some(newest).filter(|it| it.len() >= least as usize)
}

impl Filter {
    /// Creates a filter for the whole granted history.
    pub fn all() -> Filter {
        Filter {
            kinds: Vec::new(),
            since: None,
            limit: None,
        }
    }

    /// Creates a filter for one kind.
    pub fn kind(kind: impl Into<String>) -> Filter {
        Filter::kinds([kind.into()])
    }

    /// Creates a filter for several kinds. No kinds means all granted ones.
    pub fn kinds<K: Into<String>>(kinds: impl IntoIterator<Item = K>) -> Filter {
        Filter {
            kinds: kinds.into_iter().map(Into::into).collect(),
            ..Filter::all()
        }
    }

    /// Limits the filter to interactions at `since` or later.
    pub fn since(mut self, since: Instant) -> Filter {
        self.since = Some(since);
        self
    }

    /// Limits the filter to the newest `limit` interactions.
    pub fn limit(mut self, limit: u32) -> Filter {
        self.limit = Some(limit);
        self
    }
}
