use serde_json::json;

use super::*;
use crate::model::*;
use crate::store::{Change, Due, PageRequest, Parked, ParkedQuery, Precondition, Timer, Waiting};

pub const CASES: &[Case] = &[
    ("every kind of event comes back as it was", kinds),
    ("an event is appended once", once),
    ("events wait until they are acknowledged", pending),
    ("parked events are released in order", parked),
    ("what was parked is retried or dead", dead),
    (
        "a redriven event takes its place before later ones",
        redriven,
    ),
    ("what waits longest is buried first", buried),
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

fn park(event: EventId, customer: CustomerId, attempts: u32, due_at: Option<Timestamp>) -> Change {
    Change::Park {
        event,
        customer,
        installation: plugin("one"),
        attempts,
        due_at,
        dead: false,
        error: "it said no".into(),
        at: at(3),
    }
}

/// What waits for the plugin and is due, in its order.
fn due(store: &dyn Store, now: i64) -> Vec<EventId> {
    let due = store.parked_due(&plugin("one"), at(now), 10).unwrap();
    due.iter().map(|parked| parked.event.id).collect()
}

fn parked_now(store: &dyn Store, dead: Option<bool>) -> Vec<Parked> {
    let query = ParkedQuery {
        dead,
        ..ParkedQuery::default()
    };
    pages(2, |page| store.parked(&query, page).unwrap())
}

fn parked(store: &dyn Store) {
    let customer = stored(store, "Ada");
    let mut ids = Vec::new();
    for _ in 0..3 {
        let (event, change) = waiting(customer);
        write(store, [change]);
        ids.push(event);
    }
    write(
        store,
        [
            park(ids[0], customer, 1, Some(at(10))),
            park(ids[2], customer, 0, None),
            park(ids[1], customer, 0, None),
        ],
    );
    let due = |now| due(store, now);
    assert_eq!(due(9), []);
    assert_eq!(due(10), [ids[0]]);
    let next_of = |installation, after| {
        let due = Due::Parked {
            installation: plugin(installation),
            after: at(after),
        };
        store.next_due(&due).unwrap()
    };
    let next = |after| next_of("one", after);
    assert_eq!((next(9), next(10)), (Some(at(10)), None));
    assert_eq!(next_of("two", 0), None);
    assert!(
        store
            .parked_due(&plugin("two"), at(10), 9)
            .unwrap()
            .is_empty()
    );
    let waiting = store.waiting(&plugin("one")).unwrap();
    assert_eq!((waiting.events, waiting.oldest), (3, Some(at(3))));
    assert_eq!(store.next_due(&Due::Calendar).unwrap(), None);
    let installation = plugin("one");
    let unpark = |event| Change::Unpark {
        event,
        installation: installation.clone(),
    };
    let release = |seconds| Change::ReleaseParked {
        installation: installation.clone(),
        customer,
        at: at(seconds),
    };
    write(store, [unpark(ids[0]), release(20)]);
    assert_eq!(due(20), [ids[1]]);
    write(store, [unpark(ids[1]), release(30)]);
    assert_eq!(due(30), [ids[2]]);
    write(store, [unpark(ids[2]), release(40)]);
    assert!(parked_now(store, None).is_empty());
    assert_eq!(store.waiting(&installation).unwrap(), Waiting::default());
}

fn redriven(store: &dyn Store) {
    let customer = stored(store, "Ada");
    let mut ids = Vec::new();
    for attempts in 0..4 {
        let (event, change) = waiting(customer);
        let mut park = park(event, customer, attempts, None);
        if let Change::Park { dead, .. } = &mut park {
            *dead = attempts < 2;
        }
        write(store, [change, park]);
        ids.push(event);
    }
    let release = Change::ReleaseParked {
        installation: plugin("one"),
        customer,
        at: at(20),
    };
    write(store, [release]);
    assert_eq!(due(store, 20), [ids[2]]);
    let redrive = |event: EventId| Change::Redrive {
        event,
        installation: plugin("one"),
        at: at(30),
    };
    write(store, [redrive(ids[1])]);
    // The one that was due waits behind it now.
    assert_eq!(due(store, 99), [ids[1]]);
    write(store, [redrive(ids[0]), redrive(ids[0]), redrive(ids[3])]);
    assert_eq!(due(store, 99), [ids[0]]);
    let all = parked_now(store, Some(false));
    let order: Vec<EventId> = all.iter().map(|parked| parked.event.id).collect();
    assert_eq!(order, ids);
    let told: Vec<_> = all.iter().map(|it| (it.attempts, it.spent)).collect();
    assert_eq!(told, [(0, 0), (1, 1), (2, 0), (3, 0)]);
    assert_eq!((all[1].since, all[2].since), (at(30), at(3)));
    let kept = |installation| {
        let query = ParkedQuery {
            event: Some(ids[1]),
            installation,
            ..ParkedQuery::default()
        };
        let kept = store.parked(&query, PageRequest::first(9)).unwrap().items;
        let kept = kept.into_iter().map(|it| (it.event.id, it.installation));
        kept.collect::<Vec<_>>()
    };
    assert_eq!(kept(None), [(ids[1], plugin("one"))]);
    assert_eq!(kept(Some(plugin("one"))), [(ids[1], plugin("one"))]);
    assert_eq!(kept(Some(plugin("two"))), []);
}

fn buried(store: &dyn Store) {
    let (ada, bob) = (stored(store, "Ada"), stored(store, "Bob"));
    let mut ids = Vec::new();
    for (number, customer) in [ada, ada, bob, ada].into_iter().enumerate() {
        let (event, change) = waiting(customer);
        let mut park = park(event, customer, 0, None);
        if let Change::Park {
            at: since, due_at, ..
        } = &mut park
        {
            *since = at(10 * number as i64);
            *due_at = (number == 0 || number == 2).then(|| at(50));
        }
        write(store, [change, park]);
        ids.push(event);
    }
    let bury = |before, most| Change::BuryParked {
        installation: plugin("one"),
        before: at(before),
        most,
        error: "too long".into(),
        at: at(60),
    };
    write(store, [bury(0, 9)]);
    assert!(parked_now(store, Some(true)).is_empty());
    write(store, [bury(99, 1)]);
    assert_eq!(due(store, 99), [ids[2], ids[1]]);
    write(store, [bury(30, 9)]);
    assert_eq!(due(store, 99), [ids[3]]);
    let dead = parked_now(store, Some(true));
    let order: Vec<EventId> = dead.iter().map(|parked| parked.event.id).collect();
    assert_eq!(order, ids[..3]);
    assert!(
        dead.iter()
            .all(|it| it.error == "too long" && it.due_at.is_none())
    );
    assert!(holds(
        store,
        Precondition::Dead {
            event: ids[0],
            installation: plugin("one")
        }
    ));
    assert!(!holds(
        store,
        Precondition::Dead {
            event: ids[3],
            installation: plugin("one")
        }
    ));
    let query = ParkedQuery {
        dead: Some(true),
        installation: Some(plugin("one")),
        customer: Some(bob),
        ..ParkedQuery::default()
    };
    let his = store.parked(&query, PageRequest::first(9)).unwrap().items;
    assert_eq!(his.len(), 1);
}

fn dead(store: &dyn Store) {
    let customer = stored(store, "Ada");
    let (event, change) = waiting(customer);
    write(store, [change, park(event, customer, 2, Some(at(10)))]);
    let expect = |attempts, name: &str| Precondition::Parked {
        event,
        installation: plugin(name),
        attempts,
    };
    assert!(holds(store, expect(2, "one")));
    assert!(!holds(store, expect(1, "one")));
    assert!(!holds(store, expect(2, "two")));
    let mut dead = park(event, customer, 3, Some(at(10)));
    if let Change::Park { dead, .. } = &mut dead {
        *dead = true;
    }
    write(store, [dead]);
    assert!(due(store, 100).is_empty());
    let all = parked_now(store, None);
    assert_eq!((all.len(), all[0].dead, all[0].attempts), (1, true, 3));
    assert_eq!((all[0].due_at, all[0].error.as_str()), (None, "it said no"));
    let installation = plugin("one");
    write(
        store,
        [Change::ReleaseParked {
            installation,
            customer,
            at: at(5),
        }],
    );
    assert!(due(store, 100).is_empty());
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
