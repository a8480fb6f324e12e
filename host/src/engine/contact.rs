//! Functions about one customer that several parts share.

use jiff::tz::TimeZone;

use super::Engine;
use crate::error::Error;
use crate::model::*;
use crate::policy::{Candidate, Outreach, PolicyView};
use crate::store::{Change, DeskView, OutreachRequest, OutreachView, StoreError};

/// The purposes of messages that stay queued if a customer wants less contact.
const KEPT_PURPOSES: &[Purpose] = &[Purpose::Service];

/// Returns the change that cancels a customer's queued messages, except service messages.
pub(crate) fn cancel_messages(customer: CustomerId, why: &str) -> Change {
    Change::CancelMessages {
        customer,
        keep: KEPT_PURPOSES.to_vec(),
        why: why.to_owned(),
    }
}

impl Engine {
    /// Returns the customer and the data that the contact rules read, except the message `without`. Returns `None` if
    /// the customer does not exist.
    pub fn outreach(
        &self,
        customer: CustomerId,
        now: Timestamp,
        without: Option<MessageId>,
    ) -> Result<Option<(Customer, OutreachView)>, StoreError> {
        self.store.outreach(&OutreachRequest {
            customer,
            since: self.policy.since(now),
            without,
        })
    }

    /// Returns the customer's time zone, or else the business's.
    pub fn zone_of(&self, customer: &Customer) -> TimeZone {
        let own = customer.time_zone.as_deref().map(TimeZone::get);
        own.and_then(Result::ok)
            .or_else(|| TimeZone::get(&self.config.time_zone).ok())
            .unwrap_or(TimeZone::UTC)
    }

    /// Returns the keyed hash of a contact point: see [`Suppression::hash`].
    pub fn hash(&self, point: &ContactPoint) -> [u8; 32] {
        crate::contact::hash(&self.points_key, point.kind, &point.value)
    }

    /// Returns the customer's contact point with this hash, `None` if there is none.
    pub fn contact_point(
        &self,
        customer: CustomerId,
        hash: &[u8; 32],
    ) -> Result<Option<ContactPoint>, StoreError> {
        let points = self.store.contact_points(customer)?;
        Ok(points.into_iter().find(|point| self.hash(point) == *hash))
    }

    /// Returns the error for a missing customer: erased if the store recorded an erasure, not found otherwise.
    pub fn no_customer(&self, id: CustomerId) -> Error {
        match self.store.erased_at(id) {
            Ok(Some(at)) => Error::Erased { customer: id, at },
            Ok(None) => Error::not_found("customer", id),
            Err(error) => error.into(),
        }
    }

    /// Decides about one message alone.
    pub fn decide_one(
        &self,
        at: Timestamp,
        customer: &Customer,
        known: &OutreachView,
        candidate: Candidate<'_>,
    ) -> Decision {
        let (zone, names) = (self.zone_of(customer), customer.names());
        let view = PolicyView {
            level: customer.level,
            // The repeat guard already ran for the proposal.
            desk: &DeskView::default(),
            depth: 0,
            outreach: Some(Outreach {
                known,
                zone: &zone,
                names: &names,
            }),
        };
        let mut decisions = crate::policy::decide(&self.policy, at, &view, &[candidate]);
        decisions.swap_remove(0)
    }
}
