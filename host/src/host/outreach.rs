//! Queued messages, answers and complaints of a customer.

use super::{Host, validate};
use crate::error::Error;
use crate::model::*;
use crate::outbox::news_event;
use crate::store::{Change, Changeset, Precondition, StoreError};

impl Host {
    /// Returns a customer's complaints, newest first.
    pub fn complaints(&self, customer: CustomerId) -> Result<Vec<Complaint>, Error> {
        self.customer(customer)?;
        Ok(self.engine.store.complaints(customer)?)
    }

    /// Closes a complaint, so that the customer may be contacted again. Closing it twice changes nothing.
    ///
    /// # Errors
    /// [`Error::NotFound`] if the interaction is no complaint.
    pub fn close_complaint(
        &self,
        interaction: InteractionId,
        by: Option<String>,
        note: Option<String>,
    ) -> Result<Complaint, Error> {
        self.engine.check_open()?;
        validate::line("/closed_by", by.as_deref())?;
        validate::line("/note", note.as_deref())?;
        let found = self.engine.store.complaint(interaction)?;
        let found = found.ok_or_else(|| Error::not_found("complaint", interaction))?;
        if found.closed_at.is_some() {
            return Ok(found);
        }
        let now = super::interactions::to_millis(self.now());
        let mut changeset = Changeset::new();
        changeset.expect(Precondition::ComplaintOpen(interaction));
        changeset.push(Change::CloseComplaint {
            interaction,
            customer: found.customer,
            by: by.clone(),
            note: note.clone(),
            at: now,
        });
        match self.engine.commit(changeset) {
            Ok(_) => Ok(Complaint {
                closed_at: Some(now),
                closed_by: by,
                note,
                ..found
            }),
            // Another caller closed it first.
            Err(Error::Store(StoreError::Conflict(_))) => {
                let found = self.engine.store.complaint(interaction)?;
                found.ok_or_else(|| Error::not_found("complaint", interaction))
            }
            Err(error) => Err(error),
        }
    }

    /// Cancels a queued message.
    ///
    /// # Errors
    /// [`Error::Conflict`] if it is being sent, or has ended.
    pub fn cancel_message(&self, id: MessageId, why: &str) -> Result<Message, Error> {
        self.engine.check_open()?;
        validate::line("/why", Some(why))?;
        if why.trim().is_empty() {
            return Err(Error::invalid(
                "/why",
                "say in a few words why it is not to be sent",
            ));
        }
        let mut message = self.message(id)?;
        let mut changeset = Changeset::new();
        changeset.expect(Precondition::Message {
            message: id,
            state: MessageState::Queued,
            attempts: message.attempts,
            cancel: false,
        });
        message.state = MessageState::Cancelled;
        message.due_at = None;
        message.detail = Some(why.to_owned());
        changeset.push(Change::PutMessage(message.clone()));
        match self.engine.commit(changeset) {
            Ok(_) => Ok(message),
            Err(Error::Store(StoreError::Conflict(_))) => Err(Error::Conflict {
                what: "message",
                problem: "it does not wait any more: read it again to see what became of it"
                    .to_owned(),
            }),
            Err(error) => Err(error),
        }
    }

    /// Returns the event by which a plugin hears of an answer to its message: an inbound message names the answered
    /// one in its data.
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
        let message = self.engine.store.message(id)?;
        let message = message.filter(|message| message.customer == interaction.customer);
        Ok(message.map(|message| {
            let event = crate::ids::derived_at(now, &[b"answered", interaction.id.0.as_bytes()]);
            let news = MessageNews::Answered;
            let (interaction, event) = (Some(interaction.id), EventId(event));
            news_event(&message, news, interaction, now, event)
        }))
    }
}
