//! How much a plugin may remember: what it remembers is loaded whole for each of its runs, so a
//! memory without bounds would slow down everyone.

use std::collections::BTreeMap;

use super::check::Refusal;
use crate::model::{Effect, FailureKind, Json, Scope};
use crate::store::Memory;

/// Most keys and bytes (of keys and JSON) for each customer.
const OF_CUSTOMER: (usize, usize) = (200, 64 * 1024);
/// The same for the plugin's own memory.
const OF_PLUGIN: (usize, usize) = (1000, 256 * 1024);

/// Refuses a run that would remember more than it may.
pub(super) fn check(customer: &Memory, plugin: &Memory, effects: &[Effect]) -> Result<(), Refusal> {
    for (scope, before, most, name) in [
        (Scope::Customer, customer, OF_CUSTOMER, "of this customer"),
        (Scope::Plugin, plugin, OF_PLUGIN, "for itself"),
    ] {
        let writes: BTreeMap<&String, &Option<Json>> = effects
            .iter()
            .filter_map(|effect| match effect {
                Effect::Remember {
                    scope: its,
                    key,
                    value,
                } if *its == scope => Some((key, value)),
                _ => None,
            })
            .collect();
        if writes.is_empty() {
            continue;
        }
        let kept = before
            .entries
            .iter()
            .filter(|(key, _)| !writes.contains_key(key));
        let written = writes
            .iter()
            .filter_map(|(key, value)| Some((*key, value.as_ref()?)));
        let (mut keys, mut bytes) = (0, 0);
        for (key, value) in kept.chain(written) {
            keys += 1;
            bytes += key.len() + value.to_string().len();
        }
        let (most_keys, most_bytes) = most;
        if keys > most_keys || bytes > most_bytes {
            return Err((
                FailureKind::OverQuota,
                format!(
                    "it would remember {keys} keys and {bytes} bytes {name}; {most_keys} keys and \
                     {most_bytes} bytes are the most: forget what is old"
                ),
            ));
        }
    }
    Ok(())
}
