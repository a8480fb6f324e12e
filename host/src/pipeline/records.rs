use std::borrow::Cow;

use jiff::tz::TimeZone;

use crate::engine::Engine;
use crate::model::*;
use crate::store::{OutreachView, StoreError};

/// The customer's records that a call is validated and decided by.
pub(crate) trait Records {
    /// Returns how many of these interactions are the customer's own. `ids` holds no id twice.
    fn count_owned(&self, customer: CustomerId, ids: &[InteractionId])
    -> Result<usize, StoreError>;

    /// Returns the keys of the timers that a plugin has set for the customer.
    fn timer_keys(
        &self,
        plugin: &InstallationId,
        customer: CustomerId,
    ) -> Result<Vec<String>, StoreError>;

    /// Returns the time of the newest of these interactions that the customer caused.
    fn newest_inbound(
        &self,
        of: &[(InteractionId, EventId)],
    ) -> Result<Option<Timestamp>, StoreError>;

    /// Returns the data that the contact rules look at. `None` if there is no such customer any more.
    fn contact(
        &mut self,
        customer: &Customer,
        now: Timestamp,
    ) -> Result<Option<KnownContact<'_>>, StoreError>;
}

/// The contacts with a customer, as of the decision.
pub(crate) struct KnownContact<'r> {
    pub view: Cow<'r, OutreachView>,
    /// The customer's time zone.
    pub zone: TimeZone,
}

/// The records in the store.
pub(crate) struct StoredRecords<'e>(pub &'e Engine);

impl Records for StoredRecords<'_> {
    fn count_owned(
        &self,
        customer: CustomerId,
        ids: &[InteractionId],
    ) -> Result<usize, StoreError> {
        self.0.store.count_owned(customer, ids)
    }

    fn timer_keys(
        &self,
        plugin: &InstallationId,
        customer: CustomerId,
    ) -> Result<Vec<String>, StoreError> {
        self.0.store.timer_keys(plugin, customer)
    }

    fn newest_inbound(
        &self,
        of: &[(InteractionId, EventId)],
    ) -> Result<Option<Timestamp>, StoreError> {
        self.0.store.newest_inbound(of)
    }

    fn contact(
        &mut self,
        customer: &Customer,
        now: Timestamp,
    ) -> Result<Option<KnownContact<'_>>, StoreError> {
        let found = self.0.outreach(customer.id, now, None)?;
        Ok(found.map(|(_, view)| KnownContact {
            view: Cow::Owned(view),
            zone: self.0.zone_of(customer),
        }))
    }
}
