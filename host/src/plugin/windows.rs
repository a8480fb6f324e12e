//! Windows of history: what is granted of those that another version asks for, and what stays refused.

use std::collections::BTreeSet;

use crate::model::{HistoryGrant, KINDS};

/// A kind of interaction; none stands for all that nobody names, which only a window of every kind shows.
pub(super) type Kind<'k> = Option<&'k str>;

impl HistoryGrant {
    pub(super) fn shows_kind(&self, kind: Kind) -> bool {
        self.kinds.is_empty() || kind.is_some_and(|kind| self.kinds.contains(kind))
    }

    /// Whether whoever sees this window sees the other one.
    pub(super) fn covers(&self, other: &HistoryGrant) -> bool {
        let kinds =
            self.kinds.is_empty() || !other.kinds.is_empty() && other.kinds.is_subset(&self.kinds);
        kinds && self.reaches(other)
    }

    /// As far back, and as many.
    pub(super) fn reaches(&self, other: &HistoryGrant) -> bool {
        other.days <= self.days && other.limit <= self.limit
    }

    /// What both of them show; none where they have no kind in common.
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

    /// The same window of these kinds alone; none where it shows none of them.
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

/// Every kind that is told apart: those that the host knows, those that some window names, and the rest.
pub(super) fn universe<'w>(windows: impl Iterator<Item = &'w HistoryGrant>) -> BTreeSet<Kind<'w>> {
    let named = windows.flat_map(|window| window.kinds.iter().map(String::as_str));
    let known = KINDS.iter().copied();
    named
        .chain(known)
        .map(Some)
        .chain(std::iter::once(None))
        .collect()
}

/// What of the windows granted is asked for still: kinds in common, the fewer days, the smaller number.
pub(super) fn narrowed(granted: &[HistoryGrant], asked: &[HistoryGrant]) -> Vec<HistoryGrant> {
    distinct(granted.iter().flat_map(|window| shared(window, asked)))
}

/// What the windows asked for show to whoever was granted so much of what was asked before. Kinds of which
/// something was refused stay as they were granted; all others come as they are asked for.
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
            // The rest cannot be named: beside a kind that is cut, only what has a name can be shown.
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

/// Whether something of this kind was asked for, and not granted.
fn was_cut(kind: Kind, asked: &[HistoryGrant], granted: &[HistoryGrant]) -> bool {
    let of_kind = |window: &&HistoryGrant| window.shows_kind(kind);
    asked.iter().filter(of_kind).any(|ask| {
        let mut granted = granted.iter().filter(of_kind);
        !granted.any(|window| window.reaches(ask))
    })
}

/// What a window shows of those that are asked for. Where one of them is all of it, it stays one window, so that its
/// number is not given twice.
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

/// Without those that another one of the same kinds covers.
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
