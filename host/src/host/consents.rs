//! Customers' consents.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{Host, validate};
use crate::error::Error;
use crate::model::*;
use crate::store::{Change, Changeset, PageRequest};

/// A consent to be recorded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewConsent {
    pub kind: ContactKind,
    pub purpose: Purpose,
    pub state: ConsentState,
    /// The source: `staff`, or the name of a form. 1 to 64 characters on one line.
    #[cfg_attr(feature = "schema", schema(min_length = 1, max_length = 64))]
    pub source: String,
    /// The time at which it was given; now by default.
    #[serde(default, deserialize_with = "instant")]
    #[cfg_attr(feature = "schema", schema(value_type = Option<String>, format = DateTime))]
    pub at: Option<Timestamp>,
    #[serde(default)]
    #[cfg_attr(feature = "schema", schema(max_length = 200))]
    pub note: Option<String>,
}

impl NewConsent {
    /// Returns a consent given now, without a note.
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

    /// Returns the consent as it is stored.
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
    /// Returns a customer's consents, newest first.
    pub fn consents(
        &self,
        customer: CustomerId,
        page: PageRequest,
    ) -> Result<Page<Consent>, Error> {
        self.customer(customer)?;
        Ok(self.engine.store.consents(customer, page)?)
    }

    /// Records a consent. If the customer withdraws one, queued messages of that purpose are cancelled before this
    /// returns.
    ///
    /// # Errors
    /// [`Error::Invalid`] names the field.
    pub fn consent(&self, customer: CustomerId, new: NewConsent) -> Result<Consent, Error> {
        self.engine.check_open()?;
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
        self.engine.commit(changeset)?;
        Ok(consent)
    }
}
