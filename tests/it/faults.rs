//! What can be wrong with a file, a directory or a disk: a clear answer, and nothing made worse.

mod full;

use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use regulars::model::CustomerId;

use crate::program;
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
fn what_cannot_be_trusted_is_refused_with_what_to_do_and_left_as_it_is() {
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

/// By everything that would open it, the doctor included.
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
fn a_journal_that_is_damaged_is_gone_on_with_where_that_is_said() {
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
fn a_page_that_is_damaged_is_told_of_and_everything_else_works() {
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

/// The program, as somebody who owns nothing here; none where it cannot be run so.
fn as_nobody(shop: &Shop, arguments: &[&str]) -> Option<(i32, String)> {
    let mut command = Command::new(program::path());
    command
        .current_dir(shop.program.dir.path())
        .env("REGULARS_DB", shop.db())
        .args(arguments);
    // Root may do everything, so it becomes somebody else.
    if std::fs::metadata(shop.program.dir.path()).is_ok_and(|it| {
        use std::os::unix::fs::MetadataExt;
        it.uid() == 0
    }) {
        command.uid(65534).gid(65534);
    }
    let output = command.output().ok()?;
    let told = [output.stdout, output.stderr].concat();
    Some((output.status.code()?, String::from_utf8(told).unwrap()))
}

#[test]
fn what_may_not_be_written_is_said_to_be_so() {
    let shop = Shop::new();
    shop.program.run(&["key", "list"]).ok();
    let mode = |path: &Path, mode| {
        std::fs::set_permissions(path, PermissionsExt::from_mode(mode)).unwrap();
    };
    let (directory, cache) = (shop.program.dir.path(), directory_of_code(&shop));
    mode(&cache, 0o755);
    let before = bytes(&shop);
    for (of_directory, of_file, sentence) in [
        (0o555, 0o444, "check the permissions"),
        (0o555, 0o666, "check the permissions"),
        (0o777, 0o444, "check the permissions"),
        (0o777, 0o000, "check the permissions"),
    ] {
        mode(&shop.db(), of_file);
        mode(directory, of_directory);
        for arguments in [
            &["serve", "--listen", "127.0.0.1:0"][..],
            &["key", "create", "till", "--scope", "staff"],
        ] {
            let Some((code, told)) = as_nobody(&shop, arguments) else {
                println!("left out: the program cannot be run as somebody else");
                return;
            };
            assert_eq!(code, 1, "{of_directory:o} {of_file:o}: {told}");
            assert!(
                told.contains(sentence),
                "{of_directory:o} {of_file:o}: {told}"
            );
        }
        mode(&shop.db(), 0o600);
        mode(directory, 0o700);
        assert!(bytes(&shop) == before, "something was written");
    }
    // Whoever may only read can still look.
    mode(&shop.db(), 0o444);
    mode(directory, 0o555);
    let (_, told) = as_nobody(&shop, &["doctor", "--quick"]).unwrap();
    mode(directory, 0o700);
    assert!(told.contains("pages: They are intact"), "{told}");
}

fn directory_of_code(shop: &Shop) -> PathBuf {
    shop.program.dir.path().join("crm.db-cache")
}
