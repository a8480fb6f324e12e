//! A customer's data is erased: nothing of it is left in any file, nobody else loses anything, and whatever tries to
//! bring it back is refused.

mod crash;
mod export;
mod many;
pub mod rich;

use regulars::Error;
use regulars::host::{NewCustomer, NewInteraction};
use regulars::model::*;
use regulars::store::{CustomerQuery, PageRequest, RunQuery};
use rusqlite::Connection;
use serde_json::json;

use self::rich::{Files, Rich, SHARED, email, exported, world};
use crate::outreach::post::Post;
use crate::served::Served;
use crate::world::{World, at};

#[test]
fn erasure_removes_one_customer_from_every_file_and_no_other() {
    let post = Post::new();
    let world = world(&post);
    let one = Rich::new(&world, "zqxalpha", "Europe/Vaduz");
    let other = Rich::new(&world, "zqxbravo", "Europe/Zurich");
    Rich::fail(&[&one, &other], &world);
    one.lose_some(&world);
    let db = world.dir.path().join("crm.db");
    // SQLite keeps samples of what is indexed, which a server that ends makes by itself.
    let aside = Connection::open(&db).unwrap();
    aside.execute_batch("ANALYZE").unwrap();
    let packed = rich::packed(&aside, one.id);
    assert!(packed.len() > 5, "no transcripts");
    let sampled: i64 = aside
        .query_row("SELECT count(*) FROM sqlite_stat4", [], |row| row.get(0))
        .unwrap();
    assert!(sampled > 0);
    drop(aside);
    let files = Files::of(world.dir.path());
    for needle in ["zqxalpha", "europe/vaduz", "+41445551234"] {
        assert!(files.hold(needle.as_bytes()), "{needle} was never there");
    }
    for packed in &packed {
        assert!(files.hold(packed), "a transcript was never there");
    }
    let before = exported(&world.host, other.id);

    let erased = world.host.erase_customer(one.id, "staff").unwrap();
    let files = Files::of(world.dir.path());
    assert_eq!(files.found(&rich::disguises("zqxalpha")), None);
    assert_eq!(files.found(&rich::disguises("europe/vaduz")), None);
    assert_eq!(files.found(&rich::disguises("+41445551234")), None);
    for packed in &packed {
        assert!(!files.hold(packed), "a transcript is left");
    }
    assert!(exported(&world.host, other.id) == before);

    assert!(erased.journal_cleared && !erased.repeated, "{erased:?}");
    let Removed {
        contact_points,
        interactions,
        events,
        cards,
        questions,
        tasks,
        messages,
        cancelled,
        runs,
        transcripts,
        memories,
        timers,
        waiting,
        answers,
        consents,
        complaints,
    } = erased.removed;
    for (count, what) in [
        (contact_points, "contact points"),
        (interactions, "interactions"),
        (events, "events"),
        (cards, "cards"),
        (questions, "questions"),
        (tasks, "tasks"),
        (messages, "messages"),
        (cancelled, "messages that waited"),
        (runs, "runs"),
        (transcripts, "transcripts"),
        (memories, "memories"),
        (timers, "timers"),
        (waiting, "waiting events"),
        (answers, "answers"),
        (consents, "consents"),
        (complaints, "complaints"),
    ] {
        assert!(count > 0, "no {what}");
    }
    // Of three addresses the family's telephone stays, since it is somebody else's too.
    assert_eq!((erased.suppressed, erased.shared), (3, 1));
    let reason = |kind, value: &str| {
        let point = ContactPoint {
            kind,
            value: value.to_owned(),
            label: None,
        };
        let found = world.host.suppression(&point).unwrap();
        found.map(|found| found.reason)
    };
    assert_eq!(
        reason(ContactKind::Email, &email("ZQXALPHA")),
        Some(SuppressionReason::Erased)
    );
    assert_eq!(
        reason(ContactKind::Tel, "0041 44 555 12 34"),
        Some(SuppressionReason::Erased)
    );
    assert_eq!(reason(ContactKind::Tel, SHARED), None);

    // What can be counted still can be.
    let query = RunQuery {
        customer: Some(one.id),
        ..RunQuery::default()
    };
    let kept = world.host.runs(&query, PageRequest::first(1000)).unwrap();
    assert_eq!(kept.items.len() as u64, runs);
    assert!(kept.items.iter().all(|run| run.proposals.is_empty()));
    assert!(kept.items.iter().any(|run| run.fuel > 0));
    let messages = world.messages(one.id);
    assert!(messages.iter().all(|message| message.state.is_final()));
    let sent = messages.iter().find(|it| it.state == MessageState::Sent);
    let sent = sent.expect("a message that was sent");
    assert_eq!(sent.channel.as_deref(), Some("email"));
    assert!(sent.sent_at.is_some() && sent.body.is_empty());
    let events = world.host.events(0, 10_000).unwrap();
    let of = |id| {
        let mut kinds: Vec<String> = events
            .iter()
            .filter(|event| event.customer == id)
            .map(|event| event.data.kind().to_owned())
            .collect();
        kinds.sort();
        kinds
    };
    let mut expected = of(other.id);
    expected.extend(["customer.changed", "customer.erased"].map(str::to_owned));
    expected.sort();
    assert_eq!(of(one.id), expected);

    // It stays gone, whatever the clock and the outbox still had in hand.
    let taken = post.taken().len();
    world.go_to(at("2027-03-01T09:00:00Z"));
    let to_one = |envelope: &regulars::outbox::Envelope| envelope.message.customer == one.id;
    assert!(!post.taken()[taken..].iter().any(to_one));
    let world = world.restart();
    assert_eq!(
        Files::of(world.dir.path()).found(&rich::disguises("zqxalpha")),
        None
    );
    world.sound();
}

