//! The difference between two sets of grants, as sentences.

use std::collections::{BTreeMap, BTreeSet};

use regulars_manifest::CustomerField;

use super::display::{and, effect_words, field_words, plural};
use super::windows::{Kind, universe};
use crate::{Grants, HistoryGrant};

impl Grants {
    /// Returns the grants that `other` lacks, each as the end of a sentence such as “to see a customer's
    /// birthday”.
    #[must_use]
    pub fn diff(&self, other: &Grants) -> Vec<String> {
        let mut found = Vec::new();
        let fields = self.fields.difference(&other.fields);
        found.extend(fields.map(|it: &CustomerField| format!("to see {}", field_words(*it))));
        found.extend(history_diff(&self.history, &other.history));
        let effects = self.effects.difference(&other.effects);
        found.extend(effects.map(|it| format!("to propose {}", effect_words(*it))));
        let kinds = self.record_kinds.difference(&other.record_kinds);
        let kinds: Vec<String> = kinds.map(|kind| plural(kind)).collect();
        if !kinds.is_empty() {
            found.push(format!("to append {} to the history", and(&kinds)));
        }
        if self.service && !other.service {
            found.push("to send service messages, which the caps do not hold back".to_owned());
        }
        found
    }
}

/// Groups the kinds with equal windows into one sentence.
fn history_diff(windows: &[HistoryGrant], others: &[HistoryGrant]) -> Vec<String> {
    let all = universe(windows.iter().chain(others));
    let mut more: BTreeMap<(u32, u32, Option<u32>), BTreeSet<Kind>> = BTreeMap::new();
    for kind in &all {
        let of_kind = |window: &&HistoryGrant| window.shows_kind(*kind);
        for window in windows.iter().filter(of_kind) {
            if others.iter().filter(of_kind).any(|it| it.reaches(window)) {
                continue;
            }
            let until_now = others.iter().filter(of_kind).map(|it| it.days).max();
            let key = (window.days, window.limit, until_now);
            more.entry(key).or_default().insert(*kind);
        }
    }
    let sentence =
        |((days, limit, until_now), kinds): (&(u32, u32, Option<u32>), &BTreeSet<Kind>)| {
            let what = match kinds.contains(&None) {
                true if *kinds == all => "everything recorded about a customer".to_owned(),
                true => "everything else recorded about a customer".to_owned(),
                false => {
                    let kinds: Vec<String> =
                        kinds.iter().flatten().map(|kind| plural(kind)).collect();
                    format!("a customer's {}", and(&kinds))
                }
            };
            let instead = match until_now {
                Some(until_now) if until_now >= days => format!(", the newest {limit}"),
                Some(until_now) => format!(" (until now {until_now})"),
                None => String::new(),
            };
            format!("to see {what} of the last {days} days{instead}")
        };
    more.iter().map(sentence).collect()
}
