//! The customer's own past, as of the event: at most the window that the manifest asked for.

pub use crate::bindings::regulars::plugin::history::Filter;

use crate::{Instant, Interaction};

/// The interactions that match, newest first.
pub fn recent(filter: Filter) -> Vec<Interaction> {
    #[cfg(target_arch = "wasm32")]
    return crate::bindings::regulars::plugin::history::recent(&filter);
    #[cfg(not(target_arch = "wasm32"))]
    return crate::testing::world::recent(&filter);
}

/// How many [`recent`] would give. Cheap: use it where only the number matters.
pub fn count(filter: Filter) -> u32 {
    #[cfg(target_arch = "wasm32")]
    return crate::bindings::regulars::plugin::history::count(&filter);
    #[cfg(not(target_arch = "wasm32"))]
    return crate::testing::world::count(&filter);
}

/// So many interactions show something well enough.
pub(crate) const EVIDENCE: u32 = 12;

/// The newest that match, enough of them to show something: twelve at most.
pub fn evidence(filter: Filter) -> Vec<Interaction> {
    recent(filter.limit(EVIDENCE))
}

/// The one of that kind and id, where it can be seen.
pub fn find(kind: &str, id: &str) -> Option<Interaction> {
    let seen = recent(Filter::kind(kind));
    seen.into_iter().find(|it| it.id == id)
}

/// The newest of one kind that came from the customer, at most so many; none where there are
/// fewer than `least`, which costs a number only.
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
    /// Everything that was granted.
    pub fn all() -> Filter {
        Filter {
            kinds: Vec::new(),
            since: None,
            limit: None,
        }
    }

    /// One kind only.
    pub fn kind(kind: impl Into<String>) -> Filter {
        Filter::kinds([kind.into()])
    }

    /// These kinds only; none named is every kind that was granted.
    pub fn kinds<K: Into<String>>(kinds: impl IntoIterator<Item = K>) -> Filter {
        Filter {
            kinds: kinds.into_iter().map(Into::into).collect(),
            ..Filter::all()
        }
    }

    /// Only what happened at this moment or later.
    pub fn since(mut self, since: Instant) -> Filter {
        self.since = Some(since);
        self
    }

    /// Only so many of the newest.
    pub fn limit(mut self, limit: u32) -> Filter {
        self.limit = Some(limit);
        self
    }
}
