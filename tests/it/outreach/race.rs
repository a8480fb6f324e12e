//! A place in a window is given once, whoever asks for it and however many at once.

use std::sync::{Arc, Barrier};

use jiff::tz::TimeZone;
use regulars::host::NewInteraction;
use regulars::model::*;
use regulars::outbox::Channels;
use regulars::policy::{
    Candidate, ContactPolicy, Outreach, Policy, PolicyView, ProposalId, fingerprint,
};
use regulars::store::sqlite::{SqliteOptions, SqliteStore};
use regulars::store::{
    Change, Changeset, DeskView, OutreachRequest, Precondition, Store, StoreError,
};
use serde_json::json;

use super::post::Post;
use super::{MORNING, sending};
use crate::world::{at, builder, long};

const WRITERS: usize = 100;

fn proposal(index: usize) -> MessageProposal {
    MessageProposal {
        purpose: Purpose::Care,
        topic: None,
        subject: format!("From writer {}", "abcdefghij".repeat(index % 7)),
        body: (0..=index).map(|_| "x").collect(),
        channels: vec!["desk".to_owned()],
        value: "A place".to_owned(),
        because: Because {
            reason: "They were here.".to_owned(),
            evidence: Vec::new(),
        },
        not_before: None,
        expires: Some(at(MORNING) + jiff::SignedDuration::from_hours(1)),
        dedupe_key: index.to_string(),
    }
}

/// Handles a proposal as a host does: reads, decides, and writes only if nothing has changed.
fn propose(store: &dyn Store, policy: &Policy, customer: CustomerId, index: usize) -> bool {
    let now = at(MORNING);
    let plugin: InstallationId = "writer".parse().unwrap();
    let message = proposal(index);
    let effect = Effect::Message(message.clone());
    let run = RunId(uuid::Uuid::from_u128(index as u128 + 1));
    loop {
        let request = OutreachRequest {
            customer,
            since: policy.since(now),
            without: None,
        };
        let (found, known) = store.outreach(&request).unwrap().unwrap();
        let view = PolicyView {
            level: found.level,
            desk: &DeskView::default(),
            depth: 0,
            outreach: Some(Outreach {
                known: &known,
                zone: &TimeZone::UTC,
                names: &[],
            }),
        };
        let candidate = Candidate {
            id: ProposalId { run, index: 0 },
            installation: &plugin,
            priority: 0,
            effect: &effect,
            cause_at: None,
            service_granted: false,
            fingerprint: None,
            prior: None,
        };
        let decision = regulars::policy::decide(policy, now, &view, &[candidate]).remove(0);
        if decision.outcome != VerdictOutcome::Allow {
            return false;
        }
        let mut changeset = Changeset::new();
        changeset.expect(Precondition::Contact {
            customer,
            version: known.version,
        });
        changeset.push(Change::PutMessage(Message {
            id: MessageId(run.0),
            customer,
            plugin: plugin.clone(),
            run,
            purpose: message.purpose,
            topic: None,
            subject: message.subject.clone(),
            body: message.body.clone(),
            channels: message.channels.clone(),
            value: message.value.clone(),
            because: message.because.clone(),
            created_at: now,
            not_before: None,
            expires_at: message.expires,
            dedupe_key: message.dedupe_key.clone(),
            state: MessageState::Queued,
            channel: decision.route.as_ref().map(|route| route.channel.clone()),
            decision,
            due_at: Some(now),
            decided_at: now,
            attempts: 0,
            sent_at: None,
            unconfirmed_at: None,
            cancel: None,
            detail: None,
            point: None,
            fingerprint: fingerprint(&message.subject, &message.body, &[]),
            cause_at: None,
        }));
        match store.commit(changeset) {
            Ok(_) => return true,
            Err(StoreError::Conflict(_)) => {}
            Err(error) => panic!("{error}"),
        }
    }
}

