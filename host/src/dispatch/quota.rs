//! How much a plugin may remember, and how many timers it may have set: what it remembers is loaded
//! whole for each of its runs, and each timer becomes an event, so neither is without bounds.

use std::collections::{BTreeMap, BTreeSet};

use super::check::{self, Refusal};
use crate::model::{CustomerId, Effect, FailureKind, Json, Scope};
use crate::store::{Memory, StoreError};

/// Most keys and bytes (of keys and JSON) for each customer.
const OF_CUSTOMER: (usize, usize) = (200, 64 * 1024);
/// The same for the plugin's own memory.
const OF_PLUGIN: (usize, usize) = (1000, 256 * 1024);
/// Most timers of one plugin that are set for one customer at a time.
const TIMERS: usize = 20;

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

/// Refuses a memory as a whole where a run could not have written it.
pub(crate) fn whole(scope: Scope, entries: &BTreeMap<String, Json>) -> Result<(), Refusal> {
    let remember = |(key, value): (&String, &Json)| Effect::Remember {
        scope,
        key: key.clone(),
        value: Some(value.clone()),
    };
    let effects: Vec<Effect> = entries.iter().map(remember).collect();
    effects.iter().try_for_each(check::entry)?;
    check(&Memory::default(), &Memory::default(), &effects)
}

/// Refuses a run that would have set more timers than it may. `set` gives the keys of those that are set. The
/// outer error is the storage's.
pub(super) fn timers(
    set: impl FnOnce(CustomerId) -> Result<Vec<String>, StoreError>,
    customer: Option<CustomerId>,
    effects: &[Effect],
) -> Result<Result<(), Refusal>, StoreError> {
    let mut keys: BTreeSet<String> = effects
        .iter()
        .filter_map(|effect| match effect {
            Effect::Wake(timer) => Some(timer.key.clone()),
            _ => None,
        })
        .collect();
    let Some(customer) = customer.filter(|_| !keys.is_empty()) else {
        return Ok(Ok(()));
    };
    keys.extend(set(customer)?);
    if keys.len() <= TIMERS {
        return Ok(Ok(()));
    }
    Ok(Err((
        FailureKind::OverQuota,
        format!(
            "it would have {} timers set for this customer, {TIMERS} are the most: set one anew by its \
             key, or wait until some have fired",
            keys.len()
        ),
    )))
}
