//! Schedules: by the injected clock, where the customer is, once each, across restarts.

use regulars::host::NewCustomer;
use regulars::model::*;
use regulars::store::sqlite::{SqliteOptions, SqliteStore};
use regulars::store::{Change, Changeset, PageRequest, Store};

use crate::world::{Moves, World, at};

fn born(world: &World, birthday: &str, zone: Option<&str>) -> CustomerId {
    let new = NewCustomer {
        birthday: Some(birthday.parse().unwrap()),
        time_zone: zone.map(str::to_owned),
        ..NewCustomer::default()
    };
    world.host.create_customer(new).unwrap().id
}

/// The instants at which a customer's schedules fired.
fn fired(world: &World, customer: CustomerId) -> Vec<Timestamp> {
    let story = world
        .host
        .explain(customer, PageRequest::first(1000))
        .unwrap();
    let mut fired: Vec<Timestamp> = story
        .items
        .iter()
        .filter(|explained| explained.kind == "schedule.due")
        .map(|explained| explained.time)
        .collect();
    fired.reverse();
    fired
}

#[test]
fn schedule_runs_at_nine_in_the_customers_time_zone() {
    let world = World::starting("2026-05-09T00:00:00Z");
    world.install("considerate-birthday");
    let here = born(&world, "--05-10", None);
    let tokyo = born(&world, "--05-10", Some("Asia/Tokyo"));
    let hawaii = born(&world, "--05-10", Some("Pacific/Honolulu"));
    let tomorrow = born(&world, "--05-11", Some("Asia/Tokyo"));
    for _ in 0..(60 * 4) {
        let next = world.clock.now_plus_minutes(15);
        world.go_to(next);
    }
    assert_eq!(fired(&world, here), [at("2026-05-10T07:00:00Z")]);
    assert_eq!(fired(&world, tokyo), [at("2026-05-10T00:00:00Z")]);
    assert_eq!(fired(&world, hawaii), [at("2026-05-10T19:00:00Z")]);
    assert_eq!(fired(&world, tomorrow), [at("2026-05-11T00:00:00Z")]);
}

#[test]
fn birthday_on_29_february_is_kept_every_year_and_once() {
    let world = World::starting("2026-02-20T12:00:00Z");
    world.install("considerate-birthday");
    let leap = born(&world, "2000-02-29", None);
    let unknown = born(&world, "1604-02-29", None);
    for _ in 0..(3 * 366) {
        world.go_to(world.clock.now_plus_hours(24));
    }
    let days: Vec<String> = fired(&world, leap)
        .iter()
        .map(|instant| {
            instant
                .to_zoned(jiff::tz::TimeZone::get("Europe/Berlin").unwrap())
                .date()
                .to_string()
        })
        .collect();
    assert_eq!(days, ["2026-02-28", "2027-02-28", "2028-02-29"]);
    assert_eq!(fired(&world, unknown).len(), 3);
}

#[test]
fn restart_in_the_middle_of_a_fan_out_neither_skips_nor_repeats() {
    const CUSTOMERS: usize = 100_000;
    let mut world = World::starting("2026-05-09T00:00:00Z");
    let plugin = world.install("considerate-birthday").id;
    // The clock stands still, so that the usual rate would never allow so many.
    let limits = PluginLimits {
        runs_per_second: Some(1_000_000),
        ..PluginLimits::default()
    };
    world.host.set_plugin_limits(&plugin, limits).unwrap();
    everyone_is_born_on_10_may(&world, CUSTOMERS);
    world.clock.set(at("2026-05-10T07:00:30Z"));
    // Some pages are out, and the last is not: stop there, three times.
    for _ in 0..3 {
        let reached = world.host.counts().unwrap().events;
        while world.host.counts().unwrap().events == reached {
            std::thread::yield_now();
        }
        world = world.restart();
        let reached = world.host.counts().unwrap().events as usize;
        assert!(
            reached < CUSTOMERS,
            "the fan-out was over before it could be interrupted"
        );
    }
    // And once more when everybody is reached, and the plugin has not looked at everybody.
    while (world.host.counts().unwrap().events as usize) < CUSTOMERS {
        std::thread::yield_now();
    }
    assert!(world.host.counts().unwrap().pending > 0);
    world = world.restart();
    world.host.settle().unwrap();
    let counts = world.host.counts().unwrap();
    assert_eq!(
        counts.events as usize, CUSTOMERS,
        "one event for each customer"
    );
    assert_eq!(counts.runs as usize, CUSTOMERS, "one run for each event");
    let mut seen = std::collections::HashSet::new();
    let mut after = 0;
    loop {
        let events = world.host.events(after, 1000).unwrap();
        let Some(last) = events.last() else { break };
        after = last.seq;
        for event in events {
            assert!(
                seen.insert(event.customer),
                "{} was reached twice",
                event.customer
            );
        }
    }
    assert_eq!(seen.len(), CUSTOMERS);
}

/// Written to the file directly: making them one by one would be most of the test's time.
fn everyone_is_born_on_10_may(world: &World, count: usize) {
    let store =
        SqliteStore::open(&world.dir.path().join("crm.db"), SqliteOptions::default()).unwrap();
    for chunk in 0..count / 1000 {
        let mut changeset = Changeset::new();
        for n in 0..1000 {
            let id = uuid::Uuid::from_u128((chunk * 1000 + n + 1) as u128);
            changeset.push(Change::PutCustomer(Customer {
                id: CustomerId(id),
                display_name: None,
                given_name: None,
                language: None,
                birthday: Some("--05-10".parse().unwrap()),
                time_zone: None,
                level: Level::Low,
                topics: Default::default(),
                tags: Default::default(),
                since: at("2026-01-01T00:00:00Z"),
                version: 0,
            }));
        }
        store.commit(changeset).unwrap();
    }
}
