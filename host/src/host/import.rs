//! What was before: customers and interactions that come from elsewhere and set nothing off.

use std::collections::HashSet;

use super::{Host, NewCustomer, NewInteraction, validate};
use crate::error::Error;
use crate::model::*;
use crate::store::{Change, Changeset, Expect, StoreError};

impl Host {
    /// Creates many customers who are not new to the business: nothing is set off. Each stands or
    /// falls by itself; true is one who was created, false one whose id is there already, who stays
    /// as they are.
    pub fn import_customers(&self, new: Vec<NewCustomer>) -> Vec<Result<bool, Error>> {
        let prepared: Vec<Result<_, Error>> = new
            .into_iter()
            .map(|new| self.prepare_customer(new))
            .collect();
        let ids: HashSet<CustomerId> = prepared.iter().flatten().map(|(it, _)| it.id).collect();
        if ids.len() == prepared.len() {
            let mut all = Changeset::new();
            for (_, changeset) in prepared.iter().flatten() {
                all.expects.extend_from_slice(&changeset.expects);
                all.changes.extend_from_slice(&changeset.changes);
            }
            if self.core.commit(all).is_ok() {
                return ids.iter().map(|_| Ok(true)).collect();
            }
        }
        // Somebody is there already, or cannot be: each alone, but committed in groups.
        let submitted: Vec<Result<_, Error>> = prepared
            .into_iter()
            .map(|prepared| {
                let (customer, changeset) = prepared?;
                let (sender, receiver) = std::sync::mpsc::sync_channel(1);
                self.core
                    .submit(changeset, move |_, result| drop(sender.send(result)));
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

    /// Whether this customer could be created; writes nothing.
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

    /// Appends many interactions of the past at once; those whose id is there already are skipped.
    /// They set nothing off. Gives how many were appended and how many skipped.
    ///
    /// # Errors
    /// As [`Host::record`]; then none of them was appended.
    pub fn import(&self, interactions: Vec<NewInteraction>) -> Result<(u64, u64), Error> {
        self.core.open()?;
        let mut changeset = Changeset::new();
        for mut new in interactions {
            new.historical = true;
            let interaction = self.prepare(new)?.interaction;
            changeset.push(Change::AppendInteraction {
                interaction,
                if_absent: true,
            });
        }
        match self.core.commit(changeset) {
            Ok(committed) => Ok((committed.appended, committed.skipped)),
            Err(Error::Store(StoreError::Conflict(Expect::Customer { customer, .. }))) => {
                Err(self.core.no_customer(customer))
            }
            Err(error) => Err(error),
        }
    }
}
