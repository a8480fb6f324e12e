//! What customers said about being contacted, and what that does to what is on its way to them.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{Core, Host, validate};
use crate::error::Error;
use crate::model::*;
use crate::outbox::told;
use crate::store::{Change, Changeset, Expect, PageRequest, StoreError};

/// How often a change is tried again because another one came before.
const MAX_CONFLICTS: usize = 100;

/// Everything but service: what stays in the outbox when a customer wants less.
pub(crate) const KEPT: &[Purpose] = &[Purpose::Service];

/// What a customer said about being contacted, to be recorded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "http", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewConsent {
    pub kind: ContactKind,
    pub purpose: Purpose,
    pub state: ConsentState,
    /// Where it was said: `staff`, the name of a form. 1 to 64 characters on one line.
    #[cfg_attr(feature = "http", schema(min_length = 1, max_length = 64))]
    pub source: String,
    /// When it was said; now where it is not given.
    #[serde(default, deserialize_with = "instant")]
    #[cfg_attr(feature = "http", schema(value_type = Option<String>, format = DateTime))]
    pub at: Option<Timestamp>,
    #[serde(default)]
    #[cfg_attr(feature = "http", schema(max_length = 200))]
    pub note: Option<String>,
}

impl NewConsent {
    /// Said now, without a note.
    pub fn new(
        kind: ContactKind,
        purpose: Purpose,
        state: ConsentState,
        source: impl Into<String>,
    ) -> NewConsent {
        NewConsent {
            kind,
            purpose,
            state,
            source: source.into(),
            at: None,
            note: None,
        }
    }

    pub(super) fn check(&self, now: Timestamp) -> Result<(), Error> {
        validate::labels("/source", std::iter::once(&self.source))?;
        validate::line("/note", self.note.as_deref())?;
        if self.at.is_some_and(|at| at > now) {
            return Err(Error::invalid("/at", "it lies in the future"));
        }
        Ok(())
    }

    /// As it is recorded.
    pub(super) fn of(self, customer: CustomerId, now: Timestamp) -> Result<Consent, Error> {
        self.check(now)?;
        Ok(Consent {
            customer,
            kind: self.kind,
            purpose: self.purpose,
            state: self.state,
            at: super::interactions::to_millis(self.at.unwrap_or(now)),
            source: self.source,
            note: self.note,
        })
    }
}

impl Host {
    /// # Errors
    /// [`Error::NotFound`].
    pub fn preferences(&self, customer: CustomerId) -> Result<Preferences, Error> {
        self.customer(customer)?;
        Ok(self.core.store.preferences(customer)?)
    }

    /// Replaces how a customer wants to be contacted. Where they want less than before, what waits to be sent
    /// to them, but for service, is cancelled before this returns.
    ///
    /// # Errors
    /// [`Error::Invalid`] names the field.
    pub fn set_preferences(
        &self,
        customer: CustomerId,
        preferences: Preferences,
    ) -> Result<Preferences, Error> {
        self.change_preferences(customer, |it| *it = preferences.clone())
    }

    /// [`Host::set_preferences`], of what is changed alone: what somebody else changes at the same time stays.
    /// `change` is called again where somebody was quicker.
    ///
    /// # Errors
    /// [`Error::Invalid`] names the field; [`Error::Conflict`] where others change them all the time.
    pub fn change_preferences(
        &self,
        customer: CustomerId,
        mut change: impl FnMut(&mut Preferences),
    ) -> Result<Preferences, Error> {
        self.core.open()?;
        for _ in 0..MAX_CONFLICTS {
            let found = self.core.outreach(customer, self.now(), None)?;
            let (_, known) = found.ok_or_else(|| self.core.no_customer(customer))?;
            let before = Preferences {
                paused_until: known.paused_until,
                channels: known.channels,
            };
            let mut preferences = before.clone();
            change(&mut preferences);
            validate::labels("/channels", preferences.channels.iter().flatten())?;
            if before == preferences {
                return Ok(preferences);
            }
            let mut changeset = self.preferring(customer, &before, &preferences);
            changeset.expect(Expect::Contact {
                customer,
                version: known.version,
            });
            match self.core.commit(changeset) {
                Err(Error::Store(StoreError::Conflict(_))) => {}
                other => return other.map(|_| preferences),
            }
        }
        Err(Error::Conflict {
            what: "customer",
            problem: "others change how they want to be contacted all the time: try again"
                .to_owned(),
        })
    }

    fn preferring(
        &self,
        customer: CustomerId,
        before: &Preferences,
        preferences: &Preferences,
    ) -> Changeset {
        let mut changeset = Changeset::new();
        changeset.push(Change::PutPreferences {
            customer,
            preferences: preferences.clone(),
        });
        let paused = preferences.paused_until > before.paused_until
            && preferences.paused_until > Some(self.now());
        if paused {
            changeset.push(cancel(customer, "The customer asked for a pause."));
        } else if narrower(before.channels.as_ref(), preferences.channels.as_ref()) {
            changeset.push(cancel(customer, "The customer wants fewer channels."));
        }
        let chosen = json!({
            "paused_until": preferences.paused_until, "channels": preferences.channels,
        });
        changeset.changes.extend(self.own_choice(customer, chosen));
        changeset.push(self.changed(customer, "preferences"));
        changeset
    }

    /// Everything that a customer said about being contacted, newest first.
    pub fn consents(
        &self,
        customer: CustomerId,
        page: PageRequest,
    ) -> Result<Page<Consent>, Error> {
        self.customer(customer)?;
        Ok(self.core.store.consents(customer, page)?)
    }

    /// Records what a customer said. Where they withdraw a consent, what waits to be sent to them for that
    /// purpose is cancelled before this returns.
    ///
    /// # Errors
    /// [`Error::Invalid`] names the field.
    pub fn consent(&self, customer: CustomerId, new: NewConsent) -> Result<Consent, Error> {
        self.core.open()?;
        self.customer(customer)?;
        let consent = new.of(customer, self.now())?;
        let mut changeset = Changeset::new();
        changeset.push(Change::AppendConsent(consent.clone()));
        let chosen = json!({
            "kind": consent.kind, "purpose": consent.purpose, "consent": consent.state,
        });
        changeset.changes.extend(self.own_choice(customer, chosen));
        if consent.state == ConsentState::Withdrawn {
            let others = Purpose::ALL.iter().copied();
            changeset.push(Change::CancelMessages {
                customer,
                keep: others.filter(|it| *it != consent.purpose).collect(),
                why: "The customer withdrew their consent.".to_owned(),
            });
        }
        self.core.commit(changeset)?;
        Ok(consent)
    }

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

    fn changed(&self, customer: CustomerId, field: &str) -> Change {
        let fields = vec![field.to_owned()];
        self.event(customer, EventData::CustomerChanged { fields })
    }
}

impl Core {
    /// What a contact point is known by where no address may be: see [`Suppression::hash`].
    pub fn hash(&self, point: &ContactPoint) -> [u8; 32] {
        crate::contact::hash(&self.points_key, point.kind, &point.value)
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

fn narrower(before: Option<&BTreeSet<String>>, after: Option<&BTreeSet<String>>) -> bool {
    match (before, after) {
        (_, None) => false,
        (None, Some(_)) => true,
        (Some(before), Some(after)) => !before.is_subset(after),
    }
}

/// The kind alone: no address goes into the audit, or into an answer that may be logged.
fn hidden(point: &ContactPoint) -> &'static str {
    point.kind.as_str()
}
