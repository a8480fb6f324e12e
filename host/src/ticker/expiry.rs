//! Expiry of deferred events to the dead letter: after `waiting_days`, or above `waiting_most` events of one plugin.

use std::sync::PoisonError;

use jiff::SignedDuration;

use super::Ticker;
use crate::error::Error;
use crate::model::*;
use crate::store::{Change, Changeset};

/// The time between two checks.
const EVERY: SignedDuration = SignedDuration::from_mins(1);
/// The maximum number of events that one transaction moves.
const PAGE: u32 = 1000;

/// Moves expired events to the dead letter, at most once a minute. Returns the number of pages moved.
pub(super) fn fire(ticker: &Ticker) -> Result<usize, Error> {
    let engine = &ticker.engine;
    let now = engine.clock.now();
    let mut checked_at = ticker
        .expiry_checked_at
        .lock()
        .unwrap_or_else(PoisonError::into_inner);
    // `abs` because the clock may have been set back.
    if checked_at.is_some_and(|at| now.duration_since(at).abs() < EVERY) {
        return Ok(0);
    }
    *checked_at = Some(now);
    let (days, most) = (engine.config.waiting_days, engine.config.waiting_most);
    let old = now
        .checked_sub(SignedDuration::from_hours(24 * i64::from(days)))
        .unwrap_or(Timestamp::MIN);
    let mut pages = 0;
    for active in &engine.plugins().all {
        let id = &active.installation.id;
        loop {
            let waiting = engine.store.waiting(id)?;
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
            changeset.push(Change::ExpireDeferred {
                installation: id.clone(),
                before,
                most: u32::try_from(count).unwrap_or(PAGE).min(PAGE),
                error,
                at: now,
            });
            engine.commit(changeset)?;
            pages += 1;
        }
    }
    Ok(pages)
}
