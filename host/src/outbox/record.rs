use std::sync::Arc;

use serde_json::json;

use super::{Accepted, SendError, backoff};
use crate::error::Error;
use crate::host::Core;
use crate::model::*;
use crate::store::{Change, Changeset, Expect, StoreError};

/// Records the result of a send. Changes nothing if it has been recorded already.
pub(super) fn outcome(
    core: &Arc<Core>,
    mut message: Message,
    sent: &Result<Accepted, SendError>,
) -> Result<(), Error> {
    while !commit(core, written(core, message.clone(), sent)?)? {
        let known = core.store.message(message.id)?;
        let cancelled = known.filter(|known| {
            known.state == MessageState::Sending && known.attempts == message.attempts
        });
        // The message was cancelled meanwhile, or its result has been recorded already.
        match cancelled.and_then(|known| known.cancel) {
            Some(why) if message.cancel.is_none() => message.cancel = Some(why),
            _ => break,
        }
    }
    Ok(())
}

fn written(
    core: &Core,
    mut message: Message,
    sent: &Result<Accepted, SendError>,
) -> Result<Changeset, Error> {
    let now = core.clock.now();
    let mut changeset = expecting(&message);
    message.due_at = None;
    match sent {
        Ok(taken) => {
            message.detail = taken.detail.clone();
            sent_now(core, &mut changeset, &mut message, now);
        }
        Err(SendError::NoSuchPoint(detail)) => {
            message.detail = Some(detail.clone());
            if let Some(hash) = message.point {
                changeset.push(Change::MarkBounced { hash, at: now });
            }
            bounced(core, &mut changeset, &mut message, now);
        }
        Err(SendError::Permanent(detail)) => {
            message.detail = Some(detail.clone());
            bounced(core, &mut changeset, &mut message, now);
        }
        Err(SendError::Transient(detail)) => {
            message.detail = Some(detail.clone());
            not_taken(core, &mut changeset, &mut message, now);
        }
        Err(SendError::Unknown(detail)) => {
            message.detail = Some(detail.clone());
            message.unconfirmed_at = Some(now);
            not_taken(core, &mut changeset, &mut message, now);
        }
    }
    changeset.push(Change::PutMessage(message));
    Ok(changeset)
}

/// Delivers a message as a card at the desk. There is nothing to send: the card opens in the transaction that
/// records it.
pub(super) fn at_the_desk(core: &Arc<Core>, mut message: Message) -> Result<(), Error> {
    let now = core.clock.now();
    let leased = message.clone();
    let mut changeset = expecting(&message);
    changeset.push(Change::OpenCard(Card {
        id: CardId(derived(&message, b"card", message.created_at)),
        customer: message.customer,
        plugin: message.plugin.clone(),
        run: message.run,
        title: message.subject.clone(),
        body: message.body.clone(),
        action: None,
        because: message.because.clone(),
        created_at: now,
        expires_at: message.expires_at,
        state: CardState::Open,
    }));
    message.due_at = None;
    sent_now(core, &mut changeset, &mut message, now);
    changeset.push(Change::PutMessage(message));
    if commit(core, changeset)? {
        return Ok(());
    }
    // The message was cancelled before the card was opened.
    let late = "No card was opened.".to_owned();
    outcome(core, leased, &Err(SendError::Transient(late)))
}

/// Schedules a retry, unless the message was cancelled or has used up its attempts.
fn not_taken(core: &Core, changeset: &mut Changeset, message: &mut Message, now: Timestamp) {
    if let Some(why) = &message.cancel {
        message.state = MessageState::Cancelled;
        message.detail = Some(why.clone());
    } else if message.attempts < backoff::ATTEMPTS {
        message.state = MessageState::Queued;
        message.due_at = Some(now + backoff::after(message.attempts, message.id));
    } else {
        message.state = MessageState::Failed;
        let id = event_id(message, now);
        changeset.push(told(core, message, MessageNews::Failed, None, now, id));
    }
}

fn expecting(message: &Message) -> Changeset {
    let mut changeset = Changeset::new();
    changeset.expect(Expect::Message {
        message: message.id,
        state: message.state,
        attempts: message.attempts,
        cancel: message.cancel.is_some(),
    });
    changeset
}

/// Commits the changes. Returns false, and writes nothing, if a precondition fails.
fn commit(core: &Arc<Core>, changeset: Changeset) -> Result<bool, Error> {
    match core.commit(changeset) {
        Ok(_) => Ok(true),
        Err(Error::Store(StoreError::Conflict(_))) => Ok(false),
        Err(error) => Err(error),
    }
}

/// Records the message as sent: it joins the customer's history, and its plugin gets an event.
pub(crate) fn sent_now(
    core: &Core,
    changeset: &mut Changeset,
    message: &mut Message,
    now: Timestamp,
) {
    message.state = MessageState::Sent;
    message.sent_at = Some(now);
    // A possible duplicate delivery is still the same message.
    message.unconfirmed_at = None;
    let interaction = Interaction {
        id: InteractionId(derived(message, b"interaction", message.created_at)),
        customer: message.customer,
        kind: "message".to_owned(),
        direction: Direction::Outbound,
        occurred_at: now,
        channel: message.channel.clone(),
        subject: Some(message.subject.clone()),
        body: Some(message.body.clone()),
        data: json!({ "message": message.id, "plugin": message.plugin, "purpose": message.purpose }),
    };
    let id = interaction.id;
    changeset.push(Change::AppendInteraction {
        interaction: interaction.clone(),
        if_absent: true,
    });
    let recorded = EventData::InteractionRecorded { interaction };
    changeset.push(Change::AppendEvent {
        pending: crate::dispatch::wanted(&core.plugins(), &recorded),
        event: NewEvent {
            id: crate::ids::event_of(id),
            customer: message.customer,
            time: now,
            cause: None,
            depth: 1,
            data: recorded,
        },
    });
    let event = event_id(message, now);
    changeset.push(told(core, message, MessageNews::Sent, Some(id), now, event));
}

fn bounced(core: &Core, changeset: &mut Changeset, message: &mut Message, now: Timestamp) {
    message.state = MessageState::Bounced;
    let id = event_id(message, now);
    changeset.push(told(core, message, MessageNews::Bounced, None, now, id));
}

/// Returns the event that informs a plugin of its message's result.
pub(crate) fn told(
    core: &Core,
    message: &Message,
    news: MessageNews,
    interaction: Option<InteractionId>,
    now: Timestamp,
    id: EventId,
) -> Change {
    let data = EventData::Message {
        news,
        message: message.id,
        installation: message.plugin.clone(),
        purpose: message.purpose,
        topic: message.topic.clone(),
        channel: message.channel.clone(),
        dedupe_key: message.dedupe_key.clone(),
        interaction,
    };
    Change::AppendEvent {
        pending: crate::dispatch::wanted(&core.plugins(), &data),
        event: NewEvent {
            id,
            customer: message.customer,
            time: now,
            cause: None,
            // An event of a plugin caused this one, possibly weeks ago.
            depth: 1,
            data,
        },
    }
}

fn event_id(message: &Message, now: Timestamp) -> EventId {
    EventId(derived(message, b"told", now))
}

fn derived(message: &Message, what: &[u8], at: Timestamp) -> uuid::Uuid {
    let attempts = message.attempts.to_le_bytes();
    crate::ids::derived_at(at, &[b"message", what, message.id.0.as_bytes(), &attempts])
}
