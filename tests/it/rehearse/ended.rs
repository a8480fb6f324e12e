//! Progress of rehearsals, and the reports of ended ones.

use std::ops::ControlFlow;
use std::sync::{Arc, Mutex};

use regulars::host::{InstallRequest, NewCustomer, NewInteraction};
use regulars::rehearse::{Order, Progress, ProgressSnapshot, Rehearsal, RehearseRequest};
use serde_json::json;

use super::reports::{ADA, UNTIL, hostile, id, messenger, visits};
use super::{FROM, arrive, did, request, somebody};
use crate::world::{World, at, component};

#[test]
fn ended_rehearsal_says_so() {
    for name in ["messenger", "counter"] {
        let watch = Progress::new();
        watch.stop();
        let wanted = request(name, at(FROM), at(UNTIL));
        let report = visits().host.rehearse(wanted, &watch).unwrap();
        let partial = report.partial.unwrap();
        assert_eq!((partial.people, partial.of), (0, 2));
        assert!(
            report.notes[0].contains("0 of 2 people"),
            "{}",
            report.notes[0]
        );
    }
}

/// Many people, each of whom visits once.
fn many() -> World {
    let world = World::without_workers();
    world.clock.set(at(UNTIL));
    let people: Vec<NewCustomer> = (0..200).map(|it| somebody("One", 0x1000 + it)).collect();
    let visits: Vec<NewInteraction> = (0..200)
        .map(|it| {
            did(
                0x2000 + it,
                id(0x1000 + it),
                "visit",
                "2026-03-02T12:00:00Z",
            )
        })
        .collect();
    arrive(&world, &people);
    world.host.import(visits).unwrap();
    world
}

/// Ended when it has come so far in an order.
fn ended_at(world: &World, wanted: RehearseRequest, order: Order, done: u64) -> Rehearsal {
    let watch = Progress::telling(move |progress| match progress.order == order {
        true if progress.done >= done => ControlFlow::Break(()),
        _ => ControlFlow::Continue(()),
    });
    world.host.rehearse(wanted, &watch).unwrap()
}

#[test]
fn ended_rehearsal_keeps_its_findings() {
    let report = ended_at(&many(), hostile("ok"), Order::ByPerson, 5);
    let partial = report.partial.unwrap();
    assert!((5..200).contains(&partial.people), "{}", partial.people);
    assert_eq!((partial.of, report.people), (200, partial.people));
    assert_eq!(report.came.suggested, report.people);
    assert_eq!(report.people_affected, report.people);
}

#[test]
fn ended_while_reading_counts_the_histories_read() {
    let wanted = hostile("remember-plugin-count");
    let report = ended_at(&many(), wanted, Order::ByTime, 3);
    let partial = report.partial.unwrap();
    let loaded = partial.loaded.unwrap();
    assert!((3..200).contains(&loaded), "{loaded}");
    assert_eq!(
        (partial.people, partial.of, partial.reached),
        (0, 200, None)
    );
    assert_eq!((report.people, report.came.runs), (0, 0));
    let said = format!("the past of {loaded} of 200 people was read, and nobody was looked at");
    assert!(report.notes[0].contains(&said), "{}", report.notes[0]);
}

#[test]
fn ended_comparison_compares_nothing() {
    let world = visits();
    let installed = world.hostile("counting", json!({ "mode": "remember-plugin-count" }));
    let against = || RehearseRequest {
        against: Some(installed.clone()),
        ..hostile("remember-plugin-count")
    };
    // Six visits are read, gone through with the new version, and then with the installed one.
    for (done, reached) in [(6 + 2, true), (6 + 6 + 2, false)] {
        let report = ended_at(&world, against(), Order::ByTime, done);
        assert_eq!(report.order, Order::ByTime);
        assert_eq!(report.against, None);
        let partial = report.partial.unwrap();
        assert_eq!(partial.reached.is_some(), reached);
        assert_eq!(report.came.runs, if reached { 2 } else { 6 });
        let said = "nothing is compared with it";
        assert!(report.notes[1].contains(said), "{:?}", report.notes);
    }
    let whole = world.host.rehearse(against(), &Progress::new()).unwrap();
    let against = whole.against.unwrap();
    assert_eq!((against.came.runs, whole.partial), (6, None));
}

/// All that is told of how far it is.
fn told(world: &World, wanted: RehearseRequest) -> Vec<ProgressSnapshot> {
    let told = Arc::new(Mutex::new(Vec::new()));
    let all = told.clone();
    let watch = Progress::telling(move |progress| {
        all.lock().unwrap().push(progress);
        ControlFlow::Continue(())
    });
    world.host.rehearse(wanted, &watch).unwrap();
    let last = watch.snapshot();
    let mut told = told.lock().unwrap().clone();
    assert_eq!((last.done, last.total), (last.total, last.total));
    told.push(last);
    told
}

#[test]
fn progress_ends_at_its_total() {
    let world = visits();
    let total = |wanted: RehearseRequest| {
        let last = *told(&world, wanted).last().unwrap();
        (last.total, last.order)
    };
    let plain = || messenger(json!({}));
    assert_eq!(total(plain()), (6, Order::ByPerson));
    let mut installed = InstallRequest::new(component("messenger"), "messenger.wasm");
    installed.id = Some("installed".parse().unwrap());
    let installed = world.host.install(installed).unwrap().id;
    let against = RehearseRequest {
        against: Some(installed),
        ..plain()
    };
    assert_eq!(total(against), (2 * 6, Order::ByPerson));
    // Read, and gone through.
    let by_time = hostile("remember-plugin-count");
    assert_eq!(total(by_time), (2 * 6, Order::ByTime));
    // At three in the morning where people are: on one more day in Tokyo.
    let wanted = || request("counter", at(FROM), at("2026-03-31T00:30:00Z"));
    assert_eq!(total(wanted()), (6 + 2 * 29, Order::ByPerson));
    let mut far = somebody("Far", 0x1002);
    far.time_zone = Some("Asia/Tokyo".to_owned());
    arrive(&world, &[far]);
    assert_eq!(total(wanted()), (6 + 2 * 29 + 30, Order::ByPerson));
    let bought = did(0x4000, id(ADA), "purchase", "2026-03-12T18:00:00Z");
    world.host.import(vec![bought]).unwrap();
    assert_eq!(total(wanted()), (2 * 7 + 2 * 29 + 30, Order::ByTime));
}

#[test]
fn progress_is_reported_before_the_first_customer_ends() {
    let world = World::without_workers();
    world.clock.set(at(UNTIL));
    arrive(&world, &[somebody("Ada", ADA)]);
    let visits = (0..5).map(|it| did(0x2000 + it, id(ADA), "visit", "2026-03-02T12:00:00Z"));
    world.host.import(visits.collect()).unwrap();
    // Also of what calls no plugin.
    for name in ["messenger", "ask-once", "empty"] {
        let told = told(&world, request(name, at(FROM), at(UNTIL)));
        let done: Vec<u64> = told.iter().map(|it| it.done).collect();
        assert!(done.starts_with(&[1, 2, 3, 4, 5]), "{name}: {done:?}");
    }
}
