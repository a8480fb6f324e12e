use super::desk::message;
use super::*;
use crate::rules::reasons;
use crate::{Change, Changeset, Due, OutreachRequest};
use regulars_model::*;

pub const CASES: &[Case] = &[
    (
        "a suppression cancels the messages of those who have the point",
        suppression,
    ),
    (
        "the contact version grows for whom a change touches",
        version,
    ),
    ("a complaint opens with its interaction", complaint),
    ("an interaction that is skipped opens no complaint", skipped),
];

fn point(value: &str) -> ContactPoint {
    ContactPoint {
        kind: ContactKind::Tel,
        value: value.to_owned(),
        label: None,
    }
}

fn add(customer: CustomerId, point: &ContactPoint) -> Change {
    Change::AddContactPoint {
        customer,
        point: point.clone(),
        hash: hash(point),
    }
}

fn version_of(store: &dyn Store, customer: CustomerId) -> u64 {
    let request = OutreachRequest {
        customer,
        since: at(0),
        without: None,
    };
    let (_, view) = store.outreach(&request).unwrap().unwrap();
    view.version
}

fn suppression(store: &dyn Store) {
    let people = ["Ada", "Ben", "Cem"].map(|name| stored(store, name));
    let [ada, ben, cem] = people;
    let home = point("+49301234");
    write(store, [add(ada, &home), add(ben, &home)]);
    let messages = people.map(|customer| message(customer, "one", "key"));
    write(store, messages.iter().cloned().map(Change::PutMessage));
    let before = people.map(|customer| version_of(store, customer));
    let mut changeset = Changeset::new();
    changeset.suppress(Suppression {
        kind: home.kind,
        hash: hash(&home),
        reason: SuppressionReason::Requested,
        at: at(1),
        source: "a call".to_owned(),
    });
    store.commit(changeset).unwrap();
    let state = |index: usize| {
        let message = store.message(messages[index].id).unwrap().unwrap();
        (message.state, message.detail)
    };
    let cancelled = (
        MessageState::Cancelled,
        Some(reasons::SUPPRESSED.to_owned()),
    );
    assert_eq!([state(0), state(1)], [cancelled.clone(), cancelled]);
    assert_eq!(state(2), (MessageState::Queued, None));
    assert_eq!(version_of(store, ada), before[0] + 1);
    assert_eq!(version_of(store, ben), before[1] + 1);
    assert_eq!(version_of(store, cem), before[2]);
    let due = Due::Outbox { after: at(0) };
    assert_eq!(store.next_due(&due).unwrap(), messages[2].due_at);
    assert_eq!(
        store.next_due(&Due::Outbox { after: at(60) }).unwrap(),
        None
    );
}

fn version(store: &dyn Store) {
    let (ada, ben) = (stored(store, "Ada"), stored(store, "Ben"));
    let (home, work) = (point("+49301234"), point("+49305678"));
    write(store, [add(ada, &home), add(ben, &home), add(ben, &work)]);
    let mut versions = [version_of(store, ada), version_of(store, ben)];
    let mut grown_by = |changes: Changeset, by: [u64; 2]| {
        let name = format!("{:?}", changes.changes);
        store.commit(changes).unwrap();
        versions = [versions[0] + by[0], versions[1] + by[1]];
        let found = [version_of(store, ada), version_of(store, ben)];
        assert_eq!(found, versions, "{name}");
    };
    let mut uninstall = Changeset::new();
    uninstall.uninstall(&plugin("one"));
    let bounced = |point: &ContactPoint| Change::MarkBounced {
        hash: hash(point),
        at: at(2),
    };
    let mut grown = |change: Change, by| grown_by(changeset([change]), by);
    grown(bounced(&home), [1, 1]);
    grown(bounced(&work), [0, 1]);
    // It works after all, for everyone who has it.
    grown(add(ada, &home), [2, 1]);
    grown(Change::Unsuppress(hash(&home)), [1, 1]);
    let preferences = Change::PutPreferences {
        customer: ada,
        preferences: Preferences::default(),
    };
    grown(preferences, [1, 0]);
    grown(Change::PutMessage(message(ben, "one", "key")), [0, 1]);
    grown_by(uninstall, [0, 1]);
    let mut grown = |change: Change, by| grown_by(changeset([change]), by);
    let removed = Change::RemoveContactPoint {
        customer: ben,
        point: work,
    };
    grown(removed, [0, 1]);
    grown(append(&interaction(ada, "visit", 0)), [0, 0]);
}

fn complaint(store: &dyn Store) {
    let ada = stored(store, "Ada");
    let told = interaction(ada, "complaint", 0);
    let mut answered = interaction(ada, "complaint", 1);
    answered.direction = Direction::Outbound;
    let before = version_of(store, ada);
    let mut changeset = Changeset::new();
    changeset.append_interaction(told.clone());
    changeset.append_interaction(answered);
    store.commit(changeset).unwrap();
    assert_eq!(version_of(store, ada), before + 1);
    let open = store.complaints(ada).unwrap();
    let open: Vec<_> = open
        .iter()
        .map(|it| (it.interaction, it.closed_at))
        .collect();
    assert_eq!(open, [(told.id, None)]);
    let close = Change::CloseComplaint {
        interaction: told.id,
        customer: ada,
        by: Some("Kim".to_owned()),
        note: None,
        at: at(5),
    };
    write(store, [close]);
    assert_eq!(version_of(store, ada), before + 2);
    let closed = store.complaint(told.id).unwrap().unwrap();
    assert_eq!(closed.closed_at, Some(at(5)));
}

fn skipped(store: &dyn Store) {
    let ada = stored(store, "Ada");
    let again = |interaction: &Interaction| {
        let mut changeset = Changeset::new();
        changeset.append_interaction_if_absent(interaction.clone());
        store.commit(changeset).unwrap()
    };
    let told = interaction(ada, "complaint", 0);
    assert_eq!(again(&told).appended, 1);
    let close = Change::CloseComplaint {
        interaction: told.id,
        customer: ada,
        by: None,
        note: None,
        at: at(5),
    };
    write(store, [close]);
    assert_eq!(again(&told).skipped, 1);
    let closed = store.complaint(told.id).unwrap().unwrap();
    assert_eq!(closed.closed_at, Some(at(5)));
    // The stored one is a visit.
    let visit = interaction(ada, "visit", 1);
    write(store, [append(&visit)]);
    let another = Interaction {
        kind: "complaint".to_owned(),
        ..visit
    };
    assert_eq!(again(&another).skipped, 1);
    assert_eq!(store.complaint(another.id).unwrap(), None);
    // Twice in one changeset.
    let twice = interaction(ada, "complaint", 2);
    let mut changeset = Changeset::new();
    changeset.append_interaction_if_absent(twice.clone());
    changeset.append_interaction_if_absent(twice.clone());
    let done = store.commit(changeset).unwrap();
    assert_eq!((done.appended, done.skipped), (1, 1));
    let open = store.complaints(ada).unwrap();
    let open: Vec<_> = open.iter().map(|it| it.interaction).collect();
    assert_eq!(open, [twice.id, told.id]);
}
