use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use super::dispatcher::Next;
use super::lanes::{Job, Work};
use super::process::process;
use crate::host::Core;
use crate::model::CustomerId;
use crate::store::StoreError;

/// How many waiting events are loaded from the store at once.
const PAGE: u32 = 1000;

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
            Next::Stop => return,
        }
    }
}

fn handle(core: &Arc<Core>, customer: CustomerId, work: Work) {
    let changeset = match catch_unwind(AssertUnwindSafe(|| process(core, &work))) {
        Ok(Ok(changeset)) => changeset,
        Ok(Err(error)) => {
            tracing::error!(%error, "an event could not be handled; it is tried again");
            return core.dispatcher.stall(customer, work, Some(error));
        }
        Err(_) => {
            tracing::error!("the host panicked while it handled an event; it is tried again");
            return core.dispatcher.stall(customer, work, None);
        }
    };
    core.submit(changeset, move |core, result| match result {
        Ok(_) => core.dispatcher.finish(customer, &work),
        // Somebody handled it before: a stopped host that is finishing, or the event was dropped.
        Err(StoreError::Conflict(
            crate::store::Expect::Pending(_) | crate::store::Expect::Parked { .. },
        )) => core.dispatcher.finish(customer, &work),
        Err(StoreError::Conflict(_)) => core.dispatcher.again(customer, work),
        Err(error) => {
            tracing::error!(%error, "an event could not be committed; it is tried again");
            core.dispatcher.stall(customer, work, Some(error));
        }
    });
}
