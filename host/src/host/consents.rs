//! What customers said about being contacted.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{Host, validate};
use crate::error::Error;
use crate::model::*;
use crate::store::{Change, Changeset, PageRequest};

/// What a customer said about being contacted, to be recorded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewConsent {
    pub kind: ContactKind,
    pub purpose: Purpose,
    pub state: ConsentState,
    /// Where it was said: `staff`, the name of a form. 1 to 64 characters on one line.
    #[cfg_attr(feature = "schema", schema(min_length = 1, max_length = 64))]
    pub source: String,
    /// When it was said; now where it is not given.
    #[serde(default, deserialize_with = "instant")]
    #[cfg_attr(feature = "schema", schema(value_type = Option<String>, format = DateTime))]
    pub at: Option<Timestamp>,
    #[serde(default)]
    #[cfg_attr(feature = "schema", schema(max_length = 200))]
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
}
