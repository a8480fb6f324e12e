use super::*;
use crate::{Change, CustomerQuery, PageRequest, Precondition};
use regulars_model::*;

pub const CASES: &[Case] = &[
    ("a customer comes back whole", whole),
    ("versions count changes", versions),
    ("contact points are shared", contact_points),
    ("customers are listed newest first", listed),
    ("names are found by their beginnings", search),
    ("a search is never a language", hostile_search),
];

fn whole(store: &dyn Store) {
    let mut customer = customer("Zoë");
    customer.given_name = Some("Zoë Ann".into());
    customer.language = Some("de-CH".into());
    customer.birthday = Some("--02-29".parse().unwrap());
    customer.time_zone = Some("Europe/Zurich".into());
    customer.level = Level::High;
    customer.topics = ["yoga".into()].into();
    customer.tags = ["vip".into(), "dog owner".into()].into();
    write(store, [Change::PutCustomer(customer.clone())]);
    customer.version = 1;
    assert_eq!(store.customer(customer.id).unwrap(), Some(customer.clone()));

    customer.tags = ["vip".into(), "new".into()].into();
    customer.birthday = Some("1990-05-12".parse().unwrap());
    customer.given_name = None;
    write(store, [Change::PutCustomer(customer.clone())]);
    customer.version = 2;
    assert_eq!(store.customer(customer.id).unwrap(), Some(customer.clone()));
    assert_eq!(store.time_zones().unwrap(), ["Europe/Zurich"]);
}

fn versions(store: &dyn Store) {
    let customer = stored(store, "Ada");
    let tag = |tag: &str| Change::Tag {
        customer,
        tag: tag.into(),
    };
    let untag = |tag: &str| Change::Untag {
        customer,
        tag: tag.into(),
    };
    let level = |level| Change::SetLevel { customer, level };
    let version = || store.customer(customer).unwrap().unwrap().version;
    for (change, expected) in [
        (tag("vip"), 2),
        (tag("vip"), 2),
        (untag("unknown"), 2),
        (untag("vip"), 3),
        (level(Level::Low), 3),
        (level(Level::Medium), 4),
    ] {
        write(store, [change.clone()]);
        assert_eq!(version(), expected, "{change:?}");
    }
    let mut stale = store.customer(customer).unwrap().unwrap();
    stale.version = 99;
    write(store, [Change::PutCustomer(stale)]);
    assert_eq!(version(), 5);
    assert!(holds(
        store,
        Precondition::Customer {
            customer,
            version: 5
        }
    ));
}

fn contact_points(store: &dyn Store) {
    let (ada, ben) = (stored(store, "Ada"), stored(store, "Ben"));
    let point = ContactPoint {
        kind: ContactKind::Tel,
        value: "+49301234".into(),
        label: None,
    };
    let add = |customer| Change::AddContactPoint {
        customer,
        point: point.clone(),
        hash: hash(&point),
    };
    write(store, [add(ada), add(ben), add(ada)]);
    assert_eq!(
        store.contact_points(ada).unwrap(),
        std::slice::from_ref(&point)
    );
    let at = |kind| {
        let query = CustomerQuery {
            contact: Some((kind, "+49301234".into())),
            ..CustomerQuery::default()
        };
        found(store, &query)
    };
    assert_eq!(at(ContactKind::Tel), [ben, ada]);
    assert_eq!(at(ContactKind::External), []);
    let query = CustomerQuery {
        contact: Some((ContactKind::Tel, "+49301234".into())),
        search: Some("be".into()),
        ..CustomerQuery::default()
    };
    assert_eq!(found(store, &query), [ben]);
    let customer = ada;
    write(store, [Change::RemoveContactPoint { customer, point }]);
    assert_eq!(at(ContactKind::Tel), [ben]);
}

fn listed(store: &dyn Store) {
    let mut all = Vec::new();
    for index in 0..25 {
        let mut customer = customer(&format!("Person {index}"));
        if index % 2 == 0 {
            customer.tags = ["even".into()].into();
        }
        if index % 5 == 0 {
            customer.level = Level::High;
        }
        all.push(customer.id);
        write(store, [Change::PutCustomer(customer)]);
    }
    all.reverse();
    let every = |step: usize| all.iter().copied().step_by(step).collect::<Vec<_>>();
    let mut query = CustomerQuery::default();
    assert_eq!(found(store, &query), all);
    query.tag = Some("even".into());
    assert_eq!(found(store, &query), every(2));
    query.level = Some(Level::High);
    query.search = Some("PERS".into());
    assert_eq!(found(store, &query).len(), 3);
    query.tag = None;
    assert_eq!(found(store, &query).len(), 5);
    query.search = Some("nobody".into());
    assert_eq!(found(store, &query), []);
}

/// Reads all pages, four customers at a time.
fn found(store: &dyn Store, query: &CustomerQuery) -> Vec<CustomerId> {
    pages(4, |page| store.customers(query, page).unwrap())
        .into_iter()
        .map(|customer| customer.id)
        .collect()
}

fn by_name(store: &dyn Store, search: &str) -> Vec<CustomerId> {
    let query = CustomerQuery {
        search: Some(search.into()),
        ..CustomerQuery::default()
    };
    found(store, &query)
}

fn search(store: &dyn Store) {
    let jose = stored(store, "José Müller");
    let conor = stored(store, "Conor O'Neil");
    for typed in ["jos", "josé", "MULL", "mü jo", "j", "José Müller"] {
        assert_eq!(by_name(store, typed), [jose], "{typed}");
    }
    for typed in ["o'ne", "O’Neil", "neil con"] {
        assert_eq!(by_name(store, typed), [conor], "{typed}");
    }
    assert_eq!(by_name(store, "uller"), []);
    assert_eq!(by_name(store, "  "), [conor, jose]);
    // The index follows the record.
    let mut renamed = store.customer(jose).unwrap().unwrap();
    renamed.display_name = None;
    renamed.given_name = Some("Pepe".into());
    write(store, [Change::PutCustomer(renamed)]);
    assert_eq!(by_name(store, "jos"), []);
    assert_eq!(by_name(store, "pepe"), [jose]);
}

fn hostile_search(store: &dyn Store) {
    let ada = stored(store, "Ada AND Ben");
    for typed in [
        "\"",
        "\"\"",
        "*",
        "a*b",
        "AND",
        "NOT ada",
        "ada OR",
        "(",
        "names:ada",
        "^ada",
        "ada -ben",
        "NEAR(a b)",
        "'; DROP TABLE customer; --",
        "\0",
        "ada\0\"",
        "%",
        "_",
        "💥",
        "{names}:a",
        "+",
    ] {
        let query = CustomerQuery {
            search: Some(typed.into()),
            ..CustomerQuery::default()
        };
        let page = store.customers(&query, PageRequest::first(10));
        assert!(page.is_ok(), "{typed:?}: {page:?}");
    }
    assert_eq!(by_name(store, "AND"), [ada]);
    assert_eq!(by_name(store, "NOT ada"), []);
    assert_eq!(by_name(store, &"a ".repeat(5000)), [ada]);
}
