//! A host with channels, and a plugin that writes letters.

use jiff::SignedDuration;
use regulars::Host;
use regulars::clock::ManualClock;
use regulars::host::{HostBuilder, NewConsent, NewCustomer};
use regulars::model::*;
use regulars::outbox::Channels;
use regulars::policy::{Caps, ContactPolicy, Most, QuietHours};
use serde_json::{Value, json};

use crate::world::{World, at, builder};

/// A host in Berlin, at noon of a Monday.
pub fn office(channels: Channels) -> World {
    let dir = tempfile::tempdir().unwrap();
    let clock = ManualClock::new(at("2026-03-02T11:00:00Z"));
    let host = set(builder(dir.path(), &clock), channels).build().unwrap();
    let world = World { host, clock, dir };
    world.install("postman");
    world
}

/// Stops the host and starts another one on the same file.
pub fn restart(world: World, channels: Channels) -> World {
    let World { host, clock, dir } = world;
    // Its ids are seeded: at the same instant they would be those of before.
    clock.advance(SignedDuration::from_millis(1));
    host.stop();
    drop(host);
    let host = set(builder(dir.path(), &clock), channels).build().unwrap();
    World { host, clock, dir }
}

fn set(builder: HostBuilder, channels: Channels) -> HostBuilder {
    // The policy has tests of its own: here it lets messages pass at any hour, and as many as come.
    let policy = ContactPolicy {
        caps: Caps {
            high: Most {
                most: 1000,
                days: 1,
            },
            ..Caps::default()
        },
        quiet_hours: QuietHours {
            enabled: false,
            ..QuietHours::default()
        },
        ..ContactPolicy::default()
    };
    builder
        .channels(channels)
        .policy(policy)
        .public_url("https://crm.example.com")
}

/// Somebody who wants to hear from the business at this address.
pub fn reader(host: &Host, name: &str, address: &str) -> Customer {
    reader_in(host, name, address, None)
}

/// [`reader`], in a time zone.
pub fn reader_in(host: &Host, name: &str, address: &str, zone: Option<String>) -> Customer {
    let customer = host
        .create_customer(NewCustomer {
            time_zone: zone,
            given_name: Some(name.to_owned()),
            level: Level::High,
            contact_points: vec![ContactPoint::new(ContactKind::Email, address)],
            ..NewCustomer::default()
        })
        .unwrap();
    let (kind, given) = (ContactKind::Email, ConsentState::Given);
    let consent = NewConsent::new(kind, Purpose::Care, given, "staff");
    host.consent(customer.id, consent).unwrap();
    customer
}

/// The data of a note on which the plugin writes.
pub fn letter(key: &str, channel: &str) -> Value {
    json!({
        "key": key,
        "subject": format!("About {key}"),
        "body": format!("There is something to tell of {key}."),
        "channels": [channel],
    })
}

/// Makes the plugin write to a customer, runs all that is due, and returns the message.
pub fn write(world: &World, customer: &Customer, key: &str, channel: &str) -> Message {
    world.record_with(customer.id, "note", None, letter(key, channel));
    world.messages(customer.id).remove(0)
}
