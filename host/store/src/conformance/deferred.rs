use super::*;
use crate::{Change, Due, PageRequest, Precondition, RetryEntry, RetryQuery, Waiting};
use regulars_model::*;

pub const CASES: &[Case] = &[
    ("deferred events are released in order", deferred),
    ("deferred events are retried or dead", dead),
    (
        "a redriven event takes its place before later ones",
        redriven,
    ),
    ("the longest wait ends first", expired),
];

fn defer(event: EventId, customer: CustomerId, attempts: u32, due_at: Option<Timestamp>) -> Change {
    Change::Defer {
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

/// The events that wait for the plugin and are due, in order.
fn due(store: &dyn Store, now: i64) -> Vec<EventId> {
    let due = store.deferred_due(&plugin("one"), at(now), 10).unwrap();
    due.iter().map(|deferred| deferred.event.id).collect()
}

fn deferred_now(store: &dyn Store, dead: Option<bool>) -> Vec<RetryEntry> {
    let query = RetryQuery {
        dead,
        ..RetryQuery::default()
    };
    pages(2, |page| store.deferred(&query, page).unwrap())
}

fn deferred(store: &dyn Store) {
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
            defer(ids[0], customer, 1, Some(at(10))),
            defer(ids[2], customer, 0, None),
            defer(ids[1], customer, 0, None),
        ],
    );
    let due = |now| due(store, now);
    assert_eq!(due(9), []);
    assert_eq!(due(10), [ids[0]]);
    let next_of = |installation, after| {
        let due = Due::Deferred {
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
            .deferred_due(&plugin("two"), at(10), 9)
            .unwrap()
            .is_empty()
    );
    let waiting = store.waiting(&plugin("one")).unwrap();
    assert_eq!((waiting.events, waiting.oldest), (3, Some(at(3))));
    assert_eq!(store.next_due(&Due::Calendar).unwrap(), None);
    let installation = plugin("one");
    let remove_deferred = |event| Change::RemoveDeferred {
        event,
        installation: installation.clone(),
    };
    let release = |seconds| Change::ReleaseDeferred {
        installation: installation.clone(),
        customer,
        at: at(seconds),
    };
    write(store, [remove_deferred(ids[0]), release(20)]);
    assert_eq!(due(20), [ids[1]]);
    write(store, [remove_deferred(ids[1]), release(30)]);
    assert_eq!(due(30), [ids[2]]);
    write(store, [remove_deferred(ids[2]), release(40)]);
    assert!(deferred_now(store, None).is_empty());
    assert_eq!(store.waiting(&installation).unwrap(), Waiting::default());
}

fn redriven(store: &dyn Store) {
    let customer = stored(store, "Ada");
    let mut ids = Vec::new();
    for attempts in 0..4 {
        let (event, change) = waiting(customer);
        let mut defer = defer(event, customer, attempts, None);
        if let Change::Defer { dead, .. } = &mut defer {
            *dead = attempts < 2;
        }
        write(store, [change, defer]);
        ids.push(event);
    }
    let release = Change::ReleaseDeferred {
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
    // The event that was due waits behind it now.
    assert_eq!(due(store, 99), [ids[1]]);
    write(store, [redrive(ids[0]), redrive(ids[0]), redrive(ids[3])]);
    assert_eq!(due(store, 99), [ids[0]]);
    let all = deferred_now(store, Some(false));
    let order: Vec<EventId> = all.iter().map(|deferred| deferred.event.id).collect();
    assert_eq!(order, ids);
    let told: Vec<_> = all
        .iter()
        .map(|it| (it.attempts, it.attempts_before_redrive))
        .collect();
    assert_eq!(told, [(0, 0), (1, 1), (2, 0), (3, 0)]);
    assert_eq!((all[1].since, all[2].since), (at(30), at(3)));
    let kept = |installation| {
        let query = RetryQuery {
            event: Some(ids[1]),
            installation,
            ..RetryQuery::default()
        };
        let kept = store.deferred(&query, PageRequest::first(9)).unwrap().items;
        let kept = kept.into_iter().map(|it| (it.event.id, it.installation));
        kept.collect::<Vec<_>>()
    };
    assert_eq!(kept(None), [(ids[1], plugin("one"))]);
    assert_eq!(kept(Some(plugin("one"))), [(ids[1], plugin("one"))]);
    assert_eq!(kept(Some(plugin("two"))), []);
}

fn expired(store: &dyn Store) {
    let (ada, bob) = (stored(store, "Ada"), stored(store, "Bob"));
    let mut ids = Vec::new();
    for (number, customer) in [ada, ada, bob, ada].into_iter().enumerate() {
        let (event, change) = waiting(customer);
        let mut defer = defer(event, customer, 0, None);
        if let Change::Defer {
            at: since, due_at, ..
        } = &mut defer
        {
            *since = at(10 * number as i64);
            *due_at = (number == 0 || number == 2).then(|| at(50));
        }
        write(store, [change, defer]);
        ids.push(event);
    }
    let expire = |before, most| Change::ExpireDeferred {
        installation: plugin("one"),
        before: at(before),
        most,
        error: "too long".into(),
        at: at(60),
    };
    write(store, [expire(0, 9)]);
    assert!(deferred_now(store, Some(true)).is_empty());
    write(store, [expire(99, 1)]);
    assert_eq!(due(store, 99), [ids[2], ids[1]]);
    write(store, [expire(30, 9)]);
    assert_eq!(due(store, 99), [ids[3]]);
    let dead = deferred_now(store, Some(true));
    let order: Vec<EventId> = dead.iter().map(|deferred| deferred.event.id).collect();
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
    let query = RetryQuery {
        dead: Some(true),
        installation: Some(plugin("one")),
        customer: Some(bob),
        ..RetryQuery::default()
    };
    let his = store.deferred(&query, PageRequest::first(9)).unwrap().items;
    assert_eq!(his.len(), 1);
}

fn dead(store: &dyn Store) {
    let customer = stored(store, "Ada");
    let (event, change) = waiting(customer);
    write(store, [change, defer(event, customer, 2, Some(at(10)))]);
    let expect = |attempts, name: &str| Precondition::RetryEntry {
        event,
        installation: plugin(name),
        attempts,
    };
    assert!(holds(store, expect(2, "one")));
    assert!(!holds(store, expect(1, "one")));
    assert!(!holds(store, expect(2, "two")));
    let mut dead = defer(event, customer, 3, Some(at(10)));
    if let Change::Defer { dead, .. } = &mut dead {
        *dead = true;
    }
    write(store, [dead]);
    assert!(due(store, 100).is_empty());
    let all = deferred_now(store, None);
    assert_eq!((all.len(), all[0].dead, all[0].attempts), (1, true, 3));
    assert_eq!((all[0].due_at, all[0].error.as_str()), (None, "it said no"));
    let installation = plugin("one");
    write(
        store,
        [Change::ReleaseDeferred {
            installation,
            customer,
            at: at(5),
        }],
    );
    assert!(due(store, 100).is_empty());
}
