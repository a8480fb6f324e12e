use std::sync::Arc;

use jiff::SignedDuration;
use serde_json::json;

use super::{Accepted, SendError};
use crate::backoff::Backoff;
use crate::engine::{Engine, append_event};
use crate::error::Error;
use crate::model::*;
use crate::store::{Change, Changeset, Precondition, StoreError};

/// The most attempts at one message: they take some nine hours.
pub(super) const ATTEMPTS: u32 = 8;
/// 30 s, then four times as long each time, up to 4 h.
const BACKOFF: Backoff = Backoff {
    first: SignedDuration::from_secs(30),
    factor: 4,
    longest: SignedDuration::from_hours(4),
};

/// Records the result of sending a message. If another thread recorded one, this changes nothing.
pub(super) fn outcome(
    engine: &Arc<Engine>,
    mut message: Message,
    sent: &Result<Accepted, SendError>,
) -> Result<(), Error> {
    while !commit(engine, written(engine, message.clone(), sent))? {
        let known = engine.store.message(message.id)?;
        let cancelled = known.filter(|known| {
            known.state == MessageState::Sending && known.attempts == message.attempts
        });
        // The message was cancelled meanwhile, or another thread has recorded its result.
        match cancelled.and_then(|known| known.cancel) {
            Some(why) if message.cancel.is_none() => message.cancel = Some(why),
            _ => break,
        }
    }
    Ok(())
}

fn written(engine: &Engine, mut message: Message, sent: &Result<Accepted, SendError>) -> Changeset {
    let now = engine.clock.now();
    let mut changeset = expecting(&message);
    message.due_at = None;
    match sent {
        Ok(taken) => {
            message.detail = taken.detail.clone();
            record_sent(&mut changeset, &mut message, now);
        }
        Err(SendError::NoSuchPoint(detail)) => {
            message.detail = Some(detail.clone());
            if let Some(hash) = message.point {
                changeset.push(Change::MarkBounced { hash, at: now });
            }
            bounced(&mut changeset, &mut message, now);
        }
        Err(SendError::Permanent(detail)) => {
            message.detail = Some(detail.clone());
            bounced(&mut changeset, &mut message, now);
        }
        Err(SendError::Transient(detail)) => {
            message.detail = Some(detail.clone());
            not_taken(&mut changeset, &mut message, now);
        }
        Err(SendError::Unknown(detail)) => {
            message.detail = Some(detail.clone());
            message.unconfirmed_at = Some(now);
            not_taken(&mut changeset, &mut message, now);
        }
    }
    changeset.push(Change::PutMessage(message));
    changeset
}

/// Opens a card at the desk, in the transaction that records the message as sent.
pub(super) fn at_the_desk(engine: &Arc<Engine>, mut message: Message) -> Result<(), Error> {
    let now = engine.clock.now();
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
    record_sent(&mut changeset, &mut message, now);
    changeset.push(Change::PutMessage(message));
    if commit(engine, changeset)? {
        return Ok(());
    }
    // The message was cancelled before the card was opened.
    let late = "No card was opened.".to_owned();
    outcome(engine, leased, &Err(SendError::Transient(late)))
}

/// Queues a message for another attempt, unless it was cancelled or this was the last attempt.
fn not_taken(changeset: &mut Changeset, message: &mut Message, now: Timestamp) {
    if let Some(why) = &message.cancel {
        message.state = MessageState::Cancelled;
        message.detail = Some(why.clone());
    } else if message.attempts < ATTEMPTS {
        message.state = MessageState::Queued;
        let parts: [&[u8]; 2] = [message.id.0.as_bytes(), &message.attempts.to_le_bytes()];
        message.due_at = Some(now + BACKOFF.spread_after(message.attempts, &parts));
    } else {
        message.state = MessageState::Failed;
        let id = event_id(message, now);
        changeset.push(news_event(message, MessageNews::Failed, None, now, id));
    }
}

fn expecting(message: &Message) -> Changeset {
    let mut changeset = Changeset::new();
    changeset.expect(Precondition::Message {
        message: message.id,
        state: message.state,
        attempts: message.attempts,
        cancel: message.cancel.is_some(),
    });
    changeset
}

/// Returns false if a precondition does not hold.
fn commit(engine: &Arc<Engine>, changeset: Changeset) -> Result<bool, Error> {
    match engine.commit(changeset) {
        Ok(_) => Ok(true),
        Err(Error::Store(StoreError::Conflict(_))) => Ok(false),
        Err(error) => Err(error),
    }
}

/// Records a message as sent: adds it to the customer's history, and tells its plugin.
pub(crate) fn record_sent(changeset: &mut Changeset, message: &mut Message, now: Timestamp) {
    message.state = MessageState::Sent;
    message.sent_at = Some(now);
    // An earlier, unconfirmed attempt no longer matters.
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
    changeset.append_interaction_if_absent(interaction.clone());
    let recorded = EventData::InteractionRecorded { interaction };
    changeset.push(append_event(NewEvent {
        id: crate::ids::event_of(id),
        customer: message.customer,
        time: now,
        cause: None,
        depth: 1,
        data: recorded,
    }));
    let event = event_id(message, now);
    changeset.push(news_event(message, MessageNews::Sent, Some(id), now, event));
}

fn bounced(changeset: &mut Changeset, message: &mut Message, now: Timestamp) {
    message.state = MessageState::Bounced;
    let id = event_id(message, now);
    changeset.push(news_event(message, MessageNews::Bounced, None, now, id));
}

/// Returns the change that appends the event by which a plugin hears of its message.
pub(crate) fn news_event(
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
    append_event(NewEvent {
        id,
        customer: message.customer,
        time: now,
        cause: None,
        // The message was a plugin's effect, perhaps weeks ago.
        depth: 1,
        data,
    })
}

fn event_id(message: &Message, now: Timestamp) -> EventId {
    EventId(derived(message, b"told", now))
}

fn derived(message: &Message, what: &[u8], at: Timestamp) -> uuid::Uuid {
    let attempts = message.attempts.to_le_bytes();
    crate::ids::derived_at(at, &[b"message", what, message.id.0.as_bytes(), &attempts])
}