#[test]
fn erased_customer_is_gone_on_every_endpoint() {
    let world = World::new();
    let customer = world.customer("Ada Lovelace").id;
    let other = world.customer("Ada Byron").id;
    world.record(customer, "visit");
    let first = world.host.erase_customer(customer, "own-page").unwrap();
    world.clock.advance(jiff::SignedDuration::from_hours(1));
    let again = world.host.erase_customer(customer, "staff").unwrap();
    assert!(again.repeated && again.at == first.at, "{again:?}");
    assert_eq!(again.removed, Removed::default());
    let acts = world.host.audit(PageRequest::first(10)).unwrap().items;
    let acts: Vec<_> = acts
        .iter()
        .filter(|it| it.act == Act::CustomerDeleted)
        .collect();
    assert_eq!(acts.len(), 1);
    assert_eq!(acts[0].subject, customer.to_string());
    assert_eq!(acts[0].details, json!({ "source": "own-page" }));

    let host = &world.host;
    let is_gone = |result: Result<(), Error>| match result {
        Err(Error::Erased { customer: id, at }) => assert!(id == customer && at == first.at),
        other => panic!("{other:?}"),
    };
    let back = NewCustomer {
        id: Some(customer),
        display_name: Some("Ada Lovelace".to_owned()),
        ..NewCustomer::default()
    };
    is_gone(host.customer(customer).map(drop));
    is_gone(host.create_customer(back.clone()).map(drop));
    is_gone(host.import_customers(vec![back]).remove(0).map(drop));
    is_gone(
        host.record(NewInteraction::new(customer, "visit"))
            .map(drop),
    );
    let past = NewInteraction {
        occurred_at: Some(at("2020-01-01T00:00:00Z")),
        ..NewInteraction::new(customer, "visit")
    };
    is_gone(host.import(vec![past]).map(drop));
    is_gone(host.desk(customer).map(drop));
    is_gone(host.explain(customer, PageRequest::first(1)).map(drop));
    is_gone(host.contact_points(customer).map(drop));
    is_gone(host.preferences(customer).map(drop));
    is_gone(host.export_customer(customer).map(drop));
    is_gone(host.export_vcard(customer).map(drop));
    let patch = CustomerPatch {
        level: Some(Level::High),
        ..CustomerPatch::default()
    };
    is_gone(host.update_customer(customer, &patch, None).map(drop));
    let unknown = host.erase_customer(CustomerId(uuid::Uuid::nil()), "staff");
    assert!(
        matches!(unknown, Err(Error::NotFound { .. })),
        "{unknown:?}"
    );
    assert!(host.erase_customer(other, "").is_err());

    let by_name = CustomerQuery {
        search: Some("Ada".to_owned()),
        ..CustomerQuery::default()
    };
    let page = PageRequest::first(10);
    let found = host.customers(&by_name, page).unwrap().items;
    assert_eq!(found.iter().map(|it| it.id).collect::<Vec<_>>(), [other]);
    let all = host.customers(&CustomerQuery::default(), page).unwrap();
    assert_eq!(all.items.len(), 1);
    assert_eq!(host.counts().unwrap().customers, 1);

    let served = Served::new(world);
    let path = format!("/v1/customers/{customer}");
    for path in [
        path.clone(),
        format!("{path}/desk"),
        format!("{path}/export"),
    ] {
        let answer = served.get(&path);
        assert_eq!(answer.status, 410, "{path}: {}", answer.text);
        assert_eq!(answer.json()["type"], "urn:regulars:problem:erased");
    }
    let answer = served.send("DELETE", &path, None, &[]);
    assert_eq!(
        (answer.status, &answer.json()["repeated"]),
        (200, &json!(true))
    );
    let answer = served.send("DELETE", &format!("/v1/customers/{other}"), None, &[]);
    assert_eq!(answer.json()["removed"]["interactions"], 0);
    assert_eq!(answer.json()["repeated"], false, "{}", answer.text);
    assert_eq!(served.get(&format!("/v1/customers/{other}")).status, 410);
}

