use serde_json::json;

use super::*;
use crate::{Change, Due, PageRequest, Precondition, Timer};
use regulars_model::*;

pub const CASES: &[Case] = &[
    ("every kind of event comes back as it was", kinds),
    ("an event is appended once", once),
    ("events wait until they are acknowledged", pending),
    ("timers and the next instant", timers),
];

fn kinds(store: &dyn Store) {
    let customer = stored(store, "Ada");
    let visit = interaction(customer, "visit", 0);
    let unstored = interaction(customer, "visit", 0);
    write(store, [append(&visit)]);
    let one = plugin("one");
    let all = [
        EventData::InteractionRecorded { interaction: visit },
        EventData::InteractionRecorded {
            interaction: unstored,
        },
        EventData::CustomerCreated,
        EventData::CustomerChanged {
            fields: vec!["level".into()],
        },
        EventData::ScheduleDue {
            installation: one.clone(),
            schedule: "daily".into(),
            date: jiff::civil::date(2026, 2, 28),
        },
        EventData::TimerDue {
            installation: one.clone(),
            key: "k".into(),
            payload: json!([1, null, "x"]),
        },
        EventData::TaskClosed {
            task: TaskId(id()),
            installation: None,
            title: "t".into(),
            group_key: None,
            outcome: "done".into(),
            note: Some("n".into()),
            closed_by: None,
            evidence: vec![InteractionId(id())],
        },
        EventData::QuestionAnswered {
            question: QuestionId(id()),
            installation: one,
            name: "why".into(),
            answer: "because".into(),
            answered_by: None,
            interaction: InteractionId(id()),
        },
        EventData::Other {
            kind: "some.kind".into(),
            data: json!({"a": 1}),
        },
    ];
    let mut committed = Vec::new();
    for data in all {
        let mut event = event(customer, data);
        event.cause = Some(EventId(id()));
        event.depth = 3;
        let pending = true;
        let done = write(store, [Change::AppendEvent { event, pending }]);
        assert_eq!(done.last_seq, Some(done.pending[0].seq));
        committed.extend(done.pending);
    }
    assert_eq!(store.events(0, 100).unwrap(), committed);
    assert_eq!(store.events(committed[3].seq, 2).unwrap(), committed[4..6]);
    let newest_first = pages(2, |page| store.customer_events(customer, page).unwrap());
    assert!(newest_first.iter().eq(committed.iter().rev()));
    let nobody = store.customer_events(CustomerId(id()), PageRequest::first(1));
    assert!(nobody.unwrap().items.is_empty());
}

fn once(store: &dyn Store) {
    let customer = stored(store, "Ada");
    let (_, event) = waiting(customer);
    let first = write(store, [event.clone()]);
    let again = write(store, [event]);
    assert_eq!((first.pending.len(), again.pending.len()), (1, 0));
    assert_eq!(again.last_seq, None);
    assert_eq!(store.counts().unwrap().events, 1);
    let event = super::event(customer, EventData::CustomerCreated);
    let pending = false;
    let quiet = write(store, [Change::AppendEvent { event, pending }]);
    assert_eq!((quiet.pending.len(), quiet.last_seq), (0, Some(2)));
}

fn pending(store: &dyn Store) {
    let customer = stored(store, "Ada");
    let ((first, one), (second, two)) = (waiting(customer), waiting(customer));
    let done = write(store, [one, two]);
    assert!(holds(store, Precondition::Pending(first)));
    write(store, [Change::Acknowledge(first)]);
    assert!(!holds(store, Precondition::Pending(first)));
    assert!(!holds(store, Precondition::Pending(EventId(id()))));
    let left: Vec<_> = store
        .pending(None, 0, 10)
        .unwrap()
        .iter()
        .map(|e| e.id)
        .collect();
    assert_eq!(left, [second]);
    let others = stored(store, "Bob");
    write(store, [waiting(others).1]);
    let its = store.pending(Some(customer), 0, 10).unwrap();
    assert_eq!(its.iter().map(|e| e.id).collect::<Vec<_>>(), [second]);
    let newest = done.last_seq.unwrap();
    assert!(
        store
            .pending(Some(customer), newest, 10)
            .unwrap()
            .is_empty()
    );
    assert_eq!(store.pending(None, newest, 10).unwrap().len(), 1);
    assert!(store.event(first).unwrap().is_some());
}

fn timers(store: &dyn Store) {
    let customer = stored(store, "Ada");
    let timer = |key: &str, seconds| Timer {
        installation: plugin("one"),
        customer,
        key: key.into(),
        at: at(seconds),
        payload: json!({"n": 1}),
        cause: Some(EventId(id())),
    };
    let expect = |key: &str, seconds| Precondition::TimerSet {
        installation: plugin("one"),
        customer,
        key: key.into(),
        at: at(seconds),
    };
    let (a, b) = (timer("a", 20), timer("b", 10));
    write(
        store,
        [Change::SetTimer(timer("a", 5)), Change::SetTimer(a.clone())],
    );
    write(store, [Change::SetTimer(b.clone())]);
    assert_eq!(store.timers_due(at(20), 10).unwrap(), [b.clone(), a]);
    assert_eq!(store.timers_due(at(19), 10).unwrap(), [b]);
    let keys = store.timer_keys(&plugin("one"), customer).unwrap();
    assert_eq!(keys, ["a", "b"]);
    assert!(
        store
            .timer_keys(&plugin("two"), customer)
            .unwrap()
            .is_empty()
    );
    assert_eq!(store.next_due(&Due::Calendar).unwrap(), Some(at(10)));
    assert!(holds(store, expect("a", 20)));
    assert!(!holds(store, expect("a", 5)));
    write(
        store,
        [Change::ClearTimer {
            installation: plugin("one"),
            customer,
            key: "b".into(),
        }],
    );
    assert!(!holds(store, expect("b", 10)));
    assert_eq!(store.next_due(&Due::Calendar).unwrap(), Some(at(20)));
}
