use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use super::Dispatcher;
use super::dispatcher::Next;
use super::keyed_queue::{Job, Work};
use super::process::{Handled, give_up, process};
use crate::model::CustomerId;
use crate::store::{Precondition, StoreError};

/// Most waiting events that are loaded from the store at once.
const PAGE: u32 = 1000;
/// Most spilled events of one customer that are loaded at once.
const CUSTOMER_PAGE: u32 = 500;

/// Works until the host stops.
pub(super) fn work(dispatcher: &Arc<Dispatcher>) {
    loop {
        match dispatcher.next() {
            Next::Work(customer, Job::Work(work)) => handle(dispatcher, customer, work),
            Next::Work(customer, Job::Lock(lock)) => {
                // The holder releases the customer. If the caller gave up, the worker does.
                if lock.send(()).is_err() {
                    dispatcher.release(customer);
                }
            }
            Next::Load(after) => load(dispatcher, after),
            Next::LoadCustomer(customer, first, last) => {
                load_customer(dispatcher, customer, first, last);
            }
            Next::Stop => return,
        }
    }
}

fn load(dispatcher: &Dispatcher, after: u64) {
    match dispatcher.engine.store.pending(None, after, PAGE) {
        Ok(events) => {
            let complete = events.len() < PAGE as usize;
            dispatcher.refill(events, complete);
        }
        Err(error) => {
            tracing::error!(%error, "waiting events could not be loaded");
            dispatcher.refill_failed(error);
        }
    }
}

fn load_customer(dispatcher: &Dispatcher, customer: CustomerId, first: u64, last: u64) {
    let store = &dispatcher.engine.store;
    match store.pending(Some(customer), first - 1, CUSTOMER_PAGE) {
        Ok(mut events) => {
            let complete = events.len() < CUSTOMER_PAGE as usize;
            // Later events are spilled as well, or are taken up in the order of the log.
            events.retain(|event| event.seq <= last);
            let next = match events.last() {
                Some(event) if !complete => event.seq + 1,
                _ => last + 1,
            };
            dispatcher.refill_customer(customer, events, next);
        }
        Err(error) => {
            tracing::error!(%error, "waiting events could not be loaded");
            dispatcher.refill_failed(error);
        }
    }
}

fn handle(dispatcher: &Arc<Dispatcher>, customer: CustomerId, work: Work) {
    let engine = &dispatcher.engine;
    let handled = match catch_unwind(AssertUnwindSafe(|| process(engine, &work))) {
        Ok(Ok(handled)) => handled,
        Ok(Err(error)) => {
            tracing::error!(%error, "an event could not be handled");
            return failed(dispatcher, customer, work, Some(error));
        }
        Err(_) => {
            tracing::error!("the host panicked while it handled an event");
            return failed(dispatcher, customer, work, None);
        }
    };
    let Handled {
        changeset,
        deferred,
    } = handled;
    let Some(changeset) = changeset else {
        return finish(dispatcher, customer, &work);
    };
    let dispatcher = dispatcher.clone();
    engine.submit(changeset, move |result| match result {
        Ok(_) => {
            // Before the customer's next event starts, so that a caller who waits for idleness finds it done.
            let wake: Vec<bool> = deferred
                .iter()
                .map(|active| active.admission.note_deferred())
                .collect();
            if wake.contains(&true) {
                dispatcher.engine.alarm.ring();
            }
            finish(&dispatcher, customer, &work);
        }
        // The event was handled before, by a stopped host that was finishing, or was dropped.
        Err(StoreError::Conflict(Precondition::Pending(_) | Precondition::RetryEntry { .. })) => {
            finish(&dispatcher, customer, &work);
        }
        Err(StoreError::Conflict(expect)) => {
            // Another version was installed meanwhile, perhaps by another process. The ticker loads it.
            if let Precondition::Installation { .. } = expect {
                dispatcher.engine.alarm.ring();
            }
            dispatcher.repeat(customer, work);
        }
        Err(error) => {
            tracing::error!(%error, "an event could not be committed");
            failed(&dispatcher, customer, work, Some(error));
        }
    });
}

/// Tries an event again at which the host failed; `fault` is `None` after a panic. If the event itself seems to be the
/// cause, the number of tries is limited, so that the customer's later events are not held up for ever.
fn failed(
    dispatcher: &Arc<Dispatcher>,
    customer: CustomerId,
    work: Work,
    fault: Option<StoreError>,
) {
    let engine = &dispatcher.engine;
    // Other faults of the store concern every event, and pass.
    let caused_by_event = matches!(
        fault,
        None | Some(StoreError::Corrupt(_) | StoreError::Backend(_))
    );
    if !caused_by_event || dispatcher.count_failure(work.event().id) < engine.config.max_attempts {
        return dispatcher.stall(customer, work, fault);
    }
    let changeset = give_up(engine, &work, fault.as_ref());
    let dispatcher = dispatcher.clone();
    engine.submit(changeset, move |result| match result {
        Ok(_) | Err(StoreError::Conflict(_)) => {
            tracing::error!(
                "an event that cannot be handled is dead: see `regulars dead-letter list`"
            );
            finish(&dispatcher, customer, &work);
        }
        Err(error) => dispatcher.stall(customer, work, Some(error)),
    });
}

/// Ends work. After the last of a batch of deferred events, the ticker lets in more.
fn finish(dispatcher: &Dispatcher, customer: CustomerId, work: &Work) {
    dispatcher.finish(customer, work);
    if let Work::Retry(entry) = work
        && dispatcher.retrying(&entry.installation) == 0
        && let Some(active) = dispatcher.engine.plugins().get(&entry.installation)
        && active.admission.has_deferred()
    {
        dispatcher.engine.alarm.ring();
    }
}
