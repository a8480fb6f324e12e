//! Import of customers and interactions from elsewhere. It triggers no plugins.

use std::collections::HashSet;

use super::{Host, NewCustomer, NewInteraction, validate};
use crate::error::Error;
use crate::model::*;
use crate::store::{Changeset, Precondition, StoreError};

impl Host {
    /// Creates many customers without events. Each succeeds or fails by itself: true for a created customer, false if
    /// the id exists already, whose customer stays unchanged.
    pub fn import_customers(&self, new: Vec<NewCustomer>) -> Vec<Result<bool, Error>> {
        let prepared: Vec<Result<_, Error>> = new
            .into_iter()
            .map(|new| self.prepare_customer(new))
            .collect();
        let ids: HashSet<CustomerId> = prepared.iter().flatten().map(|(it, _)| it.id).collect();
        if ids.len() == prepared.len() {
            let mut all = Changeset::new();
            for (_, changeset) in prepared.iter().flatten() {
                all.preconditions
                    .extend_from_slice(&changeset.preconditions);
                all.changes.extend_from_slice(&changeset.changes);
            }
            if self.engine.commit(all).is_ok() {
                return ids.iter().map(|_| Ok(true)).collect();
            }
        }
        // One of them exists already, or is invalid: submit each alone, and let the store commit them in groups.
        let submitted: Vec<Result<_, Error>> = prepared
            .into_iter()
            .map(|prepared| {
                let (customer, changeset) = prepared?;
                let (sender, receiver) = std::sync::mpsc::sync_channel(1);
                self.engine
                    .submit(changeset, move |result| drop(sender.send(result)));
                Ok((customer.id, receiver))
            })
            .collect();
        submitted
            .into_iter()
            .map(|submitted: Result<_, Error>| {
                let (id, receiver) = submitted?;
                match receiver.recv() {
                    Ok(Ok(_)) => Ok(true),
                    Ok(Err(StoreError::Conflict(_))) => match self.customer(id) {
                        Err(error @ Error::Erased { .. }) => Err(error),
                        _ => Ok(false),
                    },
                    Ok(Err(error)) => Err(error.into()),
                    Err(_) => Err(StoreError::Closed.into()),
                }
            })
            .collect()
    }

    /// Checks a new customer. Writes nothing.
    ///
    /// # Errors
    /// [`Error::Invalid`] names the field.
    pub fn check_customer(&self, new: &NewCustomer) -> Result<(), Error> {
        validate::new_customer(new)?;
        for consent in &new.consents {
            consent.check(self.now())?;
        }
        validate::not_to_come(new.since, new.birthday, self.now())
    }

    /// Appends many past interactions at once, without events. Interactions with a known id are skipped. Returns the
    /// number appended and the number skipped.
    ///
    /// # Errors
    /// As [`Host::record`]; then none of them was appended.
    pub fn import(&self, interactions: Vec<NewInteraction>) -> Result<(u64, u64), Error> {
        self.engine.check_open()?;
        let mut changeset = Changeset::new();
        for mut new in interactions {
            new.historical = true;
            let interaction = self.prepare(new)?.interaction;
            changeset.append_interaction_if_absent(interaction);
        }
        match self.engine.commit(changeset) {
            Ok(committed) => Ok((committed.appended, committed.skipped)),
            Err(Error::Store(StoreError::Conflict(Precondition::Customer {
                customer, ..
            }))) => Err(self.engine.no_customer(customer)),
            Err(error) => Err(error),
        }
    }
}