#[test]
fn erasure_points_out_shared_plugin_memory() {
    let world = World::new();
    world.install("parrot");
    let customer = world.customer("Quirin Vogelsang").id;
    world.record_with(
        customer,
        "feedback",
        Some("Tell QUIRIN vogelsang"),
        json!({}),
    );
    let erased = world.host.erase_customer(customer, "staff").unwrap();
    let trace = PluginTrace {
        plugin: "parrot".parse().unwrap(),
        key: "all".to_owned(),
    };
    assert_eq!(erased.plugin_memory, [trace]);
    let stranger = world.customer("Somebody Else").id;
    let erased = world.host.erase_customer(stranger, "staff").unwrap();
    assert_eq!(erased.plugin_memory, []);
}

#[test]
fn suppression_outlasts_erasure_and_import() {
    let program = crate::program::Program::new();
    let rows = "external,name,email\n42,Ada Lovelace,ada@example.org\n43,Bob,bob@example.org\n";
    let file = program.file("members.csv", rows).display().to_string();
    program
        .run(&["import", "customers", &file, "--source", "gym"])
        .ok();
    let refused = program.run(&["erase", "42"]);
    assert!(
        refused.code == 1 && refused.err.contains("--yes"),
        "{}",
        refused.err
    );
    let said = program.run(&["erase", "42", "--yes", "--json"]).ok().json();
    assert_eq!(said["suppressed"], 2, "{said}");
    // The same source calls the same person so: refused. Another one is somebody new, at the same address.
    let again = program
        .run(&["import", "customers", &file, "--source", "gym", "--json"])
        .ok();
    assert_eq!(again.json()["rejected"], 1, "{}", again.out);
    let rejects = std::fs::read_dir(program.dir.path()).unwrap().flatten();
    let rejects: Vec<String> = rejects
        .filter(|it| it.file_name().to_string_lossy().contains("reject"))
        .map(|it| std::fs::read_to_string(it.path()).unwrap())
        .collect();
    assert!(rejects.concat().contains("was erased"), "{rejects:?}");
    program
        .run(&["import", "customers", &file, "--source", "shop"])
        .ok();
    let host = regulars::Host::builder()
        .sqlite(program.dir.path().join("crm.db"))
        .without_workers()
        .build()
        .unwrap();
    let point = ContactPoint {
        kind: ContactKind::Email,
        value: "ada@example.org".to_owned(),
        label: None,
    };
    let at_address = CustomerQuery {
        contact: Some((point.kind, point.value.clone())),
        ..CustomerQuery::default()
    };
    let page = PageRequest::first(10);
    let ada = host.customers(&at_address, page).unwrap().items;
    assert_eq!(ada.len(), 1);
    let suppressed = host.suppression(&point).unwrap().expect("it holds");
    assert_eq!(suppressed.reason, SuppressionReason::Erased);
    // Nothing was said about consent, so nothing is known.
    assert_eq!(host.consents(ada[0].id, page).unwrap().items, []);
}

#[test]
fn shared_plugin_memory_is_copied_to_no_other_row() {
    let world = world(&Post::new());
    let (ada, ben) = (world.customer("Ada").id, world.customer("Ben").id);
    world.record_with(ada, "feedback", Some("zqxalpha"), json!({}));
    world.record_with(ben, "feedback", Some("zqxbravo"), json!({}));
    let sql = Connection::open(world.dir.path().join("crm.db")).unwrap();
    let count = |query: &str| -> i64 { sql.query_row(query, [], |row| row.get(0)).unwrap() };
    let kept = "SELECT count(*) FROM memory WHERE value LIKE '%zqxalpha%zqxbravo%'";
    assert_eq!(count(kept), 1, "the plugin keeps what everybody said");
    let runs = "SELECT count(*) FROM run WHERE proposals LIKE '%zqxbravo%'";
    assert_eq!(count(runs), 1);
    assert_eq!(count(&format!("{runs} AND proposals LIKE '%zqxalpha%'")), 0);
    assert!(!rich::packed(&sql, ben).is_empty());
    world.host.erase_customer(ada, "staff").unwrap();
    // What ran for Ben saw what Ada said.
    assert_eq!(rich::packed(&sql, ben), Vec::<Vec<u8>>::new());
}

