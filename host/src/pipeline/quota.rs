//! Quotas of memory and timers. A memory is loaded as a whole for each run, and each timer becomes an event, so both
//! are bounded.

use std::collections::{BTreeMap, BTreeSet};

use super::completed_run::CompletedRun;
use super::records::Records;
use super::validate::{self, Refusal};
use crate::model::{Effect, FailureKind, Json, Scope};
use crate::store::{Memory, StoreError};

/// Most keys and bytes (of keys and JSON) for each customer.
const OF_CUSTOMER: (usize, usize) = (200, 64 * 1024);
/// The same for the plugin's own memory.
const OF_PLUGIN: (usize, usize) = (1000, 256 * 1024);
/// Most timers of one plugin that are set for one customer at a time.
const TIMERS: usize = 20;

/// Refuses a run that would remember more than its quota.
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

/// Refuses a memory that a run could not have written.
pub(crate) fn check_whole_memory(
    scope: Scope,
    entries: &BTreeMap<String, Json>,
) -> Result<(), Refusal> {
    let remember = |(key, value): (&String, &Json)| Effect::Remember {
        scope,
        key: key.clone(),
        value: Some(value.clone()),
    };
    let effects: Vec<Effect> = entries.iter().map(remember).collect();
    effects.iter().try_for_each(validate::entry)?;
    check(&Memory::default(), &Memory::default(), &effects)
}

/// Refuses a run that would set more timers than allowed. The outer error is the store's.
pub(super) fn timers(
    records: &impl Records,
    run: &CompletedRun,
) -> Result<Result<(), Refusal>, StoreError> {
    let mut keys: BTreeSet<String> = run
        .effects
        .iter()
        .filter_map(|effect| match effect {
            Effect::Wake(timer) => Some(timer.key.clone()),
            _ => None,
        })
        .collect();
    let Some(customer) = run.customer.filter(|_| !keys.is_empty()) else {
        return Ok(Ok(()));
    };
    let plugin = &run.active.installation.id;
    keys.extend(records.timer_keys(plugin, customer)?);
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
