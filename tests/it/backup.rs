//! A copy is of one moment, whoever writes meanwhile, and comes back whole.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use regulars::model::*;
use regulars::store::Store;
use regulars::store::sqlite::{SqliteOptions, SqliteStore};

use crate::crash::ledger::Ledger;
use crate::shop::Shop;

fn open(db: &Path) -> SqliteStore {
    SqliteStore::open(db, SqliteOptions::default()).unwrap()
}

/// Ids of what came from outside, in the order of the log.
fn recorded(db: &Path) -> Vec<InteractionId> {
    let store = open(db);
    let (mut after, mut ids) = (0, Vec::new());
    loop {
        let events = store.events(after, 1000).unwrap();
        let Some(last) = events.last() else {
            return ids;
        };
        after = last.seq;
        for event in events {
            if let EventData::InteractionRecorded { interaction } = event.data
                && interaction.kind != counter::ENTRY
            {
                ids.push(interaction.id);
            }
        }
    }
}

#[test]
fn copy_made_under_load_is_whole_and_can_be_gone_on_with() {
    let shop = Shop::new();
    let serving = shop.serve();
    let mut client = shop.client(3);
    for _ in 0..100 {
        client.record_one(&serving, &shop.key);
    }
    let before: Vec<InteractionId> = client.sent().flat_map(|(_, ids)| ids).copied().collect();
    let enough = AtomicBool::new(false);
    let copies = ["one.db", "two.db", "three.db"];
    std::thread::scope(|scope| {
        let (client, serving) = (&mut client, &serving);
        let (enough, shop) = (&enough, &shop);
        scope.spawn(move || {
            while !enough.load(Ordering::SeqCst) {
                client.record_one(serving, &shop.key);
            }
        });
        let said = copies.map(|copy| shop.program.run(&["backup", copy, "--json"]));
        enough.store(true, Ordering::SeqCst);
        for said in said {
            let contents = &said.ok().json()["contents"];
            assert!(contents["interactions"].as_u64() >= Some(100));
        }
    });
    drop(serving);
    for copy in copies {
        // It needs nothing beside it.
        assert!(!shop.program.dir.path().join(format!("{copy}-wal")).exists());
        let doctor = shop.program.run(&["doctor", "--db", copy, "--json"]);
        assert_eq!(doctor.code, 0, "{}", doctor.out);
        let ids = recorded(&shop.program.dir.path().join(copy));
        let there: HashSet<InteractionId> = ids.iter().copied().collect();
        assert!(before.iter().all(|id| there.contains(id)), "{copy}");
    }
    // What waited in the copy is done where it is restored.
    shop.program.run(&["restore", "two.db"]).ok();
    let ids = recorded(&shop.db());
    let serving = shop.serve();
    let mut ledger = Ledger::default();
    let mut visitor = shop.client(4);
    while !open(&shop.db()).pending(None, 0, 1).unwrap().is_empty() {
        visitor.visit_and_wait(&serving, &shop.key);
    }
    let store = open(&shop.db());
    ledger.read(&store);
    let all: HashSet<InteractionId> = ids.into_iter().collect();
    let mut sent: std::collections::BTreeMap<CustomerId, Vec<InteractionId>> = client
        .sent()
        .map(|(customer, ids)| {
            (
                customer,
                ids.iter().copied().filter(|id| all.contains(id)).collect(),
            )
        })
        .collect();
    for (customer, ids) in visitor.sent() {
        sent.entry(customer).or_default().extend(ids);
    }
    let sent = sent.iter().map(|(id, ids)| (*id, ids.as_slice())).collect();
    ledger.check(&store, &sent);
    ledger.tasks(&store);
}

#[test]
fn backup_replaces_files_only_with_force() {
    let shop = Shop::new();
    let run = |arguments: &[&str]| shop.program.run(arguments);
    let there = shop.program.file("there.db", "a letter");
    let refused = run(&["backup", "there.db"]);
    assert_eq!(refused.code, 1);
    assert!(refused.err.contains("--force"), "{}", refused.err);
    for (file, word) in [
        ("crm.db", "the database itself"),
        ("plugins", "is a directory"),
        ("no/such/copy.db", "there is no directory"),
    ] {
        let refused = run(&["backup", file, "--force"]);
        assert_eq!(refused.code, 1, "{file}");
        assert!(refused.err.contains(word), "{file}: {}", refused.err);
    }
    let refused = run(&["backup", "new.db", "--db", "nothing.db"]);
    assert!(
        refused.err.contains("no file nothing.db"),
        "{}",
        refused.err
    );

    // A file that is not intact replaces no copy that is.
    run(&["backup", "kept.db"]).ok();
    let kept = std::fs::read(shop.program.dir.path().join("kept.db")).unwrap();
    std::fs::write(
        shop.program.dir.path().join("bad.db"),
        &kept[..kept.len() / 2],
    )
    .unwrap();
    let refused = run(&["backup", "kept.db", "--force", "--db", "bad.db"]);
    assert_eq!(refused.code, 1);
    assert!(refused.err.contains("damaged"), "{}", refused.err);
    let still = std::fs::read(shop.program.dir.path().join("kept.db")).unwrap();
    assert!(still == kept, "the copy was replaced");

    run(&["backup", "there.db", "--force"]).ok();
    let copy = std::fs::read(&there).unwrap();
    assert!(copy.starts_with(b"SQLite format 3\0"));
    let left = std::fs::read_dir(shop.program.dir.path()).unwrap();
    for entry in left {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(!name.contains("partial"), "{name} was left behind");
    }
}

