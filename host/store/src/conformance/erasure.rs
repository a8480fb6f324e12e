use serde_json::json;

use super::desk::{card, question, task};
use super::*;
use crate::{
    AudienceQuery, Change, CustomerQuery, Due, Erasure, PageRequest, Precondition, StoreError,
    TimelineQuery, Timer,
};
use regulars_model::*;

pub const CASES: &[Case] = &[
    ("an erased customer is a pseudonym", pseudonym),
    ("changes about an erased customer are conflicts", refused),
    ("a place in the log is never given again", numbered),
    ("a shared contact point stays as it is", shared),
];

fn erase(customer: CustomerId) -> Change {
    Change::Erase(Erasure {
        customer,
        at: at(100),
        source: "staff".into(),
    })
}

fn point(kind: ContactKind, value: &str) -> ContactPoint {
    ContactPoint {
        kind,
        value: value.into(),
        label: None,
    }
}

fn pseudonym(store: &dyn Store) {
    let ada = stored(store, "Ada");
    let mut visit = interaction(ada, "visit", 5);
    visit.body = Some("Hello".into());
    let recorded = EventData::InteractionRecorded {
        interaction: visit.clone(),
    };
    let told = event(ada, recorded);
    let pending = true;
    let (waits, created) = waiting(ada);
    write(store, [append(&visit), created]);
    write(
        store,
        [
            Change::AppendEvent {
                event: told.clone(),
                pending,
            },
            Change::OpenCard(card(ada, "first", None)),
            Change::OpenQuestion(question(ada, "first", 1)),
            Change::OpenTask(task(ada, "first", None)),
            Change::Remember {
                installation: plugin("first"),
                customer: Some(ada),
                key: "k".into(),
                value: Some(json!("v")),
            },
            Change::SetTimer(Timer {
                installation: plugin("first"),
                customer: ada,
                key: "t".into(),
                at: at(1000),
                payload: json!(1),
                cause: None,
            }),
        ],
    );
    let customer_data = store.customer_data(ada).unwrap();
    assert_eq!(
        (customer_data.memories.len(), customer_data.timers.len()),
        (1, 1)
    );

    let done = write(store, [erase(ada)]);
    let erased = done.erased.unwrap();
    assert!(!erased.repeated);
    assert_eq!(erased.at, at(100));
    let removed = &erased.removed;
    assert_eq!(
        (removed.interactions, removed.events, removed.waiting),
        (1, 1, 2)
    );
    assert_eq!((removed.cards, removed.questions, removed.tasks), (1, 1, 1));
    assert_eq!((removed.memories, removed.timers), (1, 1));

    let page = PageRequest::first(10);
    assert_eq!(store.customer(ada).unwrap(), None);
    assert_eq!(store.erased_at(ada).unwrap(), Some(at(100)));
    assert!(
        store
            .customers(&CustomerQuery::default(), page)
            .unwrap()
            .items
            .is_empty()
    );
    assert_eq!(store.counts().unwrap().customers, 0);
    assert!(store.desk(ada, at(0)).unwrap().is_none());
    let history = store
        .timeline(ada, &TimelineQuery::default(), page)
        .unwrap();
    assert!(history.items.is_empty());
    let everybody = AudienceQuery {
        time_zone: None,
        conditions: Vec::new(),
        date: jiff::civil::date(2026, 11, 2),
        now: at(0),
    };
    assert_eq!(store.audience(&everybody, 0, 10).unwrap(), []);
    assert!(store.pending(None, 0, 10).unwrap().is_empty());
    assert_eq!(store.next_due(&Due::Calendar).unwrap(), None);
    let customer_data = store.customer_data(ada).unwrap();
    assert!(customer_data.memories.is_empty() && customer_data.timers.is_empty());
    // Counts stay.
    let kept = store.interaction(visit.id).unwrap().unwrap();
    let bare = Interaction {
        channel: None,
        body: None,
        data: json!({}),
        ..visit
    };
    assert_eq!(kept, bare);
    let kept = store.event(waits).unwrap().unwrap();
    assert_eq!((kept.customer, kept.data.kind()), (ada, "customer.created"));
    let kept = store.event(told.id).unwrap().unwrap();
    assert_eq!(kept.data.kind(), "interaction.recorded");

    let again = write(store, [erase(ada)]).erased.unwrap();
    assert!(again.repeated && again.removed == Removed::default());
}

