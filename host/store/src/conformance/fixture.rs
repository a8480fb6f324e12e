//! Values and calls that many cases share.

use std::collections::BTreeSet;

use serde_json::json;
use uuid::Uuid;

use crate::{Change, Changeset, Committed, Precondition, Store, StoreError};
use regulars_model::*;

/// Hashes a contact point with a fixed key.
pub fn hash(point: &ContactPoint) -> [u8; 32] {
    regulars_model::contact::hash(&[7; 32], point.kind, &point.value)
}

/// Returns 2026-11-02T09:00:00Z plus these seconds.
pub fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_793_610_000 + seconds).unwrap()
}

/// Returns a new id, greater than those before.
pub fn id() -> Uuid {
    Uuid::now_v7()
}

pub fn plugin(name: &str) -> InstallationId {
    name.parse().unwrap()
}

pub fn customer(name: &str) -> Customer {
    Customer {
        id: CustomerId(id()),
        display_name: Some(name.into()),
        given_name: None,
        language: None,
        birthday: None,
        time_zone: None,
        level: Level::Low,
        topics: BTreeSet::new(),
        tags: BTreeSet::new(),
        since: at(0),
        version: 0,
    }
}

/// Stores a new customer.
pub fn stored(store: &dyn Store, name: &str) -> CustomerId {
    let customer = customer(name);
    write(store, [Change::PutCustomer(customer.clone())]);
    customer.id
}

pub fn interaction(customer: CustomerId, kind: &str, seconds: i64) -> Interaction {
    Interaction {
        id: InteractionId(id()),
        customer,
        kind: kind.into(),
        direction: Direction::Inbound,
        occurred_at: at(seconds),
        channel: Some("till".into()),
        subject: None,
        body: None,
        data: json!({"lines": [{"sku": "a'b\"c", "price": 12.5}]}),
    }
}

pub fn append(interaction: &Interaction) -> Change {
    Change::AppendInteraction {
        interaction: interaction.clone(),
        if_absent: false,
    }
}

pub fn event(customer: CustomerId, data: EventData) -> NewEvent {
    NewEvent {
        id: EventId(id()),
        customer,
        time: at(1),
        cause: None,
        depth: 0,
        data,
    }
}

/// An event of any kind that waits to be acknowledged.
pub fn waiting(customer: CustomerId) -> (EventId, Change) {
    let event = event(customer, EventData::CustomerCreated);
    let pending = true;
    (event.id, Change::AppendEvent { event, pending })
}

pub fn because(reason: &str) -> Because {
    Because {
        reason: reason.into(),
        evidence: vec![InteractionId(id())],
    }
}

pub fn changeset(changes: impl IntoIterator<Item = Change>) -> Changeset {
    Changeset {
        preconditions: Vec::new(),
        changes: changes.into_iter().collect(),
    }
}

pub fn write(store: &dyn Store, changes: impl IntoIterator<Item = Change>) -> Committed {
    store.commit(changeset(changes)).unwrap()
}

/// Returns true if a precondition holds.
pub fn holds(store: &dyn Store, expect: Precondition) -> bool {
    let mut changeset = Changeset::new();
    changeset.expect(expect.clone());
    match store.commit(changeset) {
        Ok(_) => true,
        Err(StoreError::Conflict(found)) => {
            assert_eq!(found, expect);
            false
        }
        Err(error) => panic!("{error}"),
    }
}

/// Reads every page of a list, and asserts that all but the last are full.
pub fn pages<T>(limit: u32, mut page: impl FnMut(crate::PageRequest) -> Page<T>) -> Vec<T> {
    let mut request = crate::PageRequest::first(limit);
    let mut items = Vec::new();
    loop {
        let page = page(request);
        let full = page.items.len() == limit as usize;
        items.extend(page.items);
        request.after = page.next;
        if request.after.is_none() {
            return items;
        }
        assert!(full, "a page before the last is not full");
    }
}
