//! Retries of deferred events that are due, as far as admission has room.

use super::Ticker;
use crate::engine::Engine;
use crate::error::Error;
use crate::model::{InstallationId, Timestamp};
use crate::store::Due;

/// Queues due deferred events, as many as admission has room for. Returns the number of queued events.
pub(super) fn fire(ticker: &Ticker) -> Result<usize, Error> {
    let (engine, dispatcher) = (&ticker.engine, &ticker.dispatcher);
    dispatcher.resume_stalled();
    let now = engine.clock.now();
    let mut taken = 0;
    for active in engine.plugins().listening() {
        let room = active.admission.room(&active.installation, now);
        let id = &active.installation.id;
        let under_way = dispatcher.retrying(id) as u64;
        if room <= under_way {
            continue;
        }
        // The store also returns events that are already queued or in flight.
        let limit = u32::try_from(room + under_way)
            .unwrap_or(u32::MAX)
            .min(1000);
        active.admission.begin_scan();
        let due = engine.store.deferred_due(id, now, limit)?;
        active.admission.end_scan(due.len() >= limit as usize);
        taken += dispatcher.retry(due);
    }
    Ok(taken)
}

/// Returns the next instant at which a deferred event may be admitted.
pub(super) fn next(engine: &Engine) -> Result<Option<Timestamp>, Error> {
    let now = engine.clock.now();
    let mut next: Option<Timestamp> = None;
    for active in engine.plugins().listening() {
        let (admission, installation) = (&active.admission, &active.installation);
        let its = match admission.next_room(installation, now) {
            Some(room) => first_due(engine, &installation.id, now, admission.has_deferred())?
                .map(|due| due.max(room)),
            // Events that are already due wait for a run to end, which wakes the ticker.
            None => next_retry(engine, &installation.id, now)?,
        };
        next = match (next, its) {
            (Some(next), Some(its)) => Some(next.min(its)),
            (next, its) => next.or(its),
        };
    }
    Ok(next)
}

fn first_due(
    engine: &Engine,
    id: &InstallationId,
    now: Timestamp,
    waiting: bool,
) -> Result<Option<Timestamp>, Error> {
    if waiting {
        return Ok(Some(now));
    }
    next_retry(engine, id, Timestamp::MIN)
}

/// Returns the first time after an instant at which a deferred event of the plugin is due.
fn next_retry(
    engine: &Engine,
    id: &InstallationId,
    after: Timestamp,
) -> Result<Option<Timestamp>, Error> {
    let due = Due::Deferred {
        installation: id.clone(),
        after,
    };
    Ok(engine.store.next_due(&due)?)
}
