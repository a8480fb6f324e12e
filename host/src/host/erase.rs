use serde_json::json;

use super::{Host, validate};
use crate::engine::append_event;
use crate::error::Error;
use crate::model::*;
use crate::plugin_set::CUSTOMER_ERASED;
use crate::store::{Change, Changeset, Erasure, Precondition, StoreError};

impl Host {
    /// Erases a customer in one transaction: names, contact points, bodies and all free text, cards, questions, tasks,
    /// proposals, transcripts and plugins' memories of them. Queued messages are cancelled, and running work for the
    /// customer has no effect. When this returns, neither the file nor its journal holds the data, except as
    /// [`Erased`] says. Earlier backups still hold it.
    ///
    /// The id stays as a pseudonym, and is refused from then on with [`Error::Erased`]. Counts stay: kinds and times of
    /// interactions, states and times of messages, outcomes and costs of runs. Contact points that no other customer has
    /// are suppressed for good, as keyed hashes. `source` names where the erasure was requested: `staff`, `own-page`;
    /// never a name.
    ///
    /// Followers of the event log receive `customer.erased`, plugins do not. Erasing again changes nothing.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Invalid`] if `source` is not 1 to 64 characters on one line.
    pub fn erase_customer(&self, id: CustomerId, source: &str) -> Result<Erased, Error> {
        self.engine.check_open()?;
        validate::labels("/source", [source.to_owned()].iter())?;
        let now = super::interactions::to_millis(self.now());
        let known = match self.customer(id) {
            Ok(_) => true,
            Err(Error::Erased { .. }) => false,
            Err(error) => return Err(error),
        };
        let mut changeset = Changeset::new();
        if known {
            // Followers of the log hear of it, plugins do not.
            changeset.push(append_event(NewEvent {
                id: EventId(self.engine.ids.next(now)),
                customer: id,
                time: now,
                cause: None,
                depth: 0,
                data: EventData::Other {
                    kind: CUSTOMER_ERASED.to_owned(),
                    data: Json::Null,
                },
            }));
            changeset.push(self.act_of(
                Act::CustomerDeleted,
                id.to_string(),
                json!({ "source": source }),
            ));
        }
        changeset.push(Change::Erase(Erasure {
            customer: id,
            at: now,
            source: source.to_owned(),
        }));
        let committed = match self.engine.commit(changeset) {
            // Another caller erased or changed the customer first.
            Err(Error::Store(StoreError::Conflict(Precondition::Customer { .. }))) if known => {
                return self.erase_customer(id, source);
            }
            other => other?,
        };
        match committed.erased {
            Some(erased) => Ok(*erased),
            None => Err(self.engine.no_customer(id)),
        }
    }
}
