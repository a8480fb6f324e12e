//! Customers to whom a great deal happens.

use regulars::host::NewInteraction;
use regulars::model::*;
use serde_json::json;

use super::reports::{ADA, BEN, id};
use super::{arrive, did, rehearse, request, somebody};
use crate::world::{World, at};

#[test]
fn rehearsal_of_a_self_waking_plugin_ends() {
    let world = World::without_workers();
    let (from, until) = ("2026-02-01T00:00:00Z", "2026-02-08T00:00:00Z");
    arrive(&world, &[somebody("Ada", ADA), somebody("Ben", BEN)]);
    // Ben came very often, which is no plugin's fault.
    let came = (0..2000).map(|it| did(0x3000 + it, id(BEN), "visit", "2026-02-01T17:59:00Z"));
    let mut all: Vec<NewInteraction> = came.collect();
    all.push(did(0x2000, id(ADA), "visit", from));
    for part in all.chunks(1000) {
        world.host.import(part.to_vec()).unwrap();
    }
    let mut wanted = request("hostile", at(from), at(until));
    wanted.settings = Some(json!({ "mode": "wake-and-record" }));
    // What it records is an event each time, but none that it is told of.
    let mut grants = world.host.inspect(wanted.wasm.clone()).unwrap().grants;
    grants.history = vec![HistoryGrant {
        kinds: ["visit".to_owned()].into(),
        days: 365,
        limit: 100,
    }];
    wanted.grants = Some(grants);
    let report = rehearse(&world, wanted);
    let occasions = report.occasions;
    assert_eq!((occasions.interactions, occasions.caused), (2001, 0));
    // Ten records and a timer in each minute: from Ada's visit on until that is 100,000, from Ben's until the end.
    assert_eq!(occasions.timers, 9091 + 9000);
    let note = report.notes.last().unwrap();
    assert!(note.starts_with("About 1 of the people"), "{note}");
    assert!(note.contains("100000 times"), "{note}");
}
