//! The customer portal without its HTML: signed links, the page's content and the customer's choices. A link works
//! without an API key. The audit attributes the choices to the customer.

mod contents;

pub use contents::{ChannelChoice, Contents, Held, LevelChoice, Remembered};

use std::collections::BTreeSet;

use self::contents::Consents;
use super::{CustomerExport, Host, NewConsent};
use crate::error::Error;
use crate::links::{Closed, Link, UnsubscribeLink};
use crate::model::*;

/// The source that the audit and the consents name for the customer's choices.
const SOURCE: &str = "own-page";

/// A link to a customer's portal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageLink {
    pub url: String,
    pub expires_at: Timestamp,
}

/// An open customer portal.
#[derive(Debug, Clone)]
pub struct Portal {
    /// A handle that acts as the customer.
    host: Host,
    customer: CustomerId,
}

/// An unsubscribe link of one message, not yet confirmed. It names the contact point that the message went to.
#[derive(Debug, Clone)]
pub struct Unsubscribe {
    /// A handle that acts as the customer.
    host: Host,
    link: UnsubscribeLink,
}

impl std::fmt::Debug for Host {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Host").finish_non_exhaustive()
    }
}

impl Host {
    /// Creates a link to a customer's portal that is valid for 90 days. The host stores no links, so earlier links stay
    /// valid.
    ///
    /// # Errors
    /// [`Error::Conflict`] if the host has no public URL: see
    /// [`HostBuilder::public_url`](super::HostBuilder::public_url).
    pub fn page_link(&self, customer: CustomerId) -> Result<PageLink, Error> {
        self.customer(customer)?;
        let link = self.engine.links.page_until(customer, self.now());
        let (url, expires_at) = link.ok_or_else(|| Error::Conflict {
            what: "page link",
            problem: "this host does not know where customers reach it: start it with \
                      `--public-url https://…`, or set REGULARS_PUBLIC_URL"
                .to_owned(),
        })?;
        Ok(PageLink { url, expires_at })
    }

    /// Returns the customer of a link's token. Returns `None` if the token is invalid or expired.
    pub fn customer_of_link(&self, token: &str) -> Option<CustomerId> {
        match self.engine.links.read(token, self.now()) {
            Ok(Link::Page(customer) | Link::Unsubscribe(UnsubscribeLink { customer, .. })) => {
                Some(customer)
            }
            Err(_) => None,
        }
    }

    /// Opens a customer's portal by the token of its link. Writes nothing.
    pub fn portal(&self, token: &str) -> Result<Result<Portal, Closed>, Error> {
        let customer = match self.engine.links.read(token, self.now()) {
            Ok(Link::Page(customer)) => customer,
            Ok(Link::Unsubscribe(_)) => return Ok(Err(Closed::Unknown)),
            Err(closed) => return Ok(Err(closed)),
        };
        // The host signs links only for existing customers, so a missing customer was erased.
        let found = self.engine.store.customer(customer)?;
        Ok(found.ok_or(Closed::Erased).map(|_| Portal {
            host: self.acting_as(Actor::Customer { id: customer }),
            customer,
        }))
    }

    /// Opens an unsubscribe link by its token. Writes nothing.
    pub fn unsubscribe_link(&self, token: &str) -> Result<Unsubscribe, Closed> {
        match self.engine.links.read(token, self.now())? {
            Link::Unsubscribe(link) => Ok(Unsubscribe {
                // The link names a contact point, so it works also after the customer's erasure.
                host: self.acting_as(Actor::Customer { id: link.customer }),
                link,
            }),
            Link::Page(_) => Err(Closed::Unknown),
        }
    }
}

impl Portal {
    pub fn customer(&self) -> CustomerId {
        self.customer
    }

    /// Sets the customer's level of contact. A lower level cancels queued messages, except service messages, before
    /// this returns.
    pub fn set_level(&self, level: Level) -> Result<Customer, Error> {
        self.patch(CustomerPatch {
            level: Some(level),
            ..CustomerPatch::default()
        })
    }

    /// Sets the customer's topics.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a topic of more than 64 characters, or more than 100 topics.
    pub fn set_topics(&self, topics: BTreeSet<String>) -> Result<Customer, Error> {
        self.patch(CustomerPatch {
            topics: Some(topics),
            ..CustomerPatch::default()
        })
    }

