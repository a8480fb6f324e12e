use std::sync::Arc;

use jiff::SignedDuration;
use serde_json::json;

use super::{Refusal, Taken};
use crate::backoff::Backoff;
use crate::error::Error;
use crate::host::Core;
use crate::model::*;
use crate::store::{Change, Changeset, Expect, StoreError};

/// The most attempts at one message: they take some nine hours.
pub(super) const ATTEMPTS: u32 = 8;
/// 30 s, then four times as long each time, up to 4 h.
const BACKOFF: Backoff = Backoff {
    first: SignedDuration::from_secs(30),
    factor: 4,
    longest: SignedDuration::from_hours(4),
};

/// Records what came of handing a message over. Where somebody else did, this changes nothing.
pub(super) fn outcome(
    core: &Arc<Core>,
    mut message: Message,
    sent: &Result<Taken, Refusal>,
) -> Result<(), Error> {
    while !commit(core, written(core, message.clone(), sent)?)? {
        let known = core.store.message(message.id)?;
        let cancelled = known.filter(|known| {
            known.state == MessageState::Sending && known.attempts == message.attempts
        });
        // The customer wanted less in the meantime, or somebody else has recorded it.
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
    sent: &Result<Taken, Refusal>,
) -> Result<Changeset, Error> {
    let now = core.clock.now();
    let mut changeset = expecting(&message);
    message.due_at = None;
    match sent {
        Ok(taken) => {
            message.detail = taken.detail.clone();
            sent_now(core, &mut changeset, &mut message, now);
        }
        Err(Refusal::NoSuchPoint(detail)) => {
            message.detail = Some(detail.clone());
            if let Some(hash) = message.point {
                changeset.push(Change::MarkBounced { hash, at: now });
            }
            bounced(core, &mut changeset, &mut message, now);
        }
        Err(Refusal::Permanent(detail)) => {
            message.detail = Some(detail.clone());
            bounced(core, &mut changeset, &mut message, now);
        }
        Err(Refusal::Transient(detail)) => {
            message.detail = Some(detail.clone());
            not_taken(core, &mut changeset, &mut message, now);
        }
        Err(Refusal::Unknown(detail)) => {
            message.detail = Some(detail.clone());
            message.unconfirmed_at = Some(now);
            not_taken(core, &mut changeset, &mut message, now);
        }
    }
    changeset.push(Change::PutMessage(message));
    Ok(changeset)
}

/// A card at the desk: there is nothing to hand over, so it is open in the transaction that records it.
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
    // The customer wanted less before the card was there.
    let late = "No card was opened.".to_owned();
    outcome(core, leased, &Err(Refusal::Transient(late)))
}

/// It is tried again, as long as the customer still wants it and it was not tried often enough.
fn not_taken(core: &Core, changeset: &mut Changeset, message: &mut Message, now: Timestamp) {
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

/// Gives whether everything was as expected, and is written.
fn commit(core: &Arc<Core>, changeset: Changeset) -> Result<bool, Error> {
    match core.commit(changeset) {
        Ok(_) => Ok(true),
        Err(Error::Store(StoreError::Conflict(_))) => Ok(false),
        Err(error) => Err(error),
    }
}

/// It is sent: it stands in the customer's history, and its plugin hears of it.
pub(crate) fn sent_now(
    core: &Core,
    changeset: &mut Changeset,
    message: &mut Message,
    now: Timestamp,
) {
    message.state = MessageState::Sent;
    message.sent_at = Some(now);
    // Whether an earlier attempt arrived too makes no other message of it.
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

/// The event that tells a plugin what became of its message.
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
            // Something a plugin did is behind it; weeks may lie between.
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
