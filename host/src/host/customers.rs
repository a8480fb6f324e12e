use std::collections::{BTreeSet, HashSet};

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{Host, NewConsent, validate};
use crate::engine::{append_event, cancel_messages};
use crate::error::Error;
use crate::model::*;
use crate::store::{Change, Changeset, CustomerQuery, PageRequest, Precondition, StoreError};

/// A customer to create.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields, default)]
pub struct NewCustomer {
    /// Any UUID; the host makes one by default. Creating the same customer again is no error.
    pub id: Option<CustomerId>,
    #[cfg_attr(feature = "schema", schema(max_length = 200))]
    pub display_name: Option<String>,
    #[cfg_attr(feature = "schema", schema(max_length = 200))]
    pub given_name: Option<String>,
    /// BCP 47.
    #[cfg_attr(
        feature = "schema",
        schema(max_length = 35, pattern = "^[A-Za-z0-9]{1,8}(-[A-Za-z0-9]{1,8})*$")
    )]
    pub language: Option<String>,
    pub birthday: Option<Birthday>,
    /// IANA time zone.
    pub time_zone: Option<String>,
    /// `low` by default.
    pub level: Level,
    /// Each 1 to 64 characters on one line.
    #[cfg_attr(feature = "schema", schema(max_items = 100))]
    pub topics: BTreeSet<String>,
    /// Each 1 to 64 characters on one line.
    #[cfg_attr(feature = "schema", schema(max_items = 100))]
    pub tags: BTreeSet<String>,
    /// The time at which the person became a customer; now by default.
    #[serde(deserialize_with = "instant")]
    #[cfg_attr(feature = "schema", schema(value_type = Option<String>, format = DateTime))]
    pub since: Option<Timestamp>,
    #[cfg_attr(feature = "schema", schema(max_items = 100))]
    pub contact_points: Vec<ContactPoint>,
    /// Consents. A missing consent is unknown, which never counts as given.
    #[cfg_attr(feature = "schema", schema(max_items = 100))]
    pub consents: Vec<NewConsent>,
}

impl Host {
    /// Creates a customer, and the event `customer.created`. If the given id is stored with the same content and
    /// contact points, returns the stored customer and writes nothing.
    ///
    /// # Errors
    /// [`Error::Invalid`] names the field. [`Error::Duplicate`] if the id is stored with other content.
    /// [`Error::Erased`] if an erased customer had the id.
    pub fn create_customer(&self, new: NewCustomer) -> Result<Customer, Error> {
        let (timed, given_id) = (new.since.is_some(), new.id);
        let points = new.contact_points.clone();
        let (customer, mut changeset) = self.prepare_customer(new)?;
        changeset.push(self.event(customer.id, EventData::CustomerCreated));
        match self.engine.commit(changeset) {
            Err(Error::Store(StoreError::Conflict(_))) => {
                let stored = self.customer(customer.id)?;
                // A repeated call cannot know the time that the host filled in.
                let since = if timed { customer.since } else { stored.since };
                let same = stored
                    == Customer {
                        version: stored.version,
                        since,
                        ..customer.clone()
                    }
                    && same_points(&points, &self.contact_points(customer.id)?);
                match given_id {
                    Some(_) if same => Ok(stored),
                    _ => Err(Error::Duplicate {
                        what: "customer",
                        id: customer.id.to_string(),
                    }),
                }
            }
            other => other.map(|_| customer),
        }
    }

    /// Returns the record and the changeset that creates it, without an event.
    pub(super) fn prepare_customer(
        &self,
        new: NewCustomer,
    ) -> Result<(Customer, Changeset), Error> {
        self.engine.check_open()?;
        let now = self.now();
        validate::new_customer(&new)?;
        validate::not_to_come(new.since, new.birthday, now)?;
        let customer = Customer {
            id: new
                .id
                .unwrap_or_else(|| CustomerId(self.engine.ids.next(now))),
            display_name: new.display_name,
            given_name: new.given_name,
            language: new.language,
            birthday: new.birthday,
            time_zone: new.time_zone,
            level: new.level,
            topics: new.topics,
            tags: new.tags,
            since: super::interactions::to_millis(new.since.unwrap_or(now)),
            version: 1,
        };
        let mut changeset = Changeset::new();
        changeset.expect(Precondition::CustomerAbsent(customer.id));
        changeset.push(Change::PutCustomer(customer.clone()));
        for point in new.contact_points {
            changeset.push(Change::AddContactPoint {
                customer: customer.id,
                hash: self.engine.hash(&point),
                point,
            });
        }
        for consent in new.consents {
            let consent = consent.of(customer.id, now)?;
            changeset.push(Change::AppendConsent(consent));
        }
        Ok((customer, changeset))
    }