    fn patch(&self, patch: CustomerPatch) -> Result<Customer, Error> {
        self.host.update_customer(self.customer, &patch, None)
    }

    /// Pauses messages until a time; `None` ends a pause. A pause cancels queued messages, except service messages,
    /// before this returns.
    pub fn pause(&self, until: Option<Timestamp>) -> Result<Preferences, Error> {
        self.host
            .change_preferences(self.customer, |it| it.paused_until = until)
    }

    /// Sets the channels that the customer wants. `None` allows all channels.
    pub fn set_channels(&self, channels: Option<BTreeSet<String>>) -> Result<Preferences, Error> {
        self.host
            .change_preferences(self.customer, |it| it.channels.clone_from(&channels))
    }

    /// Records the customer's consents for the given kinds of contact point. Purposes in `given` become given. Other
    /// purposes that were given become withdrawn. Unchanged consents are not recorded again.
    pub fn set_consents(
        &self,
        kinds: &BTreeSet<ContactKind>,
        given: &BTreeSet<(ContactKind, Purpose)>,
    ) -> Result<(), Error> {
        let known = self.consents()?;
        let mut new = Vec::new();
        for kind in kinds {
            for purpose in Purpose::ALL {
                let before = known.get(&(*kind, purpose));
                let state = match given.contains(&(*kind, purpose)) {
                    true if purpose == Purpose::Service && before.is_none() => continue,
                    true => ConsentState::Given,
                    // Service needs no consent, so leaving it out of `given` withdraws it.
                    false if before == Some(&ConsentState::Given) => ConsentState::Withdrawn,
                    false if purpose == Purpose::Service => ConsentState::Withdrawn,
                    false => continue,
                };
                if before != Some(&state) {
                    new.push((state, *kind, purpose));
                }
            }
        }
        // Withdrawals come first. After a failure half-way, the customer gets fewer messages than wanted, not more.
        new.sort_by_key(|(state, ..)| *state == ConsentState::Given);
        for (state, kind, purpose) in new {
            let consent = NewConsent::new(kind, purpose, state, SOURCE);
            self.host.consent(self.customer, consent)?;
        }
        Ok(())
    }

    /// Returns the customer's newest consents, for the kinds of contact point that they have.
    fn consents(&self) -> Result<Consents, Error> {
        let (host, id) = (&self.host, self.customer);
        let found = host.engine.outreach(id, host.now(), None)?;
        let (_, known) = found.ok_or_else(|| host.engine.no_customer(id))?;
        Ok(contents::consents(&known))
    }

    /// Returns the names of this host's channels.
    pub fn channels(&self) -> Vec<String> {
        let offered = self.host.engine.policy.channels.iter();
        offered.map(|offered| offered.name.clone()).collect()
    }

    /// Returns the current time in the customer's time zone, or in the business's if the customer has none.
    pub fn now(&self) -> Result<jiff::Zoned, Error> {
        let customer = self.host.customer(self.customer)?;
        Ok(self
            .host
            .now()
            .to_zoned(self.host.engine.zone_of(&customer)))
    }

    /// Exports the customer as a vCard 4.0 (RFC 6350).
    pub fn vcard(&self) -> Result<String, Error> {
        self.host.export_vcard(self.customer)
    }

    /// Exports the data stored about the customer: see [`Host::export_customer`].
    pub fn export(&self) -> Result<CustomerExport, Error> {
        self.host.export_customer(self.customer)
    }

    /// Erases the customer irreversibly: see [`Host::erase_customer`].
    pub fn erase(&self) -> Result<Erased, Error> {
        self.host.erase_customer(self.customer, SOURCE)
    }
}

impl Unsubscribe {
    /// Suppresses the contact point for every customer who has it. A repeated call changes nothing.
    pub fn confirm(&self) -> Result<(), Error> {
        let host = &self.host;
        let UnsubscribeLink {
            message,
            kind,
            hash,
            ..
        } = self.link;
        if host.engine.store.suppression(&hash)?.is_some() {
            return Ok(());
        }
        let message = match host.message(message) {
            // Plugins receive no events about erased customers.
            Ok(message) => host
                .engine
                .store
                .customer(message.customer)?
                .map(|_| message),
            Err(Error::NotFound { .. } | Error::Erased { .. }) => None,
            Err(error) => return Err(error),
        };
        host.end_messages_to(kind, hash, message.as_ref(), SOURCE)
    }
}
