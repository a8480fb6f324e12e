//! Faults of files, directories and disks: each is named in the answer, and nothing is made worse.

mod full;
mod namespaces;

use std::path::{Path, PathBuf};

use regulars::model::CustomerId;

use crate::shop::Shop;

/// The bytes of every file of the database.
fn bytes(shop: &Shop) -> Vec<(PathBuf, Option<Vec<u8>>)> {
    ["crm.db", "crm.db-wal"]
        .map(|name| shop.program.dir.path().join(name))
        .map(|path| (path.clone(), std::fs::read(path).ok()))
        .to_vec()
}

/// A database whose server was killed, with most of what it holds in its journal.
fn killed() -> Shop {
    let shop = Shop::new();
    let mut serving = shop.serve();
    let mut client = shop.client(9);
    for _ in 0..40 {
        client.record_one(&serving, &shop.key);
    }
    serving.kill();
    shop
}

fn garble(path: &Path, at: usize, length: usize) {
    let mut bytes = std::fs::read(path).unwrap();
    for byte in &mut bytes[at..at + length] {
        *byte ^= 0x5a;
    }
    std::fs::write(path, bytes).unwrap();
}

/// Breaks a file.
type Break = fn(&Path);

#[test]
fn untrusted_files_are_refused_with_a_remedy_and_left_unchanged() {
    let settled: [(&str, &str, Break); 6] = [
        ("a newer version", "use a newer regulars", |db| {
            let mut bytes = std::fs::read(db).unwrap();
            bytes[60..64].copy_from_slice(&99_u32.to_be_bytes());
            std::fs::write(db, bytes).unwrap();
        }),
        ("another program", "not a Regulars database", |db| {
            let mut bytes = std::fs::read(db).unwrap();
            bytes[68..72].copy_from_slice(b"Othr");
            std::fs::write(db, bytes).unwrap();
        }),
        ("a letter", "not a Regulars database", |db| {
            std::fs::write(db, "Dear customer, ".repeat(100)).unwrap();
        }),
        ("cut off", "damaged", |db| {
            let bytes = std::fs::read(db).unwrap();
            std::fs::write(db, &bytes[..bytes.len() / 2]).unwrap();
        }),
        ("its first page", "damaged", |db| garble(db, 100, 2000)),
        ("a directory", "is a directory", |db| {
            std::fs::remove_file(db).unwrap();
            std::fs::create_dir(db).unwrap();
        }),
    ];
    let journals: [(&str, &str, Break); 5] = [
        ("no journal", "crm.db-wal is missing", |db| {
            std::fs::remove_file(db.with_extension("db-wal")).unwrap();
        }),
        ("a garbled journal", "crm.db-wal is damaged", |db| {
            let journal = db.with_extension("db-wal");
            let middle = std::fs::metadata(&journal).unwrap().len() as usize / 2;
            garble(&journal, middle, 64);
        }),
        (
            "a journal that begins wrong",
            "crm.db-wal is damaged",
            |db| {
                garble(&db.with_extension("db-wal"), 0, 32);
            },
        ),
        ("no file", "is empty or not there", |db| {
            std::fs::remove_file(db).unwrap()
        }),
        ("an empty file", "is empty or not there", |db| {
            std::fs::write(db, "").unwrap()
        }),
    ];
    let sound = Shop::new();
    sound.program.run(&["key", "list"]).ok();
    assert!(!sound.db().with_extension("db-wal").exists());
    let original = std::fs::read(sound.db()).unwrap();
    for (what, sentence, break_it) in settled {
        if sound.db().is_dir() {
            std::fs::remove_dir(sound.db()).unwrap();
        }
        std::fs::write(sound.db(), &original).unwrap();
        break_it(&sound.db());
        refused(&sound, what, sentence);
    }
    for (what, sentence, break_it) in journals {
        let shop = killed();
        break_it(&shop.db());
        refused(&shop, what, sentence);
    }
}

/// Asserts that every command that opens the database refuses it, the doctor included.
fn refused(shop: &Shop, what: &str, sentence: &str) {
    let before = bytes(shop);
    for arguments in [
        &["serve", "--listen", "127.0.0.1:0"][..],
        &["task", "list"],
        &["import", "customers", "none.csv"],
        &["doctor"],
        &["backup", "copy.db", "--force"],
    ] {
        shop.program.file("none.csv", "external,name\n1,Ada\n");
        let said = shop.program.run(arguments);
        // That nothing is there at all is found before.
        let early = !shop.db().exists() && ["doctor", "backup", "task"].contains(&arguments[0]);
        let told = format!("{}{}", said.out, said.err);
        assert_eq!(said.code, 1, "{what}, {arguments:?}: {told}");
        assert!(
            early || told.to_lowercase().contains(&sentence.to_lowercase()),
            "{what}, {arguments:?}: {told}"
        );
        assert!(
            bytes(shop) == before,
            "{what}: {arguments:?} wrote something"
        );
    }
    assert!(!shop.program.dir.path().join("copy.db").exists());
}

#[test]
fn damaged_journal_is_accepted_with_normal_durability() {
    let shop = killed();
    let journal = shop.db().with_extension("db-wal");
    let middle = std::fs::metadata(&journal).unwrap().len() as usize / 2;
    garble(&journal, middle, 64);
    let doctor = shop.program.run(&["doctor", "--quick"]);
    assert_eq!(doctor.code, 1, "{}", doctor.out);
    assert!(doctor.out.contains("--durability normal"), "{}", doctor.out);
    shop.program
        .run(&["key", "list", "--durability", "normal"])
        .ok();
    let doctor = shop.program.run(&["doctor", "--json"]);
    assert_eq!(doctor.json()["errors"], 0, "{}", doctor.out);
}

#[test]
fn damaged_page_is_reported_and_other_pages_work() {
    let shop = Shop::new();
    let serving = shop.serve();
    let id = shop.customers[0];
    for n in 0..60 {
        let body = serde_json::json!({ "kind": "note", "body": format!("Remark {n}. {}", "x".repeat(400)) });
        let path = format!("/v1/customers/{id}/interactions");
        assert_eq!(
            serving.post(&shop.key, &path, &body.to_string()).status,
            201
        );
    }
    drop(serving);
    shop.program.run(&["backup", "good.db"]).ok();
    shop.program.run(&["key", "list"]).ok();
    let file = std::fs::read(shop.db()).unwrap();
    let at = file.windows(10).position(|it| it == b"Remark 30.").unwrap();
    garble(&shop.db(), at / 4096 * 4096, 4096);

    let doctor = shop.program.run(&["doctor"]);
    assert_eq!(doctor.code, 1);
    assert!(doctor.out.contains("regulars restore"), "{}", doctor.out);
    let refused = shop.program.run(&["backup", "good.db", "--force"]);
    assert!(
        refused.code == 1 && refused.err.contains("damaged"),
        "{}",
        refused.err
    );

    let serving = shop.serve();
    let read = |customer: CustomerId| {
        serving.get(
            &shop.key,
            &format!("/v1/customers/{customer}/timeline?limit=100"),
        )
    };
    let broken = read(id);
    assert_eq!(broken.status, 500, "{}", broken.text);
    assert_eq!(
        broken.json()["type"],
        "urn:regulars:problem:storage-damaged"
    );
    assert!(broken.text.contains("regulars doctor"));
    assert_eq!(read(shop.customers[1]).status, 200);
    drop(serving);
    shop.program.run(&["restore", "good.db"]).ok();
    assert_eq!(shop.program.run(&["doctor", "--quick"]).code, 0);
}
