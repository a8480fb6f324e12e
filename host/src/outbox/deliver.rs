use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use jiff::SignedDuration;

use super::queue::Place;
use super::recheck::{Decided, decide};
use super::{Accepted, DESK, Envelope, SendError, backoff, record};
use crate::error::Error;
use crate::host::Core;
use crate::model::*;
use crate::store::{Change, Changeset, StoreError};

/// Duration of a message's lease. It exceeds the longest time limit of a channel.
const LEASE: SignedDuration = SignedDuration::from_mins(5);
/// Number of decisions after conflicts before the worker gives up.
const CONFLICTS: usize = 100;

/// Queues the due messages, as far as the queue has room. Returns their number.
pub(crate) fn fire(core: &Arc<Core>) -> Result<usize, Error> {
    let Some(room) = core.outbox.room() else {
        return Ok(0);
    };
    let due = core
        .store
        .outbox_due(core.clock.now(), room.most, &room.crowded)?;
    let more = due.len() >= room.most as usize;
    Ok(core.outbox.push(due, more))
}

/// Delivers queued messages until the host stops.
pub(crate) fn work(core: Arc<Core>) {
    while let Some(id) = core.outbox.next() {
        match catch_unwind(AssertUnwindSafe(|| deliver(&core, id))) {
            // The channel is at its limit: the queue returns the message later.
            Ok(Ok(false)) => continue,
            Ok(Ok(true)) => core.outbox.set_fault(None),
            Ok(Err(error)) => {
                tracing::error!(message = %id, %error, "a message could not be handed over; it is tried again");
                if let Error::Store(fault) = error {
                    core.outbox.set_fault(Some(fault));
                }
            }
            Err(_) => {
                tracing::error!(message = %id, "handing a message over panicked; it is tried again in minutes")
            }
        }
        if core.outbox.done(id) {
            core.dispatcher.wake();
        }
    }
}

/// Returns true if the message is done for now, and false if it waits for its channel.
fn deliver(core: &Arc<Core>, id: MessageId) -> Result<bool, Error> {
    let (message, customer, _place) = match lease(core, id)? {
        Taking::Leased(message, customer, place) => (message, customer, place),
        Taking::Nothing => return Ok(true),
        Taking::Waits => return Ok(false),
    };
    if message.channel.as_deref() == Some(DESK) {
        record::at_the_desk(core, *message)?;
        return Ok(true);
    }
    let sent = hand_over(core, &message, &customer)?;
    match &sent {
        Ok(_) => tracing::debug!(message = %id, "a message was handed over"),
        // Details of channels never contain addresses.
        Err(refusal) => tracing::warn!(message = %id, %refusal, "a message was not taken"),
    }
    record::outcome(core, *message, &sent)?;
    Ok(true)
}

/// The result of leasing a message.
enum Taking<'a> {
    /// The message is leased, with a slot of its channel.
    Leased(Box<Message>, Box<Customer>, Option<Place<'a>>),
    /// The message may not be sent now, or another worker has it.
    Nothing,
    /// The message waits for a slot of its channel.
    Waits,
}

/// Repeats the decision about a message and, if it may be sent now, leases it.
fn lease(core: &Arc<Core>, id: MessageId) -> Result<Taking<'_>, Error> {
    let mut place: Option<Place<'_>> = None;
    for _ in 0..CONFLICTS {
        let now = core.clock.now();
        let Some(mut message) = core.store.message(id)? else {
            return Ok(Taking::Nothing);
        };
        // A message that is being sent is due when its lease expires.
        if message.state.is_final() || message.due_at.is_none_or(|due| due > now) {
            return Ok(Taking::Nothing);
        }
        // The message usually keeps its channel. Without a free slot the decision would be in vain.
        if !placed(core, &mut place, &message) {
            return Ok(Taking::Waits);
        }
        if message.state == MessageState::Sending {
            // The worker that leased the message did not return.
            message.unconfirmed_at = message.due_at;
            // A message that crashes every attempt must not be retried endlessly.
            if message.attempts >= backoff::ATTEMPTS || message.cancel.is_some() {
                let lost = "The last attempt ended before it was known what came of it.".to_owned();
                record::outcome(core, message, &Err(SendError::Unknown(lost)))?;
                return Ok(Taking::Nothing);
            }
        }
        let Some(Decided {
            customer,
            decision,
            expects,
        }) = decide(core, &message)?
        else {
            return Ok(Taking::Nothing);
        };
        let mut changeset = Changeset::new();
        changeset.expects = expects;
        message.decision = decision;
        let goes = apply(&mut message, now);
        if goes && !placed(core, &mut place, &message) {
            return Ok(Taking::Waits);
        }
        if goes {
            changeset.push(Change::LeaseMessage {
                message: message.clone(),
                until: now + LEASE,
            });
        } else {
            changeset.push(Change::PutMessage(message.clone()));
        }
        match core.commit(changeset) {
            Ok(_) if goes => {
                return Ok(Taking::Leased(Box::new(message), Box::new(customer), place));
            }
            Ok(_) => return Ok(Taking::Nothing),
            // The data behind the decision changed: decide again.
            Err(Error::Store(StoreError::Conflict(_))) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(Taking::Nothing)
}

/// Takes a slot of the message's channel. Returns false, and lets the message wait, if none is free.
fn placed<'a>(core: &'a Core, place: &mut Option<Place<'a>>, message: &Message) -> bool {
    let channel = message.channel.as_deref().unwrap_or_default();
    // Cards need no slot.
    if channel == DESK || place.as_ref().is_some_and(|place| place.channel == channel) {
        return true;
    }
    *place = None;
    *place = core.outbox.enter(message.id, channel);
    place.is_some()
}

