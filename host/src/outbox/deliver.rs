use std::panic::{AssertUnwindSafe, catch_unwind};

use jiff::SignedDuration;

use super::queue::Slot;
use super::recheck::{Decided, recheck};
use super::{Accepted, DESK, Envelope, Outbox, SendError, record};
use crate::error::Error;
use crate::model::*;
use crate::store::{Change, Changeset, StoreError};

/// The lease of a message that is being sent: longer than any channel may take.
const LEASE: SignedDuration = SignedDuration::from_mins(5);
/// The most decisions about one message, each after a conflict.
const CONFLICTS: usize = 100;

/// The result of taking a message up.
enum Lease<'a> {
    /// It is leased to this thread, with a slot at its channel.
    Leased(Box<Message>, Box<Customer>, Option<Slot<'a>>),
    /// It must not be sent now, or another thread sends it.
    Nothing,
    /// It waits for a slot at its channel.
    Waits,
}

impl Outbox {
    /// Queues due messages, as many as there is room for. Returns how many.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn take_due(&self) -> Result<usize, Error> {
        let Some(room) = self.queue.room() else {
            return Ok(0);
        };
        let now = self.engine.clock.now();
        let due = self
            .engine
            .store
            .outbox_due(now, room.most, &room.saturated)?;
        let more = due.len() >= room.most as usize;
        Ok(self.queue.push(due, more))
    }

    /// Sends messages until the host stops.
    pub(super) fn run(&self) {
        while let Some(id) = self.queue.next() {
            match catch_unwind(AssertUnwindSafe(|| self.deliver(id))) {
                // The message waits for a slot at its channel, and comes again.
                Ok(Ok(false)) => continue,
                Ok(Ok(true)) => self.queue.set_fault(None),
                Ok(Err(error)) => {
                    tracing::error!(message = %id, %error, "a message could not be handed over; it is tried again");
                    if let Error::Store(fault) = error {
                        self.queue.set_fault(Some(fault));
                    }
                }
                Err(_) => {
                    tracing::error!(message = %id, "handing a message over panicked; it is tried again in minutes");
                }
            }
            if self.queue.done(id) {
                self.engine.alarm.ring();
            }
        }
    }

    /// Returns false if the message waits for a slot at its channel.
    fn deliver(&self, id: MessageId) -> Result<bool, Error> {
        let (message, customer, _slot) = match self.lease(id)? {
            Lease::Leased(message, customer, slot) => (message, customer, slot),
            Lease::Nothing => return Ok(true),
            Lease::Waits => return Ok(false),
        };
        if message.channel.as_deref() == Some(DESK) {
            record::at_the_desk(&self.engine, *message)?;
            return Ok(true);
        }
        let sent = self.send(&message, &customer)?;
        match &sent {
            Ok(_) => tracing::debug!(message = %id, "a message was handed over"),
            // The errors of channels contain no addresses.
            Err(refusal) => tracing::warn!(message = %id, %refusal, "a message was not taken"),
        }
        record::outcome(&self.engine, *message, &sent)?;
        Ok(true)
    }

    /// Decides about a message again. If it may be sent now, leases it to this thread.
    fn lease(&self, id: MessageId) -> Result<Lease<'_>, Error> {
        let mut slot: Option<Slot<'_>> = None;
        for _ in 0..CONFLICTS {
            let now = self.engine.clock.now();
            let Some(mut message) = self.engine.store.message(id)? else {
                return Ok(Lease::Nothing);
            };
            // A message that is being sent is due when its lease ends.
            if message.state.is_final() || message.due_at.is_none_or(|due| due > now) {
                return Ok(Lease::Nothing);
            }
            // The route rarely changes, and a decision before the wait for a slot would be made in vain.
            if !self.has_slot(&mut slot, &message) {
                return Ok(Lease::Waits);
            }
            if message.state == MessageState::Sending {
                // Its lease has expired.
                message.unconfirmed_at = message.due_at;
                // It was the last attempt, or the message was cancelled meanwhile.
                if message.attempts >= record::ATTEMPTS || message.cancel.is_some() {
                    let lost =
                        "The last attempt ended before it was known what came of it.".to_owned();
                    record::outcome(&self.engine, message, &Err(SendError::Unknown(lost)))?;
                    return Ok(Lease::Nothing);
                }
            }
            let Some(Decided {
                customer,
                decision,
                preconditions,
            }) = recheck(&self.engine, &message)?
            else {
                return Ok(Lease::Nothing);
            };
            let mut changeset = Changeset::new();
            changeset.preconditions = preconditions;
            message.decision = decision;
            let goes = apply(&mut message, now);
            if goes && !self.has_slot(&mut slot, &message) {
                return Ok(Lease::Waits);
            }
            if goes {
                changeset.push(Change::LeaseMessage {
                    message: message.clone(),
                    until: now + LEASE,
                });
            } else {
                changeset.push(Change::PutMessage(message.clone()));
            }
            match self.engine.commit(changeset) {
                Ok(_) if goes => {
                    return Ok(Lease::Leased(Box::new(message), Box::new(customer), slot));
                }
                Ok(_) => return Ok(Lease::Nothing),
                // A precondition of the decision changed: decide again.
                Err(Error::Store(StoreError::Conflict(_))) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(Lease::Nothing)
    }

    /// Takes a slot at the message's channel. Returns false if the message waits for one.
    fn has_slot<'a>(&'a self, slot: &mut Option<Slot<'a>>, message: &Message) -> bool {
        let channel = message.channel.as_deref().unwrap_or_default();
        // The desk needs no slot: a card is opened at once.
        if channel == DESK || slot.as_ref().is_some_and(|slot| slot.channel == channel) {
            return true;
        }
        *slot = None;
        *slot = self.queue.enter(message.id, channel);
        slot.is_some()
    }

    fn send(
        &self,
        message: &Message,
        customer: &Customer,
    ) -> Result<Result<Accepted, SendError>, Error> {
        let engine = &self.engine;
        let name = message.channel.as_deref().unwrap_or_default();
        let Some(channel) = self.channels.get(name) else {
            let gone = format!("This host has no channel {name} any more.");
            return Ok(Err(SendError::Transient(gone)));
        };
        let to = match message.point {
            None => None,
            Some(hash) => match engine.contact_point(message.customer, &hash)? {
                Some(point) => Some(point),
                None => {
                    let gone = "The customer does not have this contact point any more.".to_owned();
                    return Ok(Err(SendError::Transient(gone)));
                }
            },
        };
        let envelope = Envelope {
            message: message.clone(),
            now: engine.clock.now(),
            attempt: message.attempts,
            unsubscribe: to
                .as_ref()
                .and_then(|to| engine.links.unsubscribe(message, to.kind)),
            to: to.map(|to| to.value),
            name: customer
                .given_name
                .clone()
                .or(customer.display_name.clone()),
            language: customer.language.clone(),
            page: engine.links.page(message.customer, engine.clock.now()),
        };
        Ok(self.pool.send(channel, envelope))
    }
}

/// Applies the decision to the message. Returns true if the message is to be sent now.
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
            // A message that would wait without an end is denied.
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
