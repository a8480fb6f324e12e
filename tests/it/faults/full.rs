//! No room: nothing new is taken, nothing is lost, and it goes on when there is room again.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use regulars::model::*;
use regulars::store::Store;
use regulars::store::sqlite::{SqliteOptions, SqliteStore};

use crate::child::{self, Serving};
use crate::crash::ledger::Ledger;
use crate::program::Program;
use crate::shop::Shop;

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
    while !store.pending(None, 0, 1).unwrap().is_empty() {
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
    let refused = shop.program.run(&["backup", &copy, "--db", &path]);
    assert_eq!(refused.code, 1, "{}", refused.out);
    assert!(refused.err.contains("the disk is full"), "{}", refused.err);
    let left = std::fs::read_dir(&disk.0).unwrap();
    assert!(
        !left
            .into_iter()
            .any(|it| it.unwrap().path().to_string_lossy().contains("copy.db"))
    );
    drop(serving);
}
