//! What can be wrong with a file, a directory or a disk: a clear answer, and nothing made worse.

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use regulars::model::*;
use regulars::store::Store;
use regulars::store::sqlite::{SqliteOptions, SqliteStore};

use crate::backup::Shop;
use crate::child::{self, Serving};
use crate::crash::ledger::Ledger;
use crate::program::{self, Program};

/// Until a write is refused; the refusal.
fn fill(serving: &Serving, shop: &Shop, sent: &mut Sent) -> child::Answer {
    for n in 0..20_000 {
        let customer = shop.customers[n % shop.customers.len()];
        let id = InteractionId(uuid::Uuid::now_v7());
        let answer = record(serving, shop, customer, id, "");
        if answer.status >= 300 {
            sent.refused = Some((customer, id));
            return answer;
        }
        sent.ids.entry(customer).or_default().push(id);
    }
    panic!("it never got full");
}

#[derive(Default)]
struct Sent {
    ids: BTreeMap<CustomerId, Vec<InteractionId>>,
    refused: Option<(CustomerId, InteractionId)>,
}

fn record(
    serving: &Serving,
    shop: &Shop,
    customer: CustomerId,
    id: InteractionId,
    wait: &str,
) -> child::Answer {
    let body = serde_json::json!({
        "id": id, "customer": customer, "kind": "visit", "body": "x".repeat(8000),
    });
    serving.post(
        &shop.key,
        &format!("/v1/interactions{wait}"),
        &body.to_string(),
    )
}

/// Fills the disk, sees what works then, makes room, and sees that it goes on by itself.
fn fill_and_make_room(
    shop: &Shop,
    db: &Path,
    serving: &Serving,
    refusal: (u16, &str),
    make_room: impl FnOnce(),
) {
    let mut sent = Sent::default();
    let refused = fill(serving, shop, &mut sent);
    assert_eq!(
        (refused.status, refused.json()["type"].as_str()),
        (refusal.0, Some(refusal.1)),
        "{}",
        refused.text
    );
    assert!(
        refused
            .text
            .contains("nothing that was acknowledged is lost")
    );
    for (customer, ids) in &sent.ids {
        let history = format!("/v1/customers/{customer}/timeline?kind=visit&limit=1");
        let read = serving.get(&shop.key, &history);
        assert_eq!(read.status, 200, "{}", read.text);
        let newest = read.json()["items"][0]["id"].as_str().unwrap().to_owned();
        assert_eq!(newest, ids.last().unwrap().to_string());
    }
    make_room();
    let (customer, id) = sent.refused.unwrap();
    // What the host had to put off is done within seconds; this waits for all of its customer.
    let again = record(serving, shop, customer, id, "?wait=30s");
    assert_eq!(again.status, 201, "{}", again.text);
    assert_eq!(again.json()["processed"], true);
    sent.ids.entry(customer).or_default().push(id);
    let store = SqliteStore::open(db, SqliteOptions::default()).unwrap();
    while !store.pending(0, 1).unwrap().is_empty() {
        let id = InteractionId(uuid::Uuid::now_v7());
        let answer = record(serving, shop, customer, id, "?wait=30s");
        assert_eq!(answer.status, 201, "{}", answer.text);
        sent.ids.entry(customer).or_default().push(id);
    }
    let mut ledger = Ledger::default();
    ledger.read(&store);
    let ids = sent
        .ids
        .iter()
        .map(|(id, ids)| (*id, ids.as_slice()))
        .collect();
    ledger.check(&store, &ids);
    let db = db.display().to_string();
    let doctor = shop.program.run(&["doctor", "--json", "--db", &db]);
    let found = doctor.json()["findings"].clone();
    for finding in found.as_array().unwrap() {
        assert!(
            finding["state"] != "error" || finding["check"] == "disk",
            "{finding}"
        );
    }
}

#[test]
fn a_file_that_may_not_grow_takes_nothing_new_loses_nothing_and_goes_on() {
    let shop = Shop::new();
    let largest = ["crm.db", "crm.db-wal", "crm.log"]
        .iter()
        .filter_map(|name| shop.program.dir.path().join(name).metadata().ok())
        .map(|it| it.len())
        .max()
        .unwrap();
    let blocks = largest / 512 + 600;
    let serve = child::command(&shop.db(), &shop.plugins);
    let mut limited = Command::new("sh");
    limited
        .args(["-c", "trap '' XFSZ; ulimit -S -f \"$0\"; exec \"$@\""])
        .arg(blocks.to_string())
        .arg(serve.get_program())
        .args(serve.get_args());
    child::quietly(&mut limited, &shop.db());
    let serving = Serving::of(limited, &shop.db());
    let refusal = (503, "urn:regulars:problem:storage-unavailable");
    let id = serving.id().to_string();
    fill_and_make_room(&shop, &shop.db(), &serving, refusal, || {
        let lifted = Command::new("prlimit")
            .args(["--fsize=unlimited:unlimited", "--pid", &id])
            .status()
            .unwrap();
        assert!(lifted.success());
    });
}

/// A small disk, which only root may make.
struct SmallDisk(PathBuf);

impl SmallDisk {
    fn mount(at: PathBuf, options: &str) -> Option<SmallDisk> {
        std::fs::create_dir(&at).unwrap();
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", options, "tmpfs"])
            .arg(&at)
            .output()
            .is_ok_and(|output| output.status.success());
        mounted.then_some(SmallDisk(at))
    }

    fn becomes(&self, options: &str) {
        let mounted = Command::new("mount")
            .args(["-o", &format!("remount,{options}")])
            .arg(&self.0)
            .status()
            .unwrap();
        assert!(mounted.success());
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        drop(Command::new("umount").arg("-l").arg(&self.0).status());
    }
}

#[test]
fn a_full_disk_takes_nothing_new_loses_nothing_and_goes_on() {
    let program = Program::new();
    let at = program.dir.path().join("disk");
    let Some(disk) = SmallDisk::mount(at, "size=6m") else {
        println!("left out: mounting a small disk needs root");
        return;
    };
    // Its log is on the same disk: not being able to complain must not stop it.
    let shop = Shop::in_program(program, Path::new("disk/crm.db"));
    let db = disk.0.join("crm.db");
    let serving = Serving::start(&db, &shop.plugins);
    let refusal = (507, "urn:regulars:problem:storage-full");
    fill_and_make_room(&shop, &db, &serving, refusal, || disk.becomes("size=64m"));
    // A copy finds no room either, and leaves none of itself.
    let copy = disk.0.join("copy.db").display().to_string();
    let path = db.display().to_string();
    std::fs::write(disk.0.join("ballast"), vec![1; 1 << 20]).unwrap();
    while std::fs::copy(
        disk.0.join("ballast"),
        disk.0.join(uuid::Uuid::now_v7().to_string()),
    )
    .is_ok()
    {}
    let refused = program_run(&shop, &["backup", &copy, "--db", &path]);
    assert!(refused.contains("the disk is full"), "{refused}");
    let left = std::fs::read_dir(&disk.0).unwrap();
    assert!(
        !left
            .into_iter()
            .any(|it| it.unwrap().path().to_string_lossy().contains("copy.db"))
    );
    drop(serving);
}

fn program_run(shop: &Shop, arguments: &[&str]) -> String {
    let said = shop.program.run(arguments);
    assert_eq!(said.code, 1, "{}", said.out);
    said.err
}

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
            &["key", "create", "till"],
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
