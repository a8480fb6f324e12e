//! Contact points that nothing is sent to any more, whoever has them.

use serde_json::json;

use super::{Core, Host, validate};
use crate::error::Error;
use crate::model::*;
use crate::outbox::told;
use crate::store::{Change, Changeset};

impl Host {
    /// Ends all messages to a contact point, whoever has it. What waits to be sent to them is cancelled before
    /// this returns. It outlasts the contact point and the customer; see [`Host::unsuppress`].
    ///
    /// # Errors
    /// [`Error::Invalid`] where the value cannot be one of its kind.
    pub fn suppress(
        &self,
        point: &ContactPoint,
        reason: SuppressionReason,
        source: &str,
    ) -> Result<(), Error> {
        self.core.open()?;
        validate::contact_point("", point)?;
        let mut changeset = Changeset::new();
        changeset.push(Change::Suppress(Suppression {
            kind: point.kind,
            hash: self.core.hash(point),
            reason,
            at: self.now(),
            source: source.to_owned(),
        }));
        changeset.push(self.act_of(
            Act::ContactSuppressed,
            hidden(point),
            json!({ "reason": reason }),
        ));
        self.core.commit(changeset).map(drop)
    }

    /// Lets a contact point be written to again, because whoever it belongs to asked for it.
    pub fn unsuppress(&self, point: &ContactPoint) -> Result<(), Error> {
        self.core.open()?;
        let hash = self.core.hash(point);
        if self.core.store.suppression(&hash)?.is_none() {
            return Err(Error::not_found(
                "suppression of this contact point,",
                hidden(point),
            ));
        }
        let mut changeset = Changeset::new();
        changeset.push(Change::Unsuppress(hash));
        changeset.push(self.act_of(Act::ContactReleased, hidden(point), json!({})));
        self.core.commit(changeset).map(drop)
    }

    /// Whether nothing is sent to a contact point, and why.
    pub fn suppression(&self, point: &ContactPoint) -> Result<Option<Suppression>, Error> {
        let hash = self.core.hash(point);
        Ok(self.core.store.suppression(&hash)?)
    }

    /// The customer unsubscribed by a message: nothing is sent any more to the contact point that it went to.
    /// Doing it again changes nothing.
    ///
    /// # Errors
    /// [`Error::NotFound`] where there is no such message, or the contact point is not the customer's any more.
    pub fn unsubscribe(&self, message: MessageId, source: &str) -> Result<(), Error> {
        self.core.open()?;
        let message = self.message(message)?;
        let gone = || Error::not_found("contact point of the message", message.id);
        let hash = message.point.ok_or_else(gone)?;
        if self.core.store.suppression(&hash)?.is_some() {
            return Ok(());
        }
        let point = self.core.point(message.customer, &hash)?.ok_or_else(gone)?;
        self.end_messages_to(point.kind, hash, Some(&message), source)
    }

    /// Suppresses a contact point because of a click in a message; none where the message says nothing of a
    /// customer any more.
    pub(super) fn end_messages_to(
        &self,
        kind: ContactKind,
        hash: [u8; 32],
        message: Option<&Message>,
        source: &str,
    ) -> Result<(), Error> {
        let now = self.now();
        let mut changeset = Changeset::new();
        if let Some(message) = message {
            let chosen = json!({ "unsubscribed": kind });
            let choice = self.own_choice(message.customer, chosen);
            changeset.changes.extend(choice);
        }
        changeset.push(Change::Suppress(Suppression {
            kind,
            hash,
            reason: SuppressionReason::Unsubscribed,
            at: now,
            source: source.to_owned(),
        }));
        if let Some(message) = message {
            let event = EventId(self.core.ids.next(now));
            let news = MessageNews::Unsubscribed;
            changeset.push(told(&self.core, message, news, None, now, event));
        }
        self.core.commit(changeset).map(drop)
    }
}

impl Core {
    /// What a contact point is known by where no address may be: see [`Suppression::hash`].
    pub fn hash(&self, point: &ContactPoint) -> [u8; 32] {
        crate::contact::hash(&self.points_key, point.kind, &point.value)
    }
}

/// The kind alone: no address goes into the audit, or into an answer that may be logged.
fn hidden(point: &ContactPoint) -> &'static str {
    point.kind.as_str()
}
