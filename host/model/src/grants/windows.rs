//! Arithmetic on windows of history: the granted part of requested windows, and the refused rest.

use std::collections::BTreeSet;

use crate::{HistoryGrant, KINDS};

/// A kind of interaction. `None` stands for all unnamed kinds, which only a window of every kind shows.
pub type Kind<'k> = Option<&'k str>;

impl HistoryGrant {
    pub fn shows_kind(&self, kind: Kind) -> bool {
        self.kinds.is_empty() || kind.is_some_and(|kind| self.kinds.contains(kind))
    }

    /// Returns true if the window shows everything that `other` shows.
    pub(super) fn covers(&self, other: &HistoryGrant) -> bool {
        let kinds =
            self.kinds.is_empty() || !other.kinds.is_empty() && other.kinds.is_subset(&self.kinds);
        kinds && self.reaches(other)
    }

    /// Returns true if the window has at least the days and the limit of `other`.
    pub(super) fn reaches(&self, other: &HistoryGrant) -> bool {
        other.days <= self.days && other.limit <= self.limit
    }

    /// Returns the intersection of two windows. `None` if they share no kind.
    fn both(&self, other: &HistoryGrant) -> Option<HistoryGrant> {
        let kinds = match (self.kinds.is_empty(), other.kinds.is_empty()) {
            (true, _) => other.kinds.clone(),
            (_, true) => self.kinds.clone(),
            _ => self.kinds.intersection(&other.kinds).cloned().collect(),
        };
        let every = self.kinds.is_empty() && other.kinds.is_empty();
        (every || !kinds.is_empty()).then(|| HistoryGrant {
            kinds,
            days: self.days.min(other.days),
            limit: self.limit.min(other.limit),
        })
    }

    /// Returns the window limited to these kinds. `None` if it shows none of them.
    fn only(&self, kinds: &BTreeSet<Kind>) -> Option<HistoryGrant> {
        let kinds: BTreeSet<String> = kinds
            .iter()
            .filter(|kind| self.shows_kind(**kind))
            .filter_map(|kind| kind.map(str::to_owned))
            .collect();
        (!kinds.is_empty()).then(|| HistoryGrant {
            kinds,
            ..self.clone()
        })
    }
}

/// Returns every distinguishable kind: the host's, the named ones, and the rest.
pub(super) fn universe<'w>(windows: impl Iterator<Item = &'w HistoryGrant>) -> BTreeSet<Kind<'w>> {
    let named = windows.flat_map(|window| window.kinds.iter().map(String::as_str));
    let known = KINDS.iter().copied();
    named
        .chain(known)
        .map(Some)
        .chain(std::iter::once(None))
        .collect()
}

/// Returns the granted windows within the requested ones: common kinds, fewer days, smaller limit.
pub(super) fn narrowed(granted: &[HistoryGrant], asked: &[HistoryGrant]) -> Vec<HistoryGrant> {
    distinct(granted.iter().flat_map(|window| shared(window, asked)))
}

/// Returns the windows of a new request after partly refused earlier ones. Partly refused kinds stay as they
/// were granted, and all others become as requested.
pub(super) fn widened(
    before: &[HistoryGrant],
    granted: &[HistoryGrant],
    asked: &[HistoryGrant],
) -> Vec<HistoryGrant> {
    let all = universe(before.iter().chain(granted).chain(asked));
    let (cut, whole): (BTreeSet<Kind>, BTreeSet<Kind>) = all
        .into_iter()
        .partition(|kind| was_cut(*kind, before, granted));
    let mut windows = Vec::new();
    for window in asked {
        match cut.iter().any(|kind| window.shows_kind(*kind)) {
            // Next to a refused kind, only named kinds can be shown.
            true => windows.extend(window.only(&whole)),
            false => windows.push(window.clone()),
        }
    }
    for window in granted.iter().flat_map(|window| shared(window, asked)) {
        match window.kinds.is_empty() {
            true if cut.is_empty() => {}
            true => windows.push(window),
            false => windows.extend(window.only(&cut)),
        }
    }
    distinct(windows)
}

/// Returns true if a part of this kind's requested windows was not granted.
fn was_cut(kind: Kind, asked: &[HistoryGrant], granted: &[HistoryGrant]) -> bool {
    let of_kind = |window: &&HistoryGrant| window.shows_kind(kind);
    asked.iter().filter(of_kind).any(|ask| {
        let mut granted = granted.iter().filter(of_kind);
        !granted.any(|window| window.reaches(ask))
    })
}

/// Returns the parts of a window that are requested. If one of them is the whole window, it stays one window,
/// so that its limit does not count twice.
fn shared(window: &HistoryGrant, asked: &[HistoryGrant]) -> Vec<HistoryGrant> {
    let mut found: Vec<HistoryGrant> = Vec::new();
    for part in asked.iter().filter_map(|ask| window.both(ask)) {
        if !found.iter().any(|other| other.covers(&part)) {
            found.retain(|other| !part.covers(other));
            found.push(part);
        }
    }
    found
}

/// Removes the windows that another one of the same kinds covers.
fn distinct(windows: impl IntoIterator<Item = HistoryGrant>) -> Vec<HistoryGrant> {
    let mut kept: Vec<HistoryGrant> = Vec::new();
    for window in windows {
        let same = |other: &HistoryGrant| other.kinds == window.kinds;
        if !kept.iter().any(|it| same(it) && it.reaches(&window)) {
            kept.retain(|it| !(same(it) && window.reaches(it)));
            kept.push(window);
        }
    }
    kept
}
