use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, mpsc};

use rusqlite::Connection;
use tempfile::TempDir;

use super::pool::Pool;
use super::writing::Writing;
use super::{Sqlite, SqliteOptions, SqliteStore, Synchronous, connection};
use crate::conformance::{self, append, changeset, interaction, stored, write};
use crate::sql::Writer;
use crate::{Change, Changeset, PageRequest, Store, StoreError};
use regulars_model::*;

fn temporary() -> (TempDir, PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("crm.db");
    (directory, path)
}

fn open(path: &Path) -> SqliteStore {
    SqliteStore::open(path, SqliteOptions::default()).unwrap()
}

#[test]
fn conforms() {
    conformance::run_all(|| {
        let (directory, path) = temporary();
        let options = SqliteOptions {
            synchronous: Synchronous::Normal,
            readers: 4,
        };
        let store = SqliteStore::open(&path, options).unwrap();
        (Box::new(store), directory)
    });
}

#[test]
fn queued_changesets_survive_reopening() {
    let (directory, path) = temporary();
    let store = open(&path);
    let customer = stored(&store, "Ada");
    let mut ids = Vec::new();
    for index in 0..500 {
        let visit = interaction(customer, "visit", index);
        ids.push(visit.id);
        store.submit(changeset([append(&visit)]), Box::new(|_| {}));
    }
    drop(store);
    let files: Vec<_> = std::fs::read_dir(directory.path()).unwrap().collect();
    assert_eq!(files.len(), 1, "the journal was not tidied up: {files:?}");
    let store = open(&path);
    for id in ids {
        assert!(store.interaction(id).unwrap().is_some());
    }
    assert_eq!(store.customer(customer).unwrap().unwrap().version, 1);
    write(&store, [append(&interaction(customer, "visit", 0))]);
    assert_eq!(store.counts().unwrap().interactions, 501);
}

#[test]
fn other_schema_is_refused_and_left_alone() {
    let (_directory, path) = temporary();
    drop(open(&path));
    let refused = |version: u32| {
        let sql = Connection::open(&path).unwrap();
        sql.pragma_update(None, "user_version", version).unwrap();
        drop(sql);
        let before = std::fs::read(&path).unwrap();
        let refused = SqliteStore::open(&path, SqliteOptions::default());
        assert_eq!(std::fs::read(&path).unwrap(), before);
        refused.err().unwrap()
    };
    assert!(matches!(
        refused(99),
        StoreError::NewerSchema { found: 99, .. }
    ));
    let older = refused(12);
    assert!(matches!(older, StoreError::RetiredSchema { found: 12, .. }));
    assert!(older.to_string().contains("start with a new file"));
}

#[test]
fn audit_rows_cannot_be_changed() {
    let (_directory, path) = temporary();
    let store = open(&path);
    let entry = AuditEntry {
        at: Timestamp::UNIX_EPOCH,
        actor: Actor::Cli,
        act: Act::KeyCreated,
        subject: "one".into(),
        details: serde_json::json!({}),
    };
    write(&store, [Change::Audit(entry.clone())]);
    let sql = Connection::open(&path).unwrap();
    for statement in ["DELETE FROM audit", "UPDATE audit SET subject = 'two'"] {
        let refused = sql.execute(statement, []).unwrap_err().to_string();
        assert!(refused.contains("the audit is not"), "{refused}");
    }
    assert_eq!(store.audit(PageRequest::first(9)).unwrap().items, [entry]);
}

#[test]
fn foreign_file_is_left_alone() {
    let (directory, path) = temporary();
    let sql = Connection::open(&path).unwrap();
    sql.execute_batch("CREATE TABLE notes (text)").unwrap();
    drop(sql);
    let letter = directory.path().join("letter.txt");
    std::fs::write(&letter, "Dear customer, ".repeat(100)).unwrap();
    for path in [path, letter] {
        let before = std::fs::read(&path).unwrap();
        let refused = SqliteStore::open(&path, SqliteOptions::default());
        assert!(
            matches!(refused, Err(StoreError::Foreign(_))),
            "{refused:?}"
        );
        assert_eq!(std::fs::read(&path).unwrap(), before);
    }
    let nowhere = directory.path().join("no/such/directory/crm.db");
    let refused = SqliteStore::open(&nowhere, SqliteOptions::default());
    assert!(
        matches!(&refused, Err(StoreError::Unusable(problem)) if problem.contains("make it")),
        "{refused:?}"
    );
}

#[test]
fn senseless_row_is_reported_as_corrupt() {
    let (_directory, path) = temporary();
    let store = open(&path);
    let customer = stored(&store, "Ada");
    let sql = Connection::open(&path).unwrap();
    sql.execute("UPDATE customer SET level = 'enormous'", [])
        .unwrap();
    let read = store.customer(customer);
    assert!(
        matches!(&read, Err(StoreError::Corrupt(what)) if what.contains("level") && what.contains("enormous")),
        "{read:?}"
    );
}

#[cfg(unix)]
#[test]
fn file_is_private_to_its_owner() {
    use std::os::unix::fs::PermissionsExt;
    let (directory, path) = temporary();
    let store = open(&path);
    stored(&store, "Ada");
    for file in std::fs::read_dir(directory.path()).unwrap() {
        let file = file.unwrap();
        let mode = file.metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{:?}", file.path());
    }
}