#[test]
fn restore_brings_back_the_backup_and_keeps_the_old_file() {
    let shop = Shop::new();
    let run = |arguments: &[&str]| shop.program.run(arguments);
    let mut client = shop.client(5);
    let serving = shop.serve();
    for _ in 0..10 {
        client.record_one(&serving, &shop.key);
    }
    run(&["backup", "copy.db"]).ok();
    for _ in 0..5 {
        client.record_one(&serving, &shop.key);
    }
    let refused = run(&["restore", "copy.db"]);
    assert_eq!(refused.code, 1);
    assert!(refused.err.contains("stop it first"), "{}", refused.err);
    drop(serving);
    // Killed: its last words are in the journal.
    let files = shop.files();
    let said = run(&["restore", "copy.db", "--dry-run"]).ok();
    assert!(said.out.contains("would hold"), "{}", said.out);
    assert_eq!(shop.files(), files, "a dry run wrote something");

    let said = run(&["restore", "copy.db", "--json"]).ok().json();
    assert_eq!(recorded(&shop.db()).len(), 10);
    let kept = PathBuf::from(said["replaced"].as_str().unwrap());
    assert_eq!(recorded(&kept).len(), 15, "what was there is not all kept");
    let doctor = run(&["doctor", "--json"]);
    assert_eq!(doctor.code, 0, "{}", doctor.out);

    // And back again.
    let kept = kept.display().to_string();
    run(&["restore", &kept]).ok();
    assert_eq!(recorded(&shop.db()).len(), 15);
    // Where there is nothing to replace.
    run(&["restore", "copy.db", "--db", "elsewhere.db"]).ok();
    assert_eq!(
        recorded(&shop.program.dir.path().join("elsewhere.db")).len(),
        10
    );
}

#[test]
fn restore_refuses_damaged_backups() {
    let shop = Shop::new();
    let run = |arguments: &[&str]| shop.program.run(arguments);
    run(&["backup", "copy.db"]).ok();
    let copy = std::fs::read(shop.program.dir.path().join("copy.db")).unwrap();
    shop.program
        .file("letter.db", "Dear customer, ".repeat(100));
    shop.program.file("cut.db", &copy[..copy.len() / 2]);
    let mut newer = copy.clone();
    newer[60..64].copy_from_slice(&99_u32.to_be_bytes());
    shop.program.file("newer.db", &newer);
    shop.program.file("empty.db", "");
    let before = std::fs::read(shop.db()).unwrap();
    let files = shop.files();
    for (file, word) in [
        ("letter.db", "not a Regulars database"),
        ("empty.db", "not a Regulars database"),
        ("cut.db", "damaged"),
        ("newer.db", "use a newer regulars"),
        ("crm.db", "the database itself"),
        ("nothing.db", "there is no file"),
    ] {
        for more in [&["--dry-run"][..], &[]] {
            let refused = run(&[&["restore", file], more].concat());
            assert_eq!(refused.code, 1, "{file}: {}", refused.out);
            assert!(refused.err.contains(word), "{file}: {}", refused.err);
        }
    }
    assert_eq!(shop.files(), files);
    assert!(
        std::fs::read(shop.db()).unwrap() == before,
        "the database was touched"
    );

    // A file beyond reading is replaced all the same, and kept.
    std::fs::write(shop.db(), &before[..before.len() / 2]).unwrap();
    let journal = shop.program.file("crm.db-wal", "garbage".repeat(1000));
    run(&["restore", "copy.db"]).ok();
    assert!(
        !journal.exists(),
        "the journal would be taken for the new file's"
    );
    let doctor = run(&["doctor", "--json"]);
    assert_eq!(doctor.code, 0, "{}", doctor.out);
    let kept = |suffix: &str| {
        let mut names = shop.program.dir.path().read_dir().unwrap();
        names.any(|entry| {
            let name = entry.unwrap().file_name().into_string().unwrap();
            name.contains("before-restore") && name.ends_with(suffix)
        })
    };
    assert!(kept("Z") && kept("-wal"));
}
