use super::*;
use crate::{Change, HistoryWindow, PageRequest, SnapshotRequest, TimelineQuery};
use regulars_model::*;

pub const CASES: &[Case] = &[
    ("pages neither skip nor repeat", paged),
    ("only the customer's own interactions count", owned),
    ("the newest inbound interaction is found", newest),
    ("those of a time are counted", occurred),
    ("windows are merged", windows),
    ("a snapshot is as of an event", as_of),
    ("a snapshot holds the desk and what blocks", desk_view),
];

fn paged(store: &dyn Store) {
    let customer = stored(store, "Ada");
    let other = stored(store, "Ben");
    let mut expected = Vec::new();
    // Stored out of order, and many at the same instant.
    for (index, kind) in ["visit", "purchase", "visit"]
        .iter()
        .cycle()
        .take(30)
        .enumerate()
    {
        let visit = interaction(customer, kind, [5, 1, 5, 3][index % 4]);
        write(
            store,
            [append(&visit), append(&interaction(other, kind, 5))],
        );
        expected.insert(0, visit);
    }
    expected.sort_by_key(|visit| std::cmp::Reverse(visit.occurred_at));
    for limit in [1, 7, 30, 1000] {
        let query = TimelineQuery::default();
        let all = pages(limit, |page| {
            store.timeline(customer, &query, page).unwrap()
        });
        assert_eq!(all, expected);
        let query = TimelineQuery {
            kind: Some("visit".into()),
        };
        let visits = pages(limit, |page| {
            store.timeline(customer, &query, page).unwrap()
        });
        assert_eq!(visits.len(), 20);
        assert!(
            visits
                .iter()
                .eq(expected.iter().filter(|item| item.kind == "visit"))
        );
    }
    let nobody = CustomerId(id());
    let none = store.timeline(nobody, &TimelineQuery::default(), PageRequest::first(5));
    assert!(none.unwrap().items.is_empty());
}

fn owned(store: &dyn Store) {
    let (ada, ben) = (stored(store, "Ada"), stored(store, "Ben"));
    let (first, second) = (interaction(ada, "visit", 0), interaction(ada, "visit", 1));
    let theirs = interaction(ben, "visit", 2);
    write(store, [append(&first), append(&second), append(&theirs)]);
    let ids = [first.id, second.id, theirs.id, InteractionId(id())];
    assert_eq!(store.count_owned(ada, &ids).unwrap(), 2);
    assert_eq!(store.count_owned(ben, &ids).unwrap(), 1);
    assert_eq!(store.count_owned(CustomerId(id()), &ids).unwrap(), 0);
    assert_eq!(store.count_owned(ada, &[]).unwrap(), 0);
}

fn newest(store: &dyn Store) {
    let ada = stored(store, "Ada");
    let of = |seconds, direction, depth: Option<u8>| {
        let interaction = Interaction {
            direction,
            ..interaction(ada, "visit", seconds)
        };
        let event = NewEvent {
            depth: depth.unwrap_or(0),
            ..event(
                ada,
                EventData::InteractionRecorded {
                    interaction: interaction.clone(),
                },
            )
        };
        let ids = (interaction.id, event.id);
        let mut changes = vec![append(&interaction)];
        // An imported interaction has no event.
        changes.extend(depth.map(|_| Change::AppendEvent {
            event,
            pending: false,
        }));
        write(store, changes);
        ids
    };
    let own = of(1, Direction::Inbound, Some(0));
    let brought = of(2, Direction::Inbound, None);
    let ours = of(3, Direction::Outbound, Some(0));
    let caused = of(4, Direction::Inbound, Some(1));
    let newest = |of: &[_]| store.newest_inbound(of).unwrap();
    assert_eq!(newest(&[own, ours, caused]), Some(at(1)));
    assert_eq!(newest(&[own, brought, ours]), Some(at(2)));
    assert_eq!(newest(&[brought, own, own]), Some(at(2)));
    assert_eq!(newest(&[ours, caused]), None);
    assert_eq!(newest(&[(InteractionId(id()), own.1)]), None);
    assert_eq!(newest(&[]), None);
}

fn window(kind: Option<&str>, since: i64, limit: u32) -> HistoryWindow {
    HistoryWindow {
        kind: kind.map(Into::into),
        since: at(since),
        limit,
    }
}

fn request(customer: CustomerId, windows: Vec<HistoryWindow>) -> SnapshotRequest {
    SnapshotRequest {
        customer,
        as_of: None,
        until: at(1000),
        windows,
        installations: Vec::new(),
    }
}

/// The snapshot's history, by the seconds of occurrence.
fn seconds(store: &dyn Store, request: &SnapshotRequest) -> Vec<i64> {
    let snapshot = store.snapshot(request).unwrap().unwrap();
    let second = |item: &Interaction| item.occurred_at.as_second() - at(0).as_second();
    snapshot.history.iter().map(second).collect()
}

