//! What is counted, and as what.

use regulars::model::*;

use super::reports::{ADA, BEN, UNTIL, id};
use super::{FROM, arrive, did, rehearse, request, somebody};
use crate::world::{World, at};

#[test]
fn who_was_imported_without_a_date_was_a_customer_from_the_first_thing_on_that_they_did() {
    let world = World::at_rest();
    world.clock.set(at(UNTIL));
    let new = |name: &str, number: u128| regulars::host::NewCustomer {
        since: None,
        ..somebody(name, number)
    };
    arrive(
        &world,
        &[new("Ada", ADA), new("Ben", BEN), new("Cem", 0x1002)],
    );
    let did = vec![
        did(0x2000, id(ADA), "visit", "2001-05-01T12:00:00Z"),
        did(0x2001, id(BEN), "visit", "2026-03-21T12:00:00Z"),
    ];
    world.host.import(did).unwrap();
    // At three in the morning, for each; of Cem nothing is known.
    let report = rehearse(&world, request("counter", at(FROM), at(UNTIL)));
    assert_eq!(report.occasions.schedules, 30 + 10);
    // Nor is a plugin shown that somebody came before they were a customer.
    let report = rehearse(&world, request("witness", at(FROM), at(UNTIL)));
    let bodies = report.samples.iter().map(|it| &it.proposal.effect);
    let mut bodies = bodies.filter_map(|effect| match effect {
        Effect::Suggest(card) => Some(&card.body),
        _ => None,
    });
    let seen: Json = serde_json::from_str(bodies.next().unwrap()).unwrap();
    let since = at("2026-03-21T12:00:00Z").as_millisecond();
    assert_eq!(seen["customer"][8], since);
}