#[test]
fn cap_is_spent_once_under_100_writers() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("crm.db");
    // Two stores on one file, as two processes have.
    let stores = [(); 2].map(|()| SqliteStore::open(&path, SqliteOptions::default()).unwrap());
    let policy = Policy {
        contact: ContactPolicy::read("[caps]\nmedium = { most = 1, days = 30 }").unwrap(),
        channels: Channels::new().offered(),
        ..Policy::default()
    };
    let rounds = if long() { 500 } else { 50 };
    for round in 0..rounds {
        let customer = CustomerId(uuid::Uuid::from_u128(1000 + round));
        let mut changeset = Changeset::new();
        changeset.push(Change::PutCustomer(Customer {
            id: customer,
            display_name: None,
            given_name: None,
            language: None,
            birthday: None,
            time_zone: None,
            level: Level::Medium,
            topics: Default::default(),
            tags: Default::default(),
            since: at(MORNING),
            version: 1,
        }));
        stores[0].commit(changeset).unwrap();
        let start = Barrier::new(WRITERS);
        let places: usize = std::thread::scope(|scope| {
            let (start, policy) = (&start, &policy);
            let writers: Vec<_> = (0..WRITERS)
                .map(|index| {
                    let store = &stores[index % 2];
                    let unique = index + WRITERS * round as usize;
                    scope.spawn(move || {
                        start.wait();
                        usize::from(propose(store, policy, customer, unique))
                    })
                })
                .collect();
            writers
                .into_iter()
                .map(|writer| writer.join().unwrap())
                .sum()
        });
        assert_eq!(places, 1, "round {round}");
    }
}

#[test]
fn two_hosts_send_one_message() {
    let post = Post::new();
    let first = sending("[caps]\nmedium = { most = 1, days = 30 }", &post);
    first.messenger("care", json!({}));
    first.messenger(
        "more",
        json!({ "subject": "Another", "body": "Something else" }),
    );
    let ada = first.reachable("Ada", Level::Medium).id;
    let path = first.dir.path().join("crm.db");
    let store: Arc<dyn Store> =
        Arc::new(SqliteStore::open(&path, SqliteOptions::default()).unwrap());
    let second = builder(first.dir.path(), &first.clock)
        .store(store)
        .policy(ContactPolicy::read("[caps]\nmedium = { most = 1, days = 30 }").unwrap())
        .channels(Channels::new().with(post.channel()))
        .build()
        .unwrap();
    std::thread::scope(|scope| {
        for (host, from) in [(&first.host, 1), (&second, 1000)] {
            scope.spawn(move || {
                for index in 0..50_u128 {
                    // The hosts' ids are seeded alike.
                    let new = NewInteraction {
                        id: Some(InteractionId(uuid::Uuid::from_u128(from + index))),
                        ..NewInteraction::new(ada, "visit")
                    };
                    host.record(new).unwrap();
                }
            });
        }
    });
    first.host.settle().unwrap();
    second.settle().unwrap();
    let states: Vec<MessageState> = first.messages(ada).iter().map(|it| it.state).collect();
    assert_eq!(post.taken().len(), 1, "{states:?}");
}

#[test]
fn two_hosts_that_reach_the_time_together_send_each_message_once() {
    let post = Post::new();
    let first = sending("", &post);
    first.messenger("care", json!({}));
    let path = first.dir.path().join("crm.db");
    let store: Arc<dyn Store> =
        Arc::new(SqliteStore::open(&path, SqliteOptions::default()).unwrap());
    let second = builder(first.dir.path(), &first.clock)
        .store(store)
        .channels(Channels::new().with(post.channel()))
        .build()
        .unwrap();
    first.go_to(at("2026-03-02T23:00:00Z"));
    let customers: Vec<CustomerId> = (0..40)
        .map(|index| {
            let name = format!(
                "Ada {}",
                char::from(b'a' + index % 26)
                    .to_string()
                    .repeat(1 + usize::from(index / 26))
            );
            let customer = first.reachable(&name, Level::Medium).id;
            first.record(customer, "visit");
            customer
        })
        .collect();
    let waiting = first.messages(customers[0])[0].clone();
    assert_eq!(waiting.state, MessageState::Queued, "people sleep");
    // Both take up all of them at once.
    first.clock.set(waiting.due_at.unwrap());
    std::thread::scope(|scope| {
        for host in [&first.host, &second] {
            scope.spawn(|| host.settle().unwrap());
        }
    });
    first.host.settle().unwrap();
    let mut sent: Vec<MessageId> = post.taken().iter().map(|it| it.message.id).collect();
    sent.sort();
    let twice: Vec<_> = sent.windows(2).filter(|pair| pair[0] == pair[1]).collect();
    assert!(twice.is_empty(), "{} came twice", twice.len());
    assert_eq!(sent.len(), customers.len());
}
