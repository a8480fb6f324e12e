//! What waits for a plugin does not wait for ever, and there is an end to how much.

use std::sync::{Arc, PoisonError};

use jiff::SignedDuration;

use crate::error::Error;
use crate::host::Core;
use crate::model::*;
use crate::store::{Change, Changeset};

/// How often it is looked.
const EVERY: SignedDuration = SignedDuration::from_mins(1);
/// How many events one transaction moves.
const PAGE: u32 = 1000;

/// Moves to the dead letter what waits too long or is too much. Gives how many pages it moved.
pub(super) fn bury(core: &Arc<Core>) -> Result<usize, Error> {
    let now = core.clock.now();
    let mut looked = core
        .dispatcher
        .buried
        .lock()
        .unwrap_or_else(PoisonError::into_inner);
    // Also where the clock was set back.
    if looked.is_some_and(|at| now.duration_since(at).abs() < EVERY) {
        return Ok(0);
    }
    *looked = Some(now);
    let (days, most) = (core.config.waiting_days, core.config.waiting_most);
    let old = now
        .checked_sub(SignedDuration::from_hours(24 * i64::from(days)))
        .unwrap_or(Timestamp::MIN);
    let mut pages = 0;
    for active in &core.plugins().all {
        let id = &active.installation.id;
        loop {
            let waiting = core.store.waiting(id)?;
            let (before, count, error) = if waiting.oldest.is_some_and(|at| at < old) {
                let error = format!("waited {days} days, the longest that `waiting_days` allows");
                (old, u64::from(PAGE), error)
            } else if waiting.events > most {
                let error =
                    format!("more than the {most} events waited that `waiting_most` allows");
                (Timestamp::MAX, waiting.events - most, error)
            } else {
                break;
            };
            let mut changeset = Changeset::new();
            changeset.push(Change::BuryParked {
                installation: id.clone(),
                before,
                most: u32::try_from(count).unwrap_or(PAGE).min(PAGE),
                error,
                at: now,
            });
            core.commit(changeset)?;
            pages += 1;
        }
    }
    Ok(pages)
}
