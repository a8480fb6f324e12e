//! A plugin tried on what was.

mod busy;
mod commands;
mod counted;
mod ended;
mod lived;
mod reports;

use regulars::host::{NewCustomer, NewInteraction};
use regulars::model::*;
use regulars::rehearse::{Progress, Rehearsal, RehearseRequest};

use crate::world::{World, at, component};

/// The beginning of the rehearsed time.
pub const FROM: &str = "2026-03-01T07:00:00Z";

/// Somebody who is a customer since long ago.
pub fn somebody(name: &str, number: u128) -> NewCustomer {
    NewCustomer {
        id: Some(CustomerId(uuid::Uuid::from_u128(number))),
        display_name: Some(name.to_owned()),
        since: Some(at("2020-01-01T00:00:00Z")),
        ..NewCustomer::default()
    }
}

pub fn arrive(world: &World, customers: &[NewCustomer]) {
    for came in world.host.import_customers(customers.to_vec()) {
        assert!(came.unwrap());
    }
}

/// An interaction with the same id in every world.
pub fn did(number: u128, customer: CustomerId, kind: &str, when: &str) -> NewInteraction {
    NewInteraction {
        id: Some(InteractionId(uuid::Uuid::from_u128(number))),
        occurred_at: Some(at(when)),
        ..NewInteraction::new(customer, kind)
    }
}

pub fn request(name: &str, from: Timestamp, until: Timestamp) -> RehearseRequest {
    RehearseRequest::new(component(name), from, until)
}

pub fn rehearse(world: &World, request: RehearseRequest) -> Rehearsal {
    world.host.rehearse(request, &Progress::new()).unwrap()
}

/// Ada's contact point.
fn mail() -> ContactPoint {
    ContactPoint {
        kind: ContactKind::Email,
        value: "ada@example.org".to_owned(),
        label: None,
    }
}
