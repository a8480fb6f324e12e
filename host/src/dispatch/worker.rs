use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use super::dispatcher::Next;
use super::lanes::{Job, Work};
use super::process::{Handled, give_up, process};
use crate::host::Core;
use crate::model::CustomerId;
use crate::store::{Expect, StoreError};

/// How many waiting events are loaded from the store at once.
const PAGE: u32 = 1000;
/// How many of one customer's are.
const LANE_PAGE: u32 = 500;

/// Works until the host stops.
pub(super) fn work(core: Arc<Core>) {
    loop {
        match core.dispatcher.next() {
            Next::Work(customer, Job::Work(work)) => handle(&core, customer, work),
            Next::Work(customer, Job::Turn(turn)) => {
                // Whoever has it says when it is over; where nobody waits for it any more, it is.
                if turn.send(()).is_err() {
                    core.dispatcher.done(customer);
                }
            }
            Next::Load(after) => match core.store.pending(after, PAGE) {
                Ok(events) => {
                    let complete = events.len() < PAGE as usize;
                    core.dispatcher.refill(events, complete);
                }
                Err(error) => {
                    tracing::error!(%error, "waiting events could not be loaded");
                    core.dispatcher.cannot_refill(error);
                }
            },
            Next::LoadLane(customer, first, last) => load_lane(&core, customer, first, last),
            Next::Stop => return,
        }
    }
}

fn load_lane(core: &Core, customer: CustomerId, first: u64, last: u64) {
    let loaded = core.store.pending_of(customer, first - 1, LANE_PAGE);
    match loaded {
        Ok(mut events) => {
            let complete = events.len() < LANE_PAGE as usize;
            // What came later is left out as well, or is still to be looked at in the order of the log.
            events.retain(|event| event.seq <= last);
            let next = match events.last() {
                Some(event) if !complete => event.seq + 1,
                _ => last + 1,
            };
            core.dispatcher.refill_lane(customer, events, next);
        }
        Err(error) => {
            tracing::error!(%error, "waiting events could not be loaded");
            core.dispatcher.cannot_refill(error);
        }
    }
}

fn handle(core: &Arc<Core>, customer: CustomerId, work: Work) {
    let handled = match catch_unwind(AssertUnwindSafe(|| process(core, &work))) {
        Ok(Ok(handled)) => handled,
        Ok(Err(error)) => {
            tracing::error!(%error, "an event could not be handled");
            return failed(core, customer, work, Some(error));
        }
        Err(_) => {
            tracing::error!("the host panicked while it handled an event");
            return failed(core, customer, work, None);
        }
    };
    let Handled { changeset, parked } = handled;
    let Some(changeset) = changeset else {
        return finish(core, customer, &work);
    };
    core.submit(changeset, move |core, result| match result {
        Ok(_) => {
            // Before the customer's next event comes: whoever waits for quiet finds it done.
            let tell: Vec<bool> = parked
                .iter()
                .map(|active| active.admission.note_deferred())
                .collect();
            if tell.contains(&true) {
                core.dispatcher.wake();
            }
            finish(core, customer, &work);
        }
        // Somebody handled it before: a stopped host that is finishing, or the event was dropped.
        Err(StoreError::Conflict(Expect::Pending(_) | Expect::Parked { .. })) => {
            finish(core, customer, &work);
        }
        Err(StoreError::Conflict(expect)) => {
            // Another version was installed meanwhile, perhaps by another process: the next try is with that one.
            if let Expect::Installation { .. } = expect {
                core.dispatcher.wake();
            }
            core.dispatcher.again(customer, work);
        }
        Err(error) => {
            tracing::error!(%error, "an event could not be committed");
            failed(core, customer, work, Some(error));
        }
    });
}

/// The host failed at an event; `fault` is none where it panicked. It is tried again. Where it seems to be
/// the event's fault, that has an end, so that what comes after it for this customer is not held up for ever.
fn failed(core: &Arc<Core>, customer: CustomerId, work: Work, fault: Option<StoreError>) {
    // What else the storage says of itself concerns every event, and passes.
    let its_own = matches!(
        fault,
        None | Some(StoreError::Corrupt(_) | StoreError::Backend(_))
    );
    if !its_own || core.dispatcher.failed(work.event().id) < core.config.max_attempts {
        return core.dispatcher.stall(customer, work, fault);
    }
    let changeset = give_up(core, &work, fault.as_ref());
    core.submit(changeset, move |core, result| match result {
        Ok(_) | Err(StoreError::Conflict(_)) => {
            tracing::error!(
                "an event that cannot be handled is dead: see `regulars dead-letter list`"
            );
            finish(core, customer, &work);
        }
        Err(error) => core.dispatcher.stall(customer, work, Some(error)),
    });
}

/// Where the last of those is done that were let in together, the watcher of time lets in more.
fn finish(core: &Arc<Core>, customer: CustomerId, work: &Work) {
    core.dispatcher.finish(customer, work);
    if let Work::Retry(parked) = work
        && core.dispatcher.retrying(&parked.installation) == 0
        && let Some(active) = core.plugins().get(&parked.installation)
        && active.admission.has_deferred()
    {
        core.dispatcher.wake();
    }
}