#[test]
fn recording_during_an_erasure_leaves_no_row() {
    let post = Post::new();
    let world = world(&post);
    let other = world.customer("Somebody Else");
    for round in 0..3 {
        let mark = format!("zqxround{round}x");
        let customer = world.reachable(&mark, Level::High).id;
        let host = &world.host;
        let recorded = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..4)
                .map(|thread| {
                    let mark = &mark;
                    scope.spawn(move || {
                        let mut recorded = 0;
                        for n in 0.. {
                            let new = NewInteraction {
                                body: Some(format!("{mark} {thread} {n}")),
                                ..NewInteraction::new(customer, "visit")
                            };
                            match host.record(new) {
                                Ok(_) => recorded += 1,
                                Err(Error::Erased { .. }) => return recorded,
                                Err(error) => panic!("{error}"),
                            }
                        }
                        recorded
                    })
                })
                .collect();
            while host
                .timeline(customer, &Default::default(), PageRequest::first(30))
                .unwrap()
                .items
                .len()
                < 30
            {
                std::thread::yield_now();
            }
            host.erase_customer(customer, "staff").unwrap();
            let recorded = threads.into_iter().map(|it| it.join().unwrap());
            recorded.sum::<u64>()
        });
        assert!(recorded > 0);
        world.host.settle().unwrap();
        world.record(other.id, "visit");
        let files = Files::of(world.dir.path());
        assert_eq!(files.found(&rich::disguises(&mark)), None);
    }
    world.sound();
}

#[test]
fn server_notices_an_erasure_by_another_process() {
    let world = World::new();
    let customer = world.customer("Ada Zqxlovelace").id;
    world.record(customer, "visit");
    let beside = crate::world::builder(world.dir.path(), &world.clock)
        .without_workers()
        .build()
        .unwrap();
    let erased = beside.erase_customer(customer, "staff").unwrap();
    assert!(erased.journal_cleared);
    let recorded = world.host.record(NewInteraction {
        body: Some("zqxlovelace came back".to_owned()),
        ..NewInteraction::new(customer, "visit")
    });
    assert!(
        matches!(recorded, Err(Error::Erased { .. })),
        "{recorded:?}"
    );
    let files = Files::of(world.dir.path());
    assert_eq!(files.found(&rich::disguises("zqxlovelace")), None);
}

#[test]
fn server_truncates_the_journal_after_an_erasure_by_another_process() {
    let world = World::new();
    let customer = world.customer("Ada Zqxlovelace").id;
    let other = world.customer("Ben").id;
    let reader = Connection::open(world.dir.path().join("crm.db")).unwrap();
    reader
        .execute_batch("BEGIN; SELECT count(*) FROM customer")
        .unwrap();
    let beside = crate::world::builder(world.dir.path(), &world.clock)
        .without_workers()
        .build()
        .unwrap();
    let erased = beside.erase_customer(customer, "staff").unwrap();
    assert!(!erased.journal_cleared);
    drop(beside);
    reader.execute_batch("COMMIT").unwrap();
    world.record(other, "visit");
    let cleared = || {
        let files = Files::of(world.dir.path());
        files.found(&rich::disguises("zqxlovelace")).is_none()
    };
    assert!(crate::world::comes(cleared));
}

#[test]
fn journal_is_truncated_after_a_long_reader() {
    let world = World::new();
    let customer = world.customer("Ada Zqxlovelace").id;
    let reader = Connection::open(world.dir.path().join("crm.db")).unwrap();
    reader
        .execute_batch("BEGIN; SELECT count(*) FROM customer")
        .unwrap();
    let erased = world.host.erase_customer(customer, "staff").unwrap();
    assert!(!erased.journal_cleared);
    // It reads what was, of the moment at which it began.
    let name: String = reader
        .query_row("SELECT display_name FROM customer", [], |row| row.get(0))
        .unwrap();
    assert_eq!(name, "Ada Zqxlovelace");
    reader.execute_batch("COMMIT").unwrap();
    let cleared = || {
        let files = Files::of(world.dir.path());
        files.found(&rich::disguises("zqxlovelace")).is_none()
    };
    assert!(crate::world::comes(cleared));
}