/// Applies the decision to the message. Returns true if it is sent now.
pub(crate) fn apply(message: &mut Message, now: Timestamp) -> bool {
    let why = |message: &Message, outcome: &VerdictOutcome| {
        let verdicts = message.decision.verdicts.iter();
        let mut said = verdicts.filter(|verdict| verdict.outcome == *outcome);
        said.next().map(|verdict| verdict.detail.to_string())
    };
    match message.decision.outcome.clone() {
        VerdictOutcome::Allow => {
            let route = message.decision.route.as_ref();
            message.channel = route.map(|route| route.channel.clone());
            message.point = route.and_then(|route| route.point);
            message.state = MessageState::Sending;
            message.attempts += 1;
            message.due_at = Some(now);
            message.detail = None;
            return true;
        }
        VerdictOutcome::Defer { until } => {
            message.state = MessageState::Queued;
            message.due_at = until;
            // A deferral without an end is a denial.
            if until.is_none() {
                message.state = MessageState::Denied;
            }
        }
        VerdictOutcome::Deny if message.expires_at.is_some_and(|expires| expires <= now) => {
            message.state = MessageState::Expired;
            message.due_at = None;
            message.detail = Some(
                "Its time was over before it could be sent; the verdicts say what held it back."
                    .to_owned(),
            );
        }
        VerdictOutcome::Deny => {
            message.state = MessageState::Denied;
            message.due_at = None;
            message.detail = why(message, &VerdictOutcome::Deny);
        }
        VerdictOutcome::HeldOut => {
            message.state = MessageState::HeldOut;
            message.due_at = None;
        }
    }
    false
}

fn hand_over(
    core: &Core,
    message: &Message,
    customer: &Customer,
) -> Result<Result<Accepted, SendError>, Error> {
    let name = message.channel.as_deref().unwrap_or_default();
    let Some(channel) = core.channels.get(name) else {
        let gone = format!("This host has no channel {name} any more.");
        return Ok(Err(SendError::Transient(gone)));
    };
    let to = match message.point {
        None => None,
        Some(hash) => match core.point(message.customer, &hash)? {
            Some(point) => Some(point),
            None => {
                let gone = "The customer does not have this contact point any more.".to_owned();
                return Ok(Err(SendError::Transient(gone)));
            }
        },
    };
    let envelope = Envelope {
        message: message.clone(),
        now: core.clock.now(),
        attempt: message.attempts,
        unsubscribe: to
            .as_ref()
            .and_then(|to| core.links.unsubscribe(message, to.kind)),
        to: to.map(|to| to.value),
        name: customer
            .given_name
            .clone()
            .or(customer.display_name.clone()),
        language: customer.language.clone(),
        page: core.links.page(message.customer, core.clock.now()),
    };
    Ok(core.send_pool.send(channel, envelope))
}

impl Core {
    /// Returns the customer's contact point with this hash.
    pub fn point(
        &self,
        customer: CustomerId,
        hash: &[u8; 32],
    ) -> Result<Option<ContactPoint>, StoreError> {
        let points = self.store.contact_points(customer)?;
        Ok(points.into_iter().find(|point| self.hash(point) == *hash))
    }
}
