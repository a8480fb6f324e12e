use std::sync::Arc;

use super::Host;
use crate::error::Error;
use crate::model::*;
use crate::store::{Change, Changeset, PageRequest};

impl Host {
    /// Another handle to the same host, whose administrative acts the audit puts down to `actor`.
    /// Without it they are those of the program that the host is part of.
    #[must_use]
    pub fn acting_as(&self, actor: Actor) -> Host {
        Host {
            actor: Arc::new(actor),
            ..self.clone()
        }
    }

    /// Administrative acts, newest first.
    pub fn audit(&self, page: PageRequest) -> Result<Page<AuditEntry>, Error> {
        Ok(self.engine.store.audit(page)?)
    }

    /// Puts down an act that no write of this host does by itself: an import that began, a backup.
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

    /// The entry for what a customer chose on their own page; none where somebody else acts. The audit is
    /// never erased: `details` has no words of anybody's.
    pub(crate) fn own_choice(&self, customer: CustomerId, details: Json) -> Option<Change> {
        matches!(*self.actor, Actor::Customer { .. })
            .then(|| self.act_of(Act::CustomerChose, customer.to_string(), details))
    }

    /// The entry for an act of this handle's actor: it goes into the changeset that does the act.
    pub(crate) fn act_of(&self, act: Act, subject: impl Into<String>, details: Json) -> Change {
        Change::Audit(AuditEntry {
            at: self.now(),
            actor: (*self.actor).clone(),
            act,
            subject: subject.into(),
            details,
        })
    }
}
