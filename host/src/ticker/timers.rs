//! Firing of timers that plugins set.

use std::sync::Arc;

use crate::engine::{Engine, append_event, timer_event_id};
use crate::error::Error;
use crate::model::*;
use crate::store::{Change, Changeset, Precondition, StoreError, Timer};

/// The maximum number of timers that are turned into events at once.
const PAGE: u32 = 500;

/// Turns a page of due timers into events. Other due work comes before the next page. Returns the number of fired
/// timers.
pub(super) fn fire(engine: &Arc<Engine>) -> Result<usize, Error> {
    let due = engine.store.timers_due(engine.clock.now(), PAGE)?;
    let (sender, results) = std::sync::mpsc::channel();
    for timer in due {
        if engine.is_stopping() {
            break;
        }
        // All changesets are submitted before the first wait, so that the store can group them into one commit.
        let sender = sender.clone();
        engine.submit(fired(engine, timer), move |result| {
            drop(sender.send(result));
        });
    }
    drop(sender);
    let (mut fired, mut fault) = (0, None);
    for result in results {
        match result {
            Ok(_) => fired += 1,
            // Another thread fired it, or it was set again.
            Err(StoreError::Conflict(_)) => {}
            Err(error) => fault = Some(error),
        }
    }
    match fault {
        None => Ok(fired),
        Some(error) => Err(error.into()),
    }
}

/// Returns the changeset that replaces a timer by its event.
fn fired(engine: &Engine, timer: Timer) -> Changeset {
    let id = timer_event_id(&timer);
    let mut changeset = Changeset::new();
    changeset.expect(Precondition::TimerSet {
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
        time: engine.clock.now(),
        cause: timer.cause,
        // A timer starts a new chain at depth 0, so that a plugin can wake itself daily without reaching `max_depth`.
        depth: 0,
        data: EventData::TimerDue {
            installation: timer.installation,
            key: timer.key,
            payload: timer.payload,
        },
    };
    changeset.push(append_event(event));
    changeset
}
