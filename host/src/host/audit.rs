use std::sync::Arc;

use super::Host;
use crate::error::Error;
use crate::model::*;
use crate::store::{Change, Changeset, PageRequest};

impl Host {
    /// Returns another handle to the same host. The audit attributes administrative acts through it to `actor`.
    #[must_use]
    pub fn acting_as(&self, actor: Actor) -> Host {
        Host {
            actor: Arc::new(actor),
            ..self.clone()
        }
    }

    /// Returns administrative acts, newest first.
    pub fn audit(&self, page: PageRequest) -> Result<Page<AuditEntry>, Error> {
        Ok(self.engine.store.audit(page)?)
    }

    /// Records an act that no write of this host records by itself: the start of an import, a backup.
    ///
    /// # Errors
    /// [`Error::Store`] where the storage failed.
    pub fn note_act(
        &self,
        act: Act,
        subject: impl Into<String>,
        details: Json,
    ) -> Result<(), Error> {
        let mut changeset = Changeset::new();
        changeset.push(self.act_of(act, subject, details));
        self.engine.commit(changeset).map(drop)
    }

    /// Returns the entry for a customer's choice on their own page. `None` for other actors. The audit is never
    /// erased, so `details` must not hold anyone's words.
    pub(super) fn own_choice(&self, customer: CustomerId, details: Json) -> Option<Change> {
        matches!(*self.actor, Actor::Customer { .. })
            .then(|| self.act_of(Act::CustomerChose, customer.to_string(), details))
    }

    /// Returns the entry for an act of this handle's actor, for the changeset that does the act.
    pub(super) fn act_of(&self, act: Act, subject: impl Into<String>, details: Json) -> Change {
        Change::Audit(AuditEntry {
            at: self.now(),
            actor: (*self.actor).clone(),
            act,
            subject: subject.into(),
            details,
        })
    }
}
