use std::sync::Arc;
use std::time::Duration;

use crate::error::Error;
use crate::host::Core;
use crate::model::*;
use crate::store::{Change, Changeset, Expect, StoreError, Timer};

/// How many timers are turned into events at once.
const PAGE: u32 = 500;
/// The longest rest: what another process changed is found after it.
const MAX_REST: Duration = Duration::from_secs(1);

/// Watches the time until the host stops, and fires what is due.
pub(super) fn watch(core: Arc<Core>) {
    let mut seen = 0;
    loop {
        let fired = super::fire_due(&core).unwrap_or_else(|error| {
            tracing::error!(%error, "what is due could not be fired; it is tried again");
            0
        });
        let next = match next(&core) {
            _ if fired > 0 => Duration::ZERO,
            Ok(Some(due)) => core.clock.until(due),
            _ => MAX_REST,
        };
        // What is due and could not be fired must not spin.
        let rest = if fired == 0 {
            next.clamp(Duration::from_millis(20), MAX_REST)
        } else {
            next
        };
        if !core.dispatcher.rest(&mut seen, rest) {
            return;
        }
    }
}

fn next(core: &Core) -> Result<Option<Timestamp>, Error> {
    let waits = super::retry::next(core)?;
    let fires = core.store.next_due()?;
    // What is due already is taken up, or is as soon as there is room for it.
    let sends = core.store.outbox_next(core.clock.now())?;
    Ok(waits.into_iter().chain(fires).chain(sends).min())
}

/// Turns timers whose time has come into events, a page of them: whatever else is due has its turn
/// before the next page. Gives how many.
pub(super) fn fire(core: &Arc<Core>) -> Result<usize, Error> {
    let due = core.store.timers_due(core.clock.now(), PAGE)?;
    let (sender, results) = std::sync::mpsc::channel();
    for timer in due {
        if core.dispatcher.stopping() {
            break;
        }
        // The store commits together what it is given without a wait between.
        let sender = sender.clone();
        core.submit(fired(core, timer), move |_, result| {
            drop(sender.send(result));
        });
    }
    drop(sender);
    let (mut fired, mut fault) = (0, None);
    for result in results {
        match result {
            Ok(_) => fired += 1,
            // Another thread fired it, or it was set anew.
            Err(StoreError::Conflict(_)) => {}
            Err(error) => fault = Some(error),
        }
    }
    match fault {
        None => Ok(fired),
        Some(error) => Err(error.into()),
    }
}

/// What fires once is one event.
pub(crate) fn event_id(timer: &Timer) -> EventId {
    EventId(crate::ids::derived_at(
        timer.at,
        &[
            b"timer",
            timer.installation.as_str().as_bytes(),
            timer.customer.0.as_bytes(),
            timer.key.as_bytes(),
            &timer.at.as_millisecond().to_le_bytes(),
            timer
                .cause
                .map(|cause| *cause.0.as_bytes())
                .unwrap_or_default()
                .as_slice(),
        ],
    ))
}

/// The timer's event in the timer's place.
fn fired(core: &Core, timer: Timer) -> Changeset {
    let id = event_id(&timer);
    let mut changeset = Changeset::new();
    changeset.expect(Expect::TimerSet {
        installation: timer.installation.clone(),
        customer: timer.customer,
        key: timer.key.clone(),
        at: timer.at,
    });
    changeset.push(Change::ClearTimer {
        installation: timer.installation.clone(),
        customer: timer.customer,
        key: timer.key.clone(),
    });
    let event = NewEvent {
        id,
        customer: timer.customer,
        time: core.clock.now(),
        cause: timer.cause,
        // Time has passed in between: a plugin that wakes itself daily is no endless chain.
        depth: 0,
        data: EventData::TimerDue {
            installation: timer.installation,
            key: timer.key,
            payload: timer.payload,
        },
    };
    changeset.push(Change::AppendEvent {
        event,
        pending: true,
    });
    changeset
}
