//! The view of a plugin whose requests were all granted.

use crate::grants::{Granted, Window};
use crate::{Customer, CustomerField, Instant, Interaction, Manifest, instant};

/// Returns the customer with the requested fields. The others are `None` or empty.
pub(super) fn customer(manifest: &Manifest, customer: &Customer) -> Customer {
    let asked = |field| manifest.reads.customer.iter().any(|ask| ask.field == field);
    let mut seen = customer.clone();
    if !asked(CustomerField::DisplayName) {
        seen.display_name = None;
    }
    if !asked(CustomerField::GivenName) {
        seen.given_name = None;
    }
    if !asked(CustomerField::Language) {
        seen.language = None;
    }
    if !asked(CustomerField::Birthday) {
        seen.birthday = None;
    }
    if !asked(CustomerField::Topics) {
        seen.topics.clear();
    }
    if !asked(CustomerField::Tags) {
        seen.tags.clear();
    }
    seen
}

/// Returns the grants as the plugin sees them.
pub(super) fn granted(manifest: &Manifest) -> Granted {
    let fields = manifest.reads.customer.iter();
    let proposes = manifest.proposes.iter();
    Granted {
        fields: fields
            .filter_map(|ask| crate::grants::name(ask.field))
            .collect(),
        history: manifest
            .reads
            .history
            .iter()
            .map(|ask| Window {
                kinds: ask.kinds.clone(),
                days: ask.days,
                limit: ask.limit,
            })
            .collect(),
        effects: proposes.clone().map(|ask| ask.effect.to_string()).collect(),
        record_kinds: proposes.flat_map(|ask| ask.kinds.clone()).collect(),
        service: false,
    }
}

/// Returns the interactions in any requested window, newest first.
pub(super) fn history(
    manifest: &Manifest,
    history: &[Interaction],
    now: Instant,
) -> Vec<Interaction> {
    // Of two entries at one instant, the later one is newer.
    let mut newest_first: Vec<&Interaction> = history.iter().rev().collect();
    newest_first.sort_by_key(|it| std::cmp::Reverse(it.occurred_at));

    let mut seen = vec![false; newest_first.len()];
    for ask in &manifest.reads.history {
        let since = now - i64::from(ask.days) * instant::DAY;
        newest_first
            .iter()
            .enumerate()
            .filter(|(_, it)| ask.kinds.is_empty() || ask.kinds.contains(&it.kind))
            .filter(|(_, it)| (since..=now).contains(&it.occurred_at))
            .take(ask.limit as usize)
            .for_each(|(place, _)| seen[place] = true);
    }
    let seen = newest_first.into_iter().zip(seen);
    seen.filter(|(_, seen)| *seen)
        .map(|(it, _)| it.clone())
        .collect()
}
