//! Audiences, days of the week, clock changes and timers, on the simulated clock.

use jiff::SignedDuration;
use regulars::host::{NewCustomer, NewInteraction};
use regulars::model::*;
use serde_json::json;

use crate::world::{Moves, World, at};

/// The number of firings for a customer.
fn count(world: &World, customer: CustomerId, key: &str) -> u64 {
    let memory = world
        .host
        .memory(&"scheduled".parse().unwrap(), Some(customer))
        .unwrap();
    memory.entries.get(key).and_then(Json::as_u64).unwrap_or(0)
}

/// Moves the clock in steps.
fn pass(world: &World, until: &str, minutes: i64) {
    while world.host.now() < at(until) {
        world.go_to(world.clock.now_plus_minutes(minutes));
    }
}

fn living_in(world: &World, zone: &str) -> CustomerId {
    let new = NewCustomer {
        time_zone: Some(zone.to_owned()),
        ..NewCustomer::default()
    };
    world.host.create_customer(new).unwrap().id
}

#[test]
fn time_that_a_clock_change_skips_or_repeats_comes_once() {
    // Berlin skips 02:30 on 29 March 2026 and has it twice on 25 October; New York on 8 March and
    // 1 November; Lord Howe's clocks jump by half an hour; Kiritimati's never do.
    for (from, until, days) in [
        ("2026-03-06T00:00:00Z", "2026-03-10T00:00:00Z", 4),
        ("2026-03-27T00:00:00Z", "2026-03-31T00:00:00Z", 4),
        ("2026-10-02T12:00:00Z", "2026-10-06T12:00:00Z", 4),
        ("2026-10-23T00:00:00Z", "2026-10-27T00:00:00Z", 4),
        ("2026-10-30T00:00:00Z", "2026-11-03T00:00:00Z", 4),
    ] {
        let world = World::starting(from);
        world.install("scheduled");
        let zones = [
            "Europe/Berlin",
            "America/New_York",
            "Australia/Lord_Howe",
            "Pacific/Kiritimati",
        ];
        let customers: Vec<CustomerId> = zones.iter().map(|zone| living_in(&world, zone)).collect();
        let nowhere = world.customer("Ada Lovelace").id;
        pass(&world, until, 10);
        for (zone, customer) in zones.iter().zip(&customers) {
            assert_eq!(
                count(&world, *customer, "night"),
                days,
                "{zone}, from {from}"
            );
        }
        assert_eq!(
            count(&world, nowhere, "night"),
            days,
            "the business's zone stands in"
        );
    }
}

#[test]
fn weekday_comes_once_a_week() {
    let world = World::starting("2026-03-01T00:00:00Z");
    world.install("scheduled");
    let customer = world.customer("Ada Lovelace").id;
    pass(&world, "2026-03-29T23:00:00Z", 60);
    assert_eq!(count(&world, customer, "monday"), 4);
}

#[test]
fn every_condition_of_an_audience_must_hold() {
    let world = World::starting("2026-03-01T00:00:00Z");
    world.install("scheduled");
    let customer = |level: Level, tag: &str, kind: &str, days: i64| {
        let new = NewCustomer {
            level,
            tags: [tag.to_owned()].into(),
            ..NewCustomer::default()
        };
        let id = world.host.create_customer(new).unwrap().id;
        let past = NewInteraction {
            occurred_at: Some(world.host.now() - SignedDuration::from_hours(24 * days)),
            historical: true,
            ..NewInteraction::new(id, kind)
        };
        world.host.record(past).unwrap();
        id
    };
    let fits = customer(Level::Medium, "regular", "purchase", 20);
    let others = [
        customer(Level::Low, "regular", "purchase", 20),
        customer(Level::Medium, "staff", "purchase", 20),
        customer(Level::Medium, "regular", "visit", 20),
        customer(Level::Medium, "regular", "purchase", 3),
        world.customer("Never Seen").id,
    ];
    pass(&world, "2026-03-02T00:00:00Z", 60);
    assert_eq!(count(&world, fits, "quiet-regulars"), 1);
    for other in others {
        assert_eq!(count(&world, other, "quiet-regulars"), 0);
        assert_eq!(
            count(&world, other, "night"),
            1,
            "another schedule reaches everyone"
        );
    }
}

#[test]
fn timer_fires_once_and_after_a_restart() {
    let mut world = World::starting("2026-03-01T08:00:00Z");
    world.install("scheduled");
    let customer = world.customer("Ada Lovelace").id;
    world.record_with(customer, "booking", Some("first"), json!({}));
    world.go_to(at("2026-03-01T20:00:00Z"));
    // The same key again replaces the timer.
    world.record_with(customer, "booking", Some("second"), json!({}));
    world.go_to(at("2026-03-02T08:30:00Z"));
    assert_eq!(count(&world, customer, "timer tomorrow \"first\""), 0);
    world = world.restart();
    for _ in 0..5 {
        world.go_to(world.clock.now_plus_hours(12));
    }
    assert_eq!(count(&world, customer, "timer tomorrow \"first\""), 0);
    assert_eq!(count(&world, customer, "timer tomorrow \"second\""), 1);
}

#[test]
fn missed_schedules_are_made_up_for_one_day() {
    let mut world = World::starting("2026-03-01T00:00:00Z");
    world.install("scheduled");
    let customer = world.customer("Ada Lovelace").id;
    world.clock.set(at("2026-03-10T12:00:00Z"));
    world = world.restart();
    world.host.settle().unwrap();
    assert_eq!(
        count(&world, customer, "night"),
        1,
        "nine nights were missed; the last is made up for"
    );
}

#[test]
fn settings_change_skips_no_due_occurrence() {
    let mut world = World::starting("2026-03-01T00:00:00Z");
    let plugin = world.install("scheduled").id;
    let customer = world.customer("Ada Lovelace").id;
    world.go_to(at("2026-03-01T01:00:00Z"));
    // Switching on and off while the occurrence is due plans anew, from now.
    world.clock.set(at("2026-03-01T01:35:00Z"));
    let mut request =
        regulars::host::InstallRequest::new(crate::world::component("scheduled"), "a new path");
    request.replace = true;
    world.host.install(request).unwrap();
    world.host.settle().unwrap();
    assert_eq!(count(&world, customer, "night"), 1);
    world = world.restart();
    world.host.settle().unwrap();
    assert_eq!(count(&world, customer, "night"), 1);
    assert_eq!(world.host.installation(&plugin).unwrap().version, 2);
}

#[test]
fn moving_to_another_time_zone_repeats_no_day() {
    let world = World::starting("2026-03-01T00:00:00Z");
    world.install("scheduled");
    let customer = living_in(&world, "Asia/Tokyo");
    pass(&world, "2026-03-02T12:00:00Z", 30);
    let before = count(&world, customer, "night");
    let patch = CustomerPatch {
        time_zone: Some(Some("America/New_York".to_owned())),
        ..CustomerPatch::default()
    };
    world.host.update_customer(customer, &patch, None).unwrap();
    pass(&world, "2026-03-02T23:00:00Z", 30);
    assert_eq!(
        count(&world, customer, "night"),
        before,
        "2 March came a second time"
    );
    pass(&world, "2026-03-03T12:00:00Z", 30);
    assert_eq!(count(&world, customer, "night"), before + 1);
}