#[test]
fn completion_may_submit_and_be_last_owner() {
    let (_directory, path) = temporary();
    let store = Arc::new(open(&path));
    let (sender, receiver) = mpsc::channel();
    let owner = store.clone();
    let (go, wait) = mpsc::channel::<()>();
    store.submit(
        Changeset::new(),
        Box::new(move |_| {
            wait.recv().unwrap();
            owner.submit(
                Changeset::new(),
                Box::new(move |result| sender.send(result.is_ok()).unwrap()),
            );
        }),
    );
    drop(store);
    go.send(()).unwrap();
    assert!(receiver.recv().unwrap());
}

#[test]
fn keys_of_rolled_back_customer_are_forgotten() {
    let (_directory, path) = temporary();
    let store = open(&path);
    let ghost = conformance::customer("Ghost");
    let visit = interaction(ghost.id, "visit", 0);
    let put = Change::PutCustomer(ghost.clone());
    let twice = changeset([put, append(&visit), append(&visit)]);
    let (sender, receiver) = mpsc::channel();
    for changeset in [twice, changeset([append(&visit)])] {
        let sender = sender.clone();
        store.submit(
            changeset,
            Box::new(move |result| sender.send(result).unwrap()),
        );
    }
    assert!(receiver.recv().unwrap().is_err());
    assert!(receiver.recv().unwrap().is_err());
    // The next customer gets that key, and none of the ghost's history.
    let ada = stored(&store, "Ada");
    assert!(store.customer(ghost.id).unwrap().is_none());
    let timeline = store
        .timeline(ada, &Default::default(), PageRequest::first(9))
        .unwrap();
    assert!(timeline.items.is_empty());
}

#[test]
fn full_disk_loses_no_acknowledged_commit() {
    let (_directory, path) = temporary();
    let sql = connection::open_writer(&path, Synchronous::Full, |_| Ok(())).unwrap();
    let pages = |limit: i64| {
        let sql = &sql;
        sql.pragma_query_value(None, "page_count", |row| row.get::<_, i64>(0))
            .map(|count| sql.pragma_update(None, "max_page_count", count + limit))
            .unwrap()
            .unwrap();
    };
    pages(8);
    let backend = Sqlite {
        readers: Pool::new(path.clone(), 1),
        writing: Mutex::new(Writing::new(sql)),
    };
    let mut writer = Writer::new(Arc::new(backend));
    let (ada, ben) = (conformance::customer("Ada"), conformance::customer("Ben"));
    let mut big = interaction(ada.id, "note", 0);
    big.body = Some("x".repeat(1 << 20));
    let put = |customer: &Customer| changeset([Change::PutCustomer(customer.clone())]);
    let outcomes = writer.write(vec![put(&ada), changeset([append(&big)]), put(&ben)]);
    assert!(matches!(outcomes[1], Err(StoreError::Full)), "{outcomes:?}");
    let store = open(&path);
    for (customer, outcome) in [(&ada, &outcomes[0]), (&ben, &outcomes[2])] {
        let there = store.customer(customer.id).unwrap().is_some();
        assert_eq!(there, outcome.is_ok(), "{outcomes:?}");
    }
    drop(store);
    // Writing goes on once there is room.
    let again = writer.write(vec![put(&ada), put(&ben)]);
    assert!(again.iter().all(Result::is_ok), "{again:?}");
}

#[test]
fn damaged_file_is_not_written() {
    let (_directory, path) = temporary();
    let store = open(&path);
    let customers: Vec<Customer> = (0..500)
        .map(|n| conformance::customer(&format!("Customer {n} of this shop")))
        .collect();
    write(&store, customers.iter().cloned().map(Change::PutCustomer));
    drop(store);
    let mut bytes = std::fs::read(&path).unwrap();
    let name = b"Customer 250 of";
    let at = bytes.windows(name.len()).position(|it| it == name).unwrap() / 4096 * 4096;
    bytes[at..at + 4096].fill(0x5a);
    std::fs::write(&path, &bytes).unwrap();

    let store = open(&path);
    let put = |customer: &Customer| {
        let mut customer = customer.clone();
        customer.display_name = Some("Somebody else".to_owned());
        store.commit(changeset([Change::PutCustomer(customer)]))
    };
    assert!(put(&customers[0]).is_ok());
    for customer in [&customers[250], &customers[0]] {
        let refused = put(customer);
        assert!(
            matches!(refused, Err(StoreError::Corrupt(_))),
            "{refused:?}"
        );
    }
    // Intact pages can still be read.
    let first = store.customer(customers[0].id).unwrap().unwrap();
    assert_eq!(first.display_name.as_deref(), Some("Somebody else"));
}

#[test]
fn commit_is_synced_as_configured() {
    for (synchronous, number) in [(Synchronous::Full, 2), (Synchronous::Normal, 1)] {
        let (_directory, path) = temporary();
        let sql = connection::open_writer(&path, synchronous, |_| Ok(())).unwrap();
        let set: i64 = sql
            .pragma_query_value(None, "synchronous", |row| row.get(0))
            .unwrap();
        assert_eq!(set, number);
    }
}
