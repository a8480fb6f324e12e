use jiff::civil::{Date, date};
use regulars_manifest::Condition;

use super::*;
use crate::{AudienceQuery, Change};
use regulars_model::*;

pub const CASES: &[Case] = &[
    ("birthdays, 29 February too", birthdays),
    ("conditions must all be met", conditions),
    ("the inactive came once and not since", inactive),
    ("an audience is read in parts", parts),
];

fn query(conditions: Vec<Condition>, date: Date) -> AudienceQuery {
    AudienceQuery {
        time_zone: None,
        conditions,
        date,
        now: at(0),
    }
}

fn reached(store: &dyn Store, query: &AudienceQuery) -> Vec<CustomerId> {
    let found = store.audience(query, 0, 1000).unwrap();
    assert!(found.is_sorted_by_key(|(place, _)| *place));
    found.into_iter().map(|(_, customer)| customer).collect()
}

fn born(store: &dyn Store, birthday: &str) -> CustomerId {
    let mut customer = customer(birthday);
    customer.birthday = Some(birthday.parse().unwrap());
    write(store, [Change::PutCustomer(customer.clone())]);
    customer.id
}

fn birthdays(store: &dyn Store) {
    stored(store, "nobody knows");
    let leap = born(store, "2000-02-29");
    let leap_without_year = born(store, "--02-29");
    let before = born(store, "1990-02-28");
    let after = born(store, "1604-03-01");
    let on = |day| reached(store, &query(vec![Condition::BirthdayToday], day));
    assert_eq!(on(date(2027, 2, 28)), [leap, leap_without_year, before]);
    assert_eq!(on(date(2028, 2, 28)), [before]);
    assert_eq!(on(date(2028, 2, 29)), [leap, leap_without_year]);
    assert_eq!(on(date(2027, 3, 1)), [after]);
    assert_eq!(on(date(2100, 2, 28)).len(), 3);
    assert_eq!(on(date(2027, 3, 2)), []);
}

fn conditions(store: &dyn Store) {
    let mut ids = Vec::new();
    for (zone, tags, level) in [
        (None, vec!["vip"], Level::High),
        (Some("Asia/Tokyo"), vec!["vip", "dog"], Level::High),
        (Some("Asia/Tokyo"), vec!["vip"], Level::Low),
        (Some("Asia/Tokyo"), vec![], Level::High),
    ] {
        let mut customer = customer("Ada");
        customer.time_zone = zone.map(Into::into);
        customer.tags = tags.into_iter().map(Into::into).collect();
        customer.level = level;
        ids.push(customer.id);
        write(store, [Change::PutCustomer(customer)]);
    }
    write(store, [append(&interaction(ids[1], "visit", 0))]);
    let tagged = |tag: &str| Condition::Tagged { tag: tag.into() };
    let level = |level: &str| Condition::Level {
        level: level.into(),
    };
    let kind = |kind: &str| Condition::HasKind { kind: kind.into() };
    let tokyo = |conditions| {
        let query = AudienceQuery {
            time_zone: Some("Asia/Tokyo".into()),
            ..query(conditions, date(2026, 1, 1))
        };
        reached(store, &query)
    };
    assert_eq!(tokyo(vec![]), ids[1..]);
    assert_eq!(tokyo(vec![tagged("vip")]), ids[1..3]);
    assert_eq!(tokyo(vec![tagged("vip"), tagged("dog")]), [ids[1]]);
    assert_eq!(tokyo(vec![level("high"), tagged("vip")]), [ids[1]]);
    assert_eq!(tokyo(vec![level("high")]), [ids[1], ids[3]]);
    assert_eq!(tokyo(vec![kind("visit")]), [ids[1]]);
    assert_eq!(tokyo(vec![kind("visit"), level("low")]), []);
    assert_eq!(tokyo(vec![tagged("' OR 1=1 --")]), []);
    let nowhere = query(vec![tagged("vip")], date(2026, 1, 1));
    assert_eq!(reached(store, &nowhere), [ids[0]]);
    assert_eq!(store.time_zones().unwrap(), ["Asia/Tokyo"]);
}

fn inactive(store: &dyn Store) {
    let day = 24 * 60 * 60;
    let (gone, here, never) = (stored(store, "a"), stored(store, "b"), stored(store, "c"));
    let mut letter = interaction(gone, "message", -day);
    letter.direction = Direction::Outbound;
    let mut note = interaction(never, "note", -90 * day);
    note.direction = Direction::Internal;
    write(
        store,
        [
            append(&interaction(gone, "visit", -30 * day)),
            append(&interaction(gone, "visit", -60 * day)),
            append(&letter),
            append(&interaction(here, "visit", -60 * day)),
            append(&interaction(here, "visit", -2 * day)),
            append(&note),
        ],
    );
    let for_days = |days| {
        let query = query(vec![Condition::Inactive { days }], date(2026, 11, 2));
        reached(store, &query)
    };
    assert_eq!(for_days(30), [gone]);
    assert_eq!(for_days(31), []);
    assert_eq!(for_days(2), [gone, here]);
    assert_eq!(for_days(u32::MAX), []);
}

fn parts(store: &dyn Store) {
    let mut ids = Vec::new();
    for index in 0..10 {
        let mut customer = customer("Ada");
        customer.tags = ["vip".into()].into();
        customer.birthday = Some(
            if index % 2 == 0 { "--05-12" } else { "--05-13" }
                .parse()
                .unwrap(),
        );
        ids.push(customer.id);
        write(store, [Change::PutCustomer(customer)]);
    }
    let tagged = || Condition::Tagged { tag: "vip".into() };
    for (conditions, expected) in [
        (vec![], 10),
        (vec![tagged()], 10),
        (vec![Condition::BirthdayToday], 5),
        (vec![Condition::BirthdayToday, tagged()], 5),
    ] {
        let query = query(conditions, date(2026, 5, 12));
        let mut seen = Vec::new();
        let mut after = 0;
        loop {
            let part = store.audience(&query, after, 3).unwrap();
            let Some((last, _)) = part.last() else { break };
            after = *last;
            seen.extend(part.into_iter().map(|(_, customer)| customer));
        }
        assert_eq!(seen.len(), expected);
        assert!(seen.iter().all(|id| ids.contains(id)) && seen.is_sorted_by_key(|id| id.0));
    }
}
