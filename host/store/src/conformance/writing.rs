use std::sync::mpsc;
use std::sync::{Arc, Mutex};

use super::*;
use crate::{Change, Precondition, StoreError};
use regulars_model::*;

pub const CASES: &[Case] = &[
    ("an interaction sent twice is one", sent_twice),
    ("expectations of customers and interactions", expectations),
    ("nothing of a refused changeset is written", all_or_nothing),
    (
        "a customer who is not there is a conflict",
        no_such_customer,
    ),
    ("one of a hundred conflicts", one_of_a_hundred),
    ("completions come in order", in_order),
    ("a completion that panics harms nobody", panicking),
    ("sixteen threads at once", sixteen_threads),
];

fn sent_twice(store: &dyn Store) {
    let customer = stored(store, "Ada");
    let visit = interaction(customer, "visit", 0);
    let change = |if_absent| Change::AppendInteraction {
        interaction: visit.clone(),
        if_absent,
    };
    let done = write(store, [change(true), change(true)]);
    assert_eq!((done.appended, done.skipped), (1, 1));
    let done = write(store, [change(true)]);
    assert_eq!((done.appended, done.skipped), (0, 1));
    let refused = store.commit(changeset([change(false)]));
    assert!(matches!(
        refused,
        Err(StoreError::Conflict(Precondition::InteractionAbsent(id))) if id == visit.id
    ));
    assert_eq!(store.interaction(visit.id).unwrap(), Some(visit));
    assert_eq!(store.counts().unwrap().interactions, 1);
}

fn expectations(store: &dyn Store) {
    let nobody = CustomerId(id());
    let somebody = stored(store, "Ada");
    let visit = interaction(somebody, "visit", 0);
    write(store, [append(&visit)]);
    let version = |customer, version| Precondition::Customer { customer, version };
    assert!(holds(store, Precondition::CustomerAbsent(nobody)));
    assert!(!holds(store, Precondition::CustomerAbsent(somebody)));
    assert!(holds(store, version(somebody, 1)));
    assert!(!holds(store, version(somebody, 2)));
    assert!(!holds(store, version(nobody, 1)));
    assert!(!holds(store, Precondition::InteractionAbsent(visit.id)));
    assert!(holds(
        store,
        Precondition::InteractionAbsent(InteractionId(id()))
    ));
}

fn all_or_nothing(store: &dyn Store) {
    let customer = stored(store, "Ada");
    let visit = interaction(customer, "visit", 0);
    let newcomer = super::customer("Ben");
    let changes = [
        append(&visit),
        Change::PutCustomer(newcomer.clone()),
        append(&visit),
    ];
    assert!(store.commit(changeset(changes.clone())).is_err());
    assert_eq!(store.interaction(visit.id).unwrap(), None);
    assert_eq!(store.customer(newcomer.id).unwrap(), None);
    // No key of it is cached.
    let theirs = interaction(newcomer.id, "visit", 0);
    let refused = store.commit(changeset([append(&theirs)]));
    assert!(matches!(
        refused,
        Err(StoreError::Conflict(Precondition::Customer { customer, version: 0 })) if customer == newcomer.id
    ));
}

fn no_such_customer(store: &dyn Store) {
    let nobody = CustomerId(id());
    let (_, event) = waiting(nobody);
    let tag = Change::Tag {
        customer: nobody,
        tag: "vip".into(),
    };
    for change in [append(&interaction(nobody, "visit", 0)), event, tag] {
        let refused = store.commit(changeset([change]));
        assert!(matches!(
            refused,
            Err(StoreError::Conflict(Precondition::Customer {
                version: 0,
                ..
            }))
        ));
    }
}

fn one_of_a_hundred(store: &dyn Store) {
    let customer = stored(store, "Ada");
    let (sender, receiver) = mpsc::channel();
    let mut ids = Vec::new();
    for index in 0..100 {
        let visit = interaction(customer, "visit", index);
        let mut changes = changeset([append(&visit)]);
        if index == 50 {
            // Written first, so that there is something to undo.
            changes.push(append(&visit));
        }
        ids.push(visit.id);
        let sender = sender.clone();
        store.submit(
            changes,
            Box::new(move |result| sender.send((index, result.is_ok())).unwrap()),
        );
    }
    let heard: Vec<_> = receiver.iter().take(100).collect();
    let expected: Vec<_> = (0..100).map(|index| (index, index != 50)).collect();
    assert_eq!(heard, expected);
    for (index, id) in ids.into_iter().enumerate() {
        assert_eq!(store.interaction(id).unwrap().is_some(), index != 50);
    }
}

fn in_order(store: &dyn Store) {
    let customer = stored(store, "Ada");
    let heard = Arc::new(Mutex::new(Vec::new()));
    for _ in 0..600 {
        let heard = heard.clone();
        let (_, event) = waiting(customer);
        store.submit(
            changeset([event]),
            Box::new(move |result| {
                heard
                    .lock()
                    .unwrap()
                    .push(result.unwrap().last_seq.unwrap())
            }),
        );
    }
    write(store, []);
    let heard = heard.lock().unwrap();
    assert_eq!(heard.len(), 600);
    assert!(heard.is_sorted());
}

fn panicking(store: &dyn Store) {
    // As a panic, but without its message among the test's own.
    let panic = || std::panic::resume_unwind(Box::new("on purpose"));
    store.submit(changeset([]), Box::new(move |_| panic()));
    stored(store, "Ada");
}

fn sixteen_threads(store: &dyn Store) {
    let customer = stored(store, "Ada");
    std::thread::scope(|scope| {
        for _ in 0..16 {
            scope.spawn(|| {
                for index in 0..25 {
                    let own = stored(store, "Ben");
                    let (event, change) = waiting(customer);
                    let done = write(store, [append(&interaction(own, "visit", index)), change]);
                    assert_eq!(done.pending[0].id, event);
                    assert_eq!(store.event(event).unwrap().unwrap(), done.pending[0]);
                }
            });
        }
    });
    let counts = store.counts().unwrap();
    assert_eq!((counts.customers, counts.interactions), (401, 400));
    assert_eq!((counts.events, counts.pending), (400, 400));
    let seqs: Vec<u64> = store
        .events(0, 1000)
        .unwrap()
        .iter()
        .map(|e| e.seq)
        .collect();
    assert_eq!(seqs, (1..=400).collect::<Vec<u64>>());
}
