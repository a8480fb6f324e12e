//! Events that wait for one plugin: let in when their time has come and admission has room.

use std::sync::Arc;

use crate::error::Error;
use crate::host::Core;
use crate::model::{InstallationId, Timestamp};

/// Takes up events whose time to be tried has come, as many as may run. Gives how many.
pub(super) fn fire(core: &Arc<Core>) -> Result<usize, Error> {
    core.dispatcher.unstall();
    let now = core.clock.now();
    let mut taken = 0;
    for active in core.plugins().listening() {
        let room = active.admission.room(&active.installation, now);
        let id = &active.installation.id;
        let under_way = core.dispatcher.retrying(id) as u64;
        if room <= under_way {
            continue;
        }
        // Those that are under way are in the store until they are done.
        let limit = u32::try_from(room + under_way)
            .unwrap_or(u32::MAX)
            .min(1000);
        active.admission.begin_scan();
        let due = core.store.parked_due(id, now, limit)?;
        active.admission.end_scan(due.len() >= limit as usize);
        taken += core.dispatcher.retry(due);
    }
    Ok(taken)
}

/// The next instant at which there may be something to take up.
pub(super) fn next(core: &Core) -> Result<Option<Timestamp>, Error> {
    let now = core.clock.now();
    let mut next: Option<Timestamp> = None;
    for active in core.plugins().listening() {
        let (admission, installation) = (&active.admission, &active.installation);
        let its = match admission.next_room(installation, now) {
            Some(room) => first_due(core, &installation.id, now, admission.has_deferred())?
                .map(|due| due.max(room)),
            // Where there is something left that is due, a run must end first, and will say so.
            None => core.store.parked_next(&installation.id, now)?,
        };
        next = match (next, its) {
            (Some(next), Some(its)) => Some(next.min(its)),
            (next, its) => next.or(its),
        };
    }
    Ok(next)
}

fn first_due(
    core: &Core,
    id: &InstallationId,
    now: Timestamp,
    waiting: bool,
) -> Result<Option<Timestamp>, Error> {
    if waiting {
        return Ok(Some(now));
    }
    Ok(core.store.parked_next(id, Timestamp::MIN)?)
}
