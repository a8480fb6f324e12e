//! Suppressed contact points.

use serde_json::json;

use super::{Host, validate};
use crate::error::Error;
use crate::model::*;
use crate::outbox::news_event;
use crate::store::{Change, Changeset};

impl Host {
    /// Suppresses a contact point, for every customer who has it. Their queued messages to it are cancelled before
    /// this returns. The suppression outlasts the contact point and the customer; see [`Host::unsuppress`].
    ///
    /// # Errors
    /// [`Error::Invalid`] where the value cannot be one of its kind.
    pub fn suppress(
        &self,
        point: &ContactPoint,
        reason: SuppressionReason,
        source: &str,
    ) -> Result<(), Error> {
        self.engine.check_open()?;
        validate::contact_point("", point)?;
        let mut changeset = Changeset::new();
        changeset.suppress(Suppression {
            kind: point.kind,
            hash: self.engine.hash(point),
            reason,
            at: self.now(),
            source: source.to_owned(),
        });
        changeset.push(self.act_of(
            Act::ContactSuppressed,
            hidden(point),
            json!({ "reason": reason }),
        ));
        self.engine.commit(changeset).map(drop)
    }

    /// Ends a suppression, because the owner of the contact point asked for it.
    pub fn unsuppress(&self, point: &ContactPoint) -> Result<(), Error> {
        self.engine.check_open()?;
        let hash = self.engine.hash(point);
        if self.engine.store.suppression(&hash)?.is_none() {
            return Err(Error::not_found(
                "suppression of this contact point,",
                hidden(point),
            ));
        }
        let mut changeset = Changeset::new();
        changeset.push(Change::Unsuppress(hash));
        changeset.push(self.act_of(Act::ContactReleased, hidden(point), json!({})));
        self.engine.commit(changeset).map(drop)
    }

    /// Returns the suppression of a contact point, if it has one.
    pub fn suppression(&self, point: &ContactPoint) -> Result<Option<Suppression>, Error> {
        let hash = self.engine.hash(point);
        Ok(self.engine.store.suppression(&hash)?)
    }

    /// The customer unsubscribed by a message: nothing is sent any more to the contact point that it went to.
    /// Doing it again changes nothing.
    ///
    /// # Errors
    /// [`Error::NotFound`] if there is no such message, or the contact point is not the customer's any more.
    pub fn unsubscribe(&self, message: MessageId, source: &str) -> Result<(), Error> {
        self.engine.check_open()?;
        let message = self.message(message)?;
        let gone = || Error::not_found("contact point of the message", message.id);
        let hash = message.point.ok_or_else(gone)?;
        if self.engine.store.suppression(&hash)?.is_some() {
            return Ok(());
        }
        let point = self
            .engine
            .contact_point(message.customer, &hash)?
            .ok_or_else(gone)?;
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
        changeset.suppress(Suppression {
            kind,
            hash,
            reason: SuppressionReason::Unsubscribed,
            at: now,
            source: source.to_owned(),
        });
        if let Some(message) = message {
            let event = EventId(self.engine.ids.next(now));
            let news = MessageNews::Unsubscribed;
            changeset.push(news_event(message, news, None, now, event));
        }
        self.engine.commit(changeset).map(drop)
    }
}

/// Returns the kind alone, because no address may be in the audit or in an error.
fn hidden(point: &ContactPoint) -> &'static str {
    point.kind.as_str()
}