    /// Changes the fields that the patch names, and appends the event `customer.changed`. A patch that changes no field
    /// writes nothing.
    ///
    /// # Errors
    /// [`Error::Conflict`] if `version` is given and differs from the record's.
    pub fn update_customer(
        &self,
        id: CustomerId,
        patch: &CustomerPatch,
        version: Option<u64>,
    ) -> Result<Customer, Error> {
        self.engine.check_open()?;
        validate::patch(patch)?;
        validate::not_to_come(None, patch.birthday.flatten(), self.now())?;
        loop {
            let stored = self.customer(id)?;
            if version.is_some_and(|version| version != stored.version) {
                return Err(Error::Conflict {
                    what: "customer",
                    problem: format!(
                        "the record is at version {}: read it again, then send your change with that version",
                        stored.version
                    ),
                });
            }
            let (mut customer, fields) = apply(&stored, patch);
            if fields.is_empty() {
                return Ok(stored);
            }
            let mut changeset = Changeset::new();
            changeset.expect(Precondition::Customer {
                customer: id,
                version: stored.version,
            });
            changeset.push(Change::PutCustomer(customer.clone()));
            if customer.level < stored.level {
                changeset.push(cancel_messages(id, "The customer wants less contact."));
            }
            let levels = json!({ "from": stored.level, "to": customer.level });
            let chosen = json!({ "level": levels, "topics": customer.topics.len() });
            if let Some(choice) = self.own_choice(id, chosen) {
                changeset.push(choice);
            } else if customer.level > stored.level {
                changeset.push(self.act_of(Act::LevelRaised, id.to_string(), levels));
            }
            changeset.push(self.event(id, EventData::CustomerChanged { fields }));
            match self.engine.commit(changeset) {
                // Another caller changed the record first: apply the patch to the new one.
                Err(Error::Store(StoreError::Conflict(_))) => {}
                Err(error) => return Err(error),
                Ok(_) => {
                    customer.version = stored.version + 1;
                    return Ok(customer);
                }
            }
        }
    }

    /// Returns a customer.
    ///
    /// # Errors
    /// [`Error::NotFound`], or [`Error::Erased`] for an erased customer. All functions that take a customer return
    /// these.
    pub fn customer(&self, id: CustomerId) -> Result<Customer, Error> {
        self.engine
            .store
            .customer(id)?
            .ok_or_else(|| self.engine.no_customer(id))
    }

    /// Returns customers, newest first.
    pub fn customers(
        &self,
        query: &CustomerQuery,
        page: PageRequest,
    ) -> Result<Page<Customer>, Error> {
        Ok(self.engine.store.customers(query, page)?)
    }

    pub fn contact_points(&self, customer: CustomerId) -> Result<Vec<ContactPoint>, Error> {
        self.customer(customer)?;
        Ok(self.engine.store.contact_points(customer)?)
    }

    /// Adds a contact point: a way to reach or recognise a customer. Adding it again changes nothing.
    pub fn add_contact_point(
        &self,
        customer: CustomerId,
        point: ContactPoint,
    ) -> Result<(), Error> {
        self.engine.check_open()?;
        self.customer(customer)?;
        validate::contact_point("", &point)?;
        let mut changeset = Changeset::new();
        changeset.push(Change::AddContactPoint {
            customer,
            hash: self.engine.hash(&point),
            point,
        });
        self.engine.commit(changeset).map(drop)
    }

    /// Removes the contact points with this kind and value. A label narrows this to the point with that label.
    ///
    /// # Errors
    /// [`Error::NotFound`] if the customer has no such contact point.
    pub fn remove_contact_point(
        &self,
        customer: CustomerId,
        point: ContactPoint,
    ) -> Result<(), Error> {
        self.engine.check_open()?;
        let mut changeset = Changeset::new();
        for known in self.contact_points(customer)? {
            let labelled = point.label.is_none() || point.label == known.label;
            if labelled && known.kind == point.kind && known.value == point.value {
                changeset.push(Change::RemoveContactPoint {
                    customer,
                    point: known,
                });
            }
        }
        if changeset.changes.is_empty() {
            return Err(Error::not_found(
                "contact point of this customer,",
                &point.value,
            ));
        }
        self.engine.commit(changeset).map(drop)
    }

    /// Returns the change that appends an event with a cause outside the host.
    pub(super) fn event(&self, customer: CustomerId, data: EventData) -> Change {
        let now = self.now();
        append_event(NewEvent {
            id: EventId(self.engine.ids.next(now)),
            customer,
            time: now,
            cause: None,
            depth: 0,
            data,
        })
    }
}

/// Returns true if two lists hold the same set of contact points. Order and repetition are ignored.
fn same_points(some: &[ContactPoint], others: &[ContactPoint]) -> bool {
    let set = |points: &[ContactPoint]| -> HashSet<(ContactKind, String, String)> {
        let parts = |point: &ContactPoint| {
            let label = point.label.clone().unwrap_or_default();
            (point.kind, point.value.clone(), label)
        };
        points.iter().map(parts).collect()
    };
    set(some) == set(others)
}

/// Returns the patched customer, and the names of the fields that changed.
fn apply(stored: &Customer, patch: &CustomerPatch) -> (Customer, Vec<String>) {
    let mut customer = stored.clone();
    let mut fields = Vec::new();
    macro_rules! set {
        ($($field:ident),*) => {$(
            if let Some(value) = &patch.$field && *value != customer.$field {
                customer.$field = value.clone();
                fields.push(stringify!($field).replace('_', "-"));
            }
        )*};
    }
    set!(
        display_name,
        given_name,
        language,
        birthday,
        time_zone,
        level,
        topics,
        tags
    );
    (customer, fields)
}
