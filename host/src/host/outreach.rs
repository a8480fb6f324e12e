//! What is on its way to a customer, what they answered, and what they complained of.

use super::{Host, validate};
use crate::error::Error;
use crate::model::*;
use crate::outbox::told;
use crate::store::{Change, Changeset, Expect, StoreError};

/// Everything but service: what stays in the outbox when a customer wants less.
pub(crate) const KEPT: &[Purpose] = &[Purpose::Service];

impl Host {
    /// A customer's complaints, newest first.
    pub fn complaints(&self, customer: CustomerId) -> Result<Vec<Complaint>, Error> {
        self.customer(customer)?;
        Ok(self.core.store.complaints(customer)?)
    }

    /// Closes a complaint: the customer may be contacted again as they want to be. Closing it again changes
    /// nothing.
    ///
    /// # Errors
    /// [`Error::NotFound`] where the interaction is no complaint.
    pub fn close_complaint(
        &self,
        interaction: InteractionId,
        by: Option<String>,
        note: Option<String>,
    ) -> Result<Complaint, Error> {
        self.core.open()?;
        validate::line("/closed_by", by.as_deref())?;
        validate::line("/note", note.as_deref())?;
        let found = self.core.store.complaint(interaction)?;
        let found = found.ok_or_else(|| Error::not_found("complaint", interaction))?;
        if found.closed_at.is_some() {
            return Ok(found);
        }
        let now = super::interactions::to_millis(self.now());
        let mut changeset = Changeset::new();
        changeset.expect(Expect::ComplaintOpen(interaction));
        changeset.push(Change::CloseComplaint {
            interaction,
            by: by.clone(),
            note: note.clone(),
            at: now,
        });
        match self.core.commit(changeset) {
            Ok(_) => Ok(Complaint {
                closed_at: Some(now),
                closed_by: by,
                note,
                ..found
            }),
            // Somebody was quicker.
            Err(Error::Store(StoreError::Conflict(_))) => {
                let found = self.core.store.complaint(interaction)?;
                found.ok_or_else(|| Error::not_found("complaint", interaction))
            }
            Err(error) => Err(error),
        }
    }

    /// Cancels a message that waits to be sent.
    ///
    /// # Errors
    /// [`Error::Conflict`] where it is being sent, or has come to its end.
    pub fn cancel_message(&self, id: MessageId, why: &str) -> Result<Message, Error> {
        self.core.open()?;
        validate::line("/why", Some(why))?;
        if why.trim().is_empty() {
            return Err(Error::invalid(
                "/why",
                "say in a few words why it is not to be sent",
            ));
        }
        let mut message = self.message(id)?;
        let mut changeset = Changeset::new();
        changeset.expect(Expect::Message {
            message: id,
            state: MessageState::Queued,
            attempts: message.attempts,
            cancel: false,
        });
        message.state = MessageState::Cancelled;
        message.due_at = None;
        message.detail = Some(why.to_owned());
        changeset.push(Change::PutMessage(message.clone()));
        match self.core.commit(changeset) {
            Ok(_) => Ok(message),
            Err(Error::Store(StoreError::Conflict(_))) => Err(Error::Conflict {
                what: "message",
                problem: "it does not wait any more: read it again to see what became of it"
                    .to_owned(),
            }),
            Err(error) => Err(error),
        }
    }

    /// Where an inbound message says in its data which message it answers, the plugin that proposed that one
    /// hears of it.
    pub(super) fn answers(
        &self,
        interaction: &Interaction,
        now: Timestamp,
    ) -> Result<Option<Change>, Error> {
        let answers = interaction.kind == "message" && interaction.direction == Direction::Inbound;
        let named = interaction.data.get("in_reply_to").and_then(Json::as_str);
        let Some(named) = named.filter(|_| answers) else {
            return Ok(None);
        };
        // As in the header of a mail: <id@domain>.
        let id = named.trim_start_matches('<').split('@').next();
        let Some(id) = id.and_then(|id| id.parse::<MessageId>().ok()) else {
            return Ok(None);
        };
        let message = self.core.store.message(id)?;
        let message = message.filter(|message| message.customer == interaction.customer);
        Ok(message.map(|message| {
            let event = crate::ids::derived_at(now, &[b"answered", interaction.id.0.as_bytes()]);
            let news = MessageNews::Answered;
            let (interaction, event) = (Some(interaction.id), EventId(event));
            told(&self.core, &message, news, interaction, now, event)
        }))
    }
}

/// What waits to be sent to a customer who wants less goes, but for service.
pub(crate) fn cancel(customer: CustomerId, why: &str) -> Change {
    Change::CancelMessages {
        customer,
        keep: KEPT.to_vec(),
        why: why.to_owned(),
    }
}
