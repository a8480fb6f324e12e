//! The version of the data that the contact policy reads about a customer.

use super::Apply;
use crate::ContactScope;
use crate::sql::{Result, SqlConnection, params};

impl<C: SqlConnection> Apply<'_, C> {
    pub(super) fn touch_contact(&mut self, scope: ContactScope) -> Result<()> {
        match scope {
            ContactScope::Customer(customer) => {
                let key = self.customer_key(customer)?;
                self.touch_customer(key)
            }
            ContactScope::Point(hash) => self.touch_holders(&hash),
        }
    }

    pub(super) fn touch_customer(&self, key: i64) -> Result<()> {
        self.execute(
            "INSERT INTO contact_version (customer, version) VALUES (?, 1)
             ON CONFLICT (customer) DO UPDATE SET version = contact_version.version + 1",
            params![key],
        )?;
        Ok(())
    }

    /// Touches the customers of the plugin's queued messages.
    pub(super) fn touch_recipients(&self, installation: i64) -> Result<()> {
        self.execute(
            "INSERT INTO contact_version (customer, version)
             SELECT DISTINCT customer, 1 FROM message WHERE installation = ? AND state = 'queued'
             ON CONFLICT (customer) DO UPDATE SET version = contact_version.version + 1",
            params![installation],
        )?;
        Ok(())
    }

    /// Touches everyone who has the point.
    pub(super) fn touch_holders(&self, hash: &[u8; 32]) -> Result<()> {
        self.execute(
            "INSERT INTO contact_version (customer, version)
             SELECT DISTINCT customer, 1 FROM contact_point WHERE hash = ?
             ON CONFLICT (customer) DO UPDATE SET version = contact_version.version + 1",
            params![hash],
        )?;
        Ok(())
    }
}
