//! Customers' preferences about contact, and the messages that a change cancels.

use std::collections::BTreeSet;

use serde_json::json;

use super::{Host, validate};
use crate::engine::cancel_messages;
use crate::error::Error;
use crate::model::*;
use crate::store::{Change, Changeset, Precondition, StoreError};

/// The most tries of one change, each after a conflict.
const MAX_CONFLICTS: usize = 100;

impl Host {
    /// # Errors
    /// [`Error::NotFound`].
    pub fn preferences(&self, customer: CustomerId) -> Result<Preferences, Error> {
        self.customer(customer)?;
        Ok(self.engine.store.preferences(customer)?)
    }

    /// Replaces a customer's preferences. If they want less contact than before, queued messages except service are
    /// cancelled before this returns.
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

    /// Changes a customer's preferences: see [`Host::set_preferences`]. `change` is called again after a conflict, so
    /// that concurrent changes of other fields stay.
    ///
    /// # Errors
    /// [`Error::Invalid`] names the field; [`Error::Conflict`] where others change them all the time.
    pub fn change_preferences(
        &self,
        customer: CustomerId,
        mut change: impl FnMut(&mut Preferences),
    ) -> Result<Preferences, Error> {
        self.engine.check_open()?;
        for _ in 0..MAX_CONFLICTS {
            let found = self.engine.outreach(customer, self.now(), None)?;
            let (_, known) = found.ok_or_else(|| self.engine.no_customer(customer))?;
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
            changeset.expect(Precondition::Contact {
                customer,
                version: known.version,
            });
            match self.engine.commit(changeset) {
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
            changeset.push(cancel_messages(customer, "The customer asked for a pause."));
        } else if narrower(before.channels.as_ref(), preferences.channels.as_ref()) {
            changeset.push(cancel_messages(
                customer,
                "The customer wants fewer channels.",
            ));
        }
        let chosen = json!({
            "paused_until": preferences.paused_until, "channels": preferences.channels,
        });
        changeset.changes.extend(self.own_choice(customer, chosen));
        changeset.push(self.changed(customer, "preferences"));
        changeset
    }

    fn changed(&self, customer: CustomerId, field: &str) -> Change {
        let fields = vec![field.to_owned()];
        self.event(customer, EventData::CustomerChanged { fields })
    }
}

fn narrower(before: Option<&BTreeSet<String>>, after: Option<&BTreeSet<String>>) -> bool {
    match (before, after) {
        (_, None) => false,
        (None, Some(_)) => true,
        (Some(before), Some(after)) => !before.is_subset(after),
    }
}
