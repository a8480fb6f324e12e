use serde_json::json;

use super::*;
use crate::{Change, IdempotencyRecord, Precondition};
use regulars_model::*;

pub const CASES: &[Case] = &[
    ("the audit grows, newest first", audit),
    ("idempotency records are kept for seven days", answers),
    ("waiting events are counted", stats),
];

fn stats(store: &dyn Store) {
    let before = store.stats().unwrap();
    assert_eq!((before.pending, before.deferred, before.dead), (0, 0, 0));
    let customer = stored(store, "Ada");
    let mut ids = Vec::new();
    for index in 0..4 {
        let (event, append) = visited(customer, index);
        write(store, [append]);
        ids.push(event);
    }
    for (index, dead) in [(0, false), (1, true), (2, true)] {
        write(
            store,
            [
                Change::Acknowledge(ids[index]),
                Change::Defer {
                    event: ids[index],
                    customer,
                    installation: plugin("one"),
                    attempts: 1,
                    due_at: (!dead).then(|| at(9)),
                    dead,
                    error: "no".into(),
                    at: at(0),
                },
            ],
        );
    }
    let after = store.stats().unwrap();
    assert_eq!((after.pending, after.deferred, after.dead), (1, 1, 2));
    assert!(after.bytes > 0);
}

/// An event that waits to be acknowledged.
fn visited(customer: CustomerId, seconds: i64) -> (EventId, Change) {
    let event = NewEvent {
        id: EventId(id()),
        customer,
        time: at(seconds),
        cause: None,
        depth: 0,
        data: EventData::CustomerCreated,
    };
    let id = event.id;
    let pending = true;
    (id, Change::AppendEvent { event, pending })
}

fn answers(store: &dyn Store) {
    let customer = stored(store, "Ada");
    let answer = |customer, days: i64| IdempotencyRecord {
        name: id(),
        asked: [days as u8; 32],
        customer,
        reply: ActionReply {
            output: json!({ "x": [1.5] }),
            run: RunId(id()),
        },
        at: at(days * 86_400),
    };
    let (first, second) = (answer(Some(customer), 0), answer(None, 7));
    assert!(holds(store, Precondition::IdempotencyKeyAbsent(first.name)));
    write(store, [Change::PutIdempotencyRecord(first.clone())]);
    assert!(!holds(
        store,
        Precondition::IdempotencyKeyAbsent(first.name)
    ));
    write(store, [Change::PutIdempotencyRecord(second.clone())]);
    assert_eq!(
        store.idempotency_record(first.name).unwrap(),
        Some(first.clone())
    );
    write(store, [Change::PutIdempotencyRecord(answer(None, 8))]);
    assert_eq!(store.idempotency_record(first.name).unwrap(), None);
    assert_eq!(store.idempotency_record(second.name).unwrap(), Some(second));
}

fn audit(store: &dyn Store) {
    let mut expected = Vec::new();
    for (index, act) in [Act::KeyCreated, Act::PluginSet, Act::KeyRevoked]
        .into_iter()
        .enumerate()
    {
        let entry = AuditEntry {
            at: at(index as i64),
            actor: match index {
                0 => Actor::Cli,
                _ => Actor::Key {
                    id: KeyId(id()),
                    name: "till’s".into(),
                },
            },
            act,
            subject: "one".into(),
            details: json!({ "scopes": ["admin"] }),
        };
        write(store, [Change::Audit(entry.clone())]);
        expected.insert(0, entry);
    }
    assert_eq!(pages(2, |page| store.audit(page).unwrap()), expected);
}
