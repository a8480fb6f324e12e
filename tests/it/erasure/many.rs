//! Among thousands: rows of others move between pages as the file grows and shrinks, and words share pages of the index.

use regulars::host::{NewCustomer, NewInteraction};
use regulars::model::*;
use regulars::store::{CustomerQuery, PageRequest};

use super::rich::Files;
use crate::crash::load::Random;
use crate::world::{World, at, long};

const CUSTOMERS: usize = 2_000;

#[test]
fn erasure_leaves_no_bytes_between_rows_of_others() {
    let world = World::without_workers();
    for round in 0..if long() { 8 } else { 1 } {
        let mut random = Random(round + 1);
        // Words of so many letters stand in no text but their own.
        let names: Vec<String> = (0..CUSTOMERS).map(|_| word(&mut random)).collect();
        let ids = fill(&world, &names, &mut random);
        let goes = |it: usize| it % 13 == 5;
        for it in (0..CUSTOMERS).filter(|it| goes(*it)) {
            world.host.erase_customer(ids[it], "staff").unwrap();
        }
        let files = Files::of(world.dir.path());
        for it in (0..CUSTOMERS).filter(|it| goes(*it)) {
            assert_eq!(files.found(&[names[it].as_bytes().to_vec()]), None);
        }
        for it in (0..CUSTOMERS).filter(|it| !goes(*it)).step_by(50) {
            assert!(files.hold(names[it].as_bytes()));
            let query = CustomerQuery {
                search: Some(names[it].clone()),
                ..CustomerQuery::default()
            };
            let page = PageRequest::first(10);
            let found = world.host.customers(&query, page).unwrap().items;
            assert_eq!(found.len(), 1, "{}", names[it]);
            assert_eq!(found[0].id, ids[it]);
        }
        world.sound();
    }
}

fn word(random: &mut Random) -> String {
    let letter = |_| char::from(b'a' + random.below(26) as u8);
    (0..9).map(letter).collect()
}

/// Customers with a name, and three visits each in turn, short and long.
fn fill(world: &World, names: &[String], random: &mut Random) -> Vec<CustomerId> {
    let ids: Vec<CustomerId> = names
        .iter()
        .map(|_| CustomerId(uuid::Uuid::from_u64_pair(random.next(), random.next())))
        .collect();
    let new = names.iter().zip(&ids).map(|(name, id)| NewCustomer {
        id: Some(*id),
        display_name: Some(name.clone()),
        tags: [name.clone()].into(),
        contact_points: vec![ContactPoint {
            kind: ContactKind::Email,
            value: format!("{name}@example.org"),
            label: None,
        }],
        ..NewCustomer::default()
    });
    for made in world.host.import_customers(new.collect()) {
        assert!(made.unwrap());
    }
    for _ in 0..3 {
        let visits = names.iter().zip(&ids).map(|(name, id)| NewInteraction {
            occurred_at: Some(at("2020-01-01T00:00:00Z")),
            body: Some(format!("{name} ").repeat(1 + random.below(90) as usize)),
            ..NewInteraction::new(*id, "visit")
        });
        world.host.import(visits.collect()).unwrap();
    }
    ids
}