fn occurred(store: &dyn Store) {
    let before = store.count_interactions(at(500_000), at(500_010)).unwrap();
    let (ada, ben) = (stored(store, "Ada"), stored(store, "Ben"));
    for (customer, second) in [(ada, 500_000), (ben, 500_009), (ben, 500_010)] {
        write(store, [append(&interaction(customer, "visit", second))]);
    }
    let counted = |from, until| store.count_interactions(at(from), at(until)).unwrap();
    assert_eq!(counted(500_000, 500_010), before + 2);
    assert_eq!(counted(500_001, 500_009), 0);
    assert_eq!(store.first_occurred(ben).unwrap(), Some(at(500_009)));
    let nobody = stored(store, "Cem");
    assert_eq!(store.first_occurred(nobody).unwrap(), None);
}

fn windows(store: &dyn Store) {
    let customer = stored(store, "Ada");
    for (kind, second) in [
        ("visit", 10),
        ("visit", 20),
        ("purchase", 15),
        ("visit", 30),
        ("note", 5),
        ("purchase", 25),
    ] {
        write(store, [append(&interaction(customer, kind, second))]);
    }
    let mut wanted = request(
        customer,
        vec![
            window(Some("visit"), 0, 2),
            window(Some("purchase"), 16, 9),
            window(None, 0, 3),
        ],
    );
    assert_eq!(seconds(store, &wanted), [30, 25, 20]);
    wanted.windows = vec![window(Some("purchase"), 0, 9), window(Some("visit"), 20, 9)];
    assert_eq!(seconds(store, &wanted), [30, 25, 20, 15]);
    wanted.until = at(25);
    assert_eq!(seconds(store, &wanted), [25, 20, 15]);
    wanted.windows.clear();
    assert!(seconds(store, &wanted).is_empty());
    assert!(
        store
            .snapshot(&request(CustomerId(id()), vec![]))
            .unwrap()
            .is_none()
    );
}

fn as_of(store: &dyn Store) {
    let customer = stored(store, "Ada");
    let first = interaction(customer, "visit", 10);
    let recorded = |interaction: &Interaction| Change::AppendEvent {
        event: event(
            customer,
            EventData::InteractionRecorded {
                interaction: interaction.clone(),
            },
        ),
        pending: true,
    };
    let done = write(store, [append(&first), recorded(&first)]);
    // Stored later, though it occurred before.
    let late = interaction(customer, "visit", 5);
    let later = write(store, [append(&late), recorded(&late)]);
    let mut wanted = request(customer, vec![window(None, 0, 10)]);
    assert_eq!(seconds(store, &wanted), [10, 5]);
    wanted.as_of = Some(done.pending[0].as_of);
    assert_eq!(seconds(store, &wanted), [10]);
    wanted.as_of = Some(later.pending[0].as_of);
    assert_eq!(seconds(store, &wanted), [10, 5]);
    wanted.as_of = Some(0);
    assert!(seconds(store, &wanted).is_empty());
    assert_eq!(
        store.pending(None, 0, 10).unwrap(),
        [done.pending, later.pending].concat()
    );
}

fn desk_view(store: &dyn Store) {
    let customer = stored(store, "Ada");
    let one = plugin("one");
    let mut wanted = request(customer, Vec::new());
    wanted.installations = vec![one.clone(), plugin("two")];
    let empty = store.snapshot(&wanted).unwrap().unwrap();
    assert_eq!(empty.memories.len(), 2);
    assert_eq!(empty.desk.last_question_at, None);

    let (waits, event) = waiting(customer);
    let deferred = |dead, installation: &InstallationId| Change::Defer {
        event: waits,
        customer,
        installation: installation.clone(),
        attempts: 1,
        due_at: Some(at(9)),
        dead,
        error: "no".into(),
        at: at(0),
    };
    let mut denied = desk::message(customer, "one", "never");
    denied.state = MessageState::Denied;
    denied.due_at = None;
    let mut closed = desk::task(customer, "one", Some("old"));
    closed.state = TaskState::Closed;
    write(
        store,
        [
            event,
            deferred(false, &one),
            deferred(true, &plugin("two")),
            Change::OpenQuestion(desk::question(customer, "one", 40)),
            Change::OpenTask(desk::task(customer, "one", Some("group"))),
            Change::OpenTask(desk::task(customer, "one", None)),
            Change::OpenTask(closed),
            Change::PutMessage(desk::message(customer, "one", "key")),
            Change::PutMessage(denied),
        ],
    );
    let snapshot = store.snapshot(&wanted).unwrap().unwrap();
    assert_eq!(snapshot.blocked, [one.clone()].into());
    assert_eq!(snapshot.desk.last_question_at, Some(at(40)));
    assert_eq!(
        snapshot.desk.open_groups,
        [(one.clone(), "group".into())].into()
    );
    assert_eq!(snapshot.desk.message_keys, [(one, "key".into())].into());
}