fn refused(store: &dyn Store) {
    let ada = stored(store, "Ada");
    write(store, [erase(ada)]);
    let gone = Precondition::Customer {
        customer: ada,
        version: 0,
    };
    let point = point(ContactKind::Tel, "+49301234");
    let back = Customer {
        id: ada,
        ..customer("Ada")
    };
    for change in [
        append(&interaction(ada, "visit", 0)),
        waiting(ada).1,
        Change::AddContactPoint {
            customer: ada,
            hash: hash(&point),
            point,
        },
        Change::Tag {
            customer: ada,
            tag: "vip".into(),
        },
        Change::OpenCard(card(ada, "first", None)),
        Change::OpenTask(task(ada, "first", None)),
        Change::PutPreferences {
            customer: ada,
            preferences: Preferences::default(),
        },
        Change::Remember {
            installation: plugin("first"),
            customer: Some(ada),
            key: "k".into(),
            value: Some(json!(1)),
        },
    ] {
        let result = store.commit(changeset([change.clone()]));
        assert!(
            matches!(&result, Err(StoreError::Conflict(expect)) if *expect == gone),
            "{change:?}: {result:?}"
        );
    }
    let result = store.commit(changeset([Change::PutCustomer(back)]));
    assert!(
        matches!(result, Err(StoreError::Conflict(Precondition::CustomerAbsent(id))) if id == ada),
        "{result:?}"
    );
    let nobody = CustomerId(id());
    let result = store.commit(changeset([erase(nobody)]));
    assert!(
        matches!(result, Err(StoreError::Conflict(Precondition::Customer { customer, .. })) if customer == nobody)
    );
}

fn numbered(store: &dyn Store) {
    let (ada, ben) = (stored(store, "Ada"), stored(store, "Ben"));
    write(
        store,
        [append(&interaction(ada, "visit", 0)), waiting(ada).1],
    );
    let newest = store.last_seq().unwrap();
    let as_of = store.events(0, 10).unwrap()[0].as_of;
    write(store, [erase(ada)]);
    assert_eq!(store.last_seq().unwrap(), newest);
    let visit = interaction(ben, "visit", 1);
    let (next, change) = waiting(ben);
    write(store, [append(&visit), change]);
    let next = store.event(next).unwrap().unwrap();
    assert!(next.seq > newest && next.as_of > as_of);
}

fn shared(store: &dyn Store) {
    let (ada, ben) = (stored(store, "Ada"), stored(store, "Ben"));
    let home = point(ContactKind::Tel, "+49301234");
    let own = point(ContactKind::Email, "ada@example.org");
    let add = |customer, point: &ContactPoint| Change::AddContactPoint {
        customer,
        point: point.clone(),
        hash: hash(point),
    };
    write(store, [add(ada, &home), add(ben, &home), add(ada, &own)]);
    let erased = write(store, [erase(ada)]).erased.unwrap();
    assert_eq!((erased.suppressed, erased.shared), (1, 1));
    assert_eq!(erased.removed.contact_points, 2);
    let suppression = |point: &ContactPoint| store.suppression(&hash(point)).unwrap();
    assert_eq!(suppression(&own).unwrap().reason, SuppressionReason::Erased);
    assert_eq!(suppression(&home), None);
    assert_eq!(store.contact_points(ben).unwrap(), [home]);
    // The last holder takes it along.
    let erased = write(store, [erase(ben)]).erased.unwrap();
    assert_eq!((erased.suppressed, erased.shared), (1, 0));
}
