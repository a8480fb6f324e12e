//! Hostile plugins: each meets its typed failure, and harms nobody else.
//!
//! `tests/guests/hostile/README.md` says what each does and what ends it.

mod actions;
mod damage;
pub mod guest;
mod installs;
mod manifests;
mod runs;
mod text;
mod types;

use std::sync::LazyLock;

use regulars::host::InstallRequest;
use regulars::model::*;
use regulars::store::{PageRequest, RetryQuery, TimelineQuery};
use serde_json::json;

use crate::world::World;

/// The fuel of the well-behaved neighbour's run without an attack. Fuel is deterministic: with
/// an attack beside it the run costs the same, or the attack reached into it.
static ALONE: LazyLock<u64> = LazyLock::new(|| {
    let world = World::new();
    let good = world.hostile("good", json!({ "mode": "ok" }));
    visit(&world);
    world.last_run(&good).fuel
});

/// A customer of whom nothing is known comes in.
fn visit(world: &World) -> CustomerId {
    let customer = world.customer("Ada Lovelace").id;
    world.record(customer, "visit");
    customer
}

/// Asserts that the neighbour did with a customer's first visit what it always does, and that nothing
/// else happened to them.
#[track_caller]
fn assert_only_the_neighbour(world: &World, good: &InstallationId, customer: CustomerId) {
    let run = world.last_run(good);
    assert_eq!(run.customer, Some(customer));
    assert_eq!(run.outcome, RunOutcome::Completed);
    assert_eq!(run.fuel, *ALONE, "the neighbour's work became another");
    let desk = world.host.desk(customer).unwrap();
    let cards: Vec<&InstallationId> = desk.cards.iter().map(|card| &card.plugin).collect();
    assert_eq!(cards, [good], "the neighbour's card, and no other");
    assert!(
        desk.questions.is_empty() && desk.tasks.is_empty(),
        "{desk:?}"
    );
    assert!(world.tasks(customer).is_empty());
    let record = world.host.customer(customer).unwrap();
    assert!(record.tags.is_empty(), "{record:?}");
    assert_eq!(record.level, Level::Low);
    let past = world
        .host
        .timeline(customer, &TimelineQuery::default(), PageRequest::first(10))
        .unwrap();
    assert_eq!(past.items.len(), 1, "the visit, and nothing invented");
}

/// Asserts that an installation left no effect behind, with this customer or by itself.
#[track_caller]
fn assert_no_effect(world: &World, bad: &InstallationId, customer: CustomerId) {
    for run in world.runs(bad) {
        for proposal in &run.proposals {
            assert_eq!(proposal.decision.outcome, VerdictOutcome::Deny);
            assert_eq!(proposal.result, None, "{proposal:?}");
        }
    }
    for whose in [Some(customer), None] {
        let memory = world.host.memory(bad, whose).unwrap();
        assert!(memory.entries.is_empty(), "{memory:?}");
    }
}

/// Asserts that the database is whole and that another host can read all of it.
#[track_caller]
fn assert_readable(world: World, customer: CustomerId) {
    let world = world.restart();
    let told = world
        .host
        .explain(customer, PageRequest::first(100))
        .unwrap();
    assert!(!told.items.is_empty());
    let all = PageRequest::first(100);
    world.host.deferred(&RetryQuery::default(), all).unwrap();
    for installation in world.host.installations() {
        world.runs(&installation.id);
    }
    assert_whole(&world);
}

/// Asserts that SQLite finds nothing wrong with the file.
#[track_caller]
fn assert_whole(world: &World) {
    let file = rusqlite::Connection::open(world.dir.path().join("crm.db")).unwrap();
    let said: String = file
        .query_row("PRAGMA integrity_check", [], |row| row.get(0))
        .unwrap();
    assert_eq!(said, "ok");
    let broken: Result<String, _> =
        file.query_row("PRAGMA foreign_key_check", [], |row| row.get(0));
    assert_eq!(broken, Err(rusqlite::Error::QueryReturnedNoRows));
}

fn install(world: &World, id: &str, wasm: Vec<u8>) -> Result<InstallationId, regulars::Error> {
    let mut request = InstallRequest::new(wasm, "hostile.wasm");
    request.id = Some(id.parse().unwrap());
    world.host.install(request).map(|installed| installed.id)
}

/// Returns true if the text contains characters that a terminal or browser obeys instead of showing them.
fn hidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}
