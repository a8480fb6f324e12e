//! A program that is killed while it puts a plugin in its place leaves the old or the new, and nothing in between.

use std::path::Path;
use std::process::{Command, Stdio};

use regulars::Host;
use regulars::host::{InstallRequest, NewInteraction};
use regulars::model::*;
use regulars::store::Store;
use regulars::store::sqlite::{SqliteOptions, SqliteStore};
use serde_json::json;

use super::secrets::guest;
use super::{keeper, next};
use crate::crash::load::Random;
use crate::program::{self, Program};
use crate::world::{component, long};

/// Customers of whom something is remembered.
const CROWD: usize = 150;

#[test]
fn kill_during_an_upgrade_leaves_the_old_or_the_new_version() {
    let mut random = Random(11);
    let rounds = if long() { 150 } else { 15 };
    let (mut done, mut not) = (0, 0);
    let program = Program::new();
    let db = program.dir.path().join("crm.db");
    // Where each round begins: with the first version, and with the second.
    let customers = crowd(&db);
    let host = Host::builder()
        .sqlite(&db)
        .without_workers()
        .build()
        .unwrap();
    host.compare(&keeper(), component("keeper-next")).unwrap();
    drop(host);
    program.run(&["backup", "first.db"]).ok();
    let host = Host::builder()
        .sqlite(&db)
        .without_workers()
        .build()
        .unwrap();
    host.upgrade(&keeper(), next()).unwrap();
    drop(host);
    program.run(&["backup", "second.db"]).ok();
    program
        .run(&["plugin", "uninstall", "keeper", "--yes"])
        .ok();
    program.run(&["backup", "none.db"]).ok();
    let file = guest("keeper-next");
    for round in 0..rounds {
        for beside in ["", "-wal", "-shm"] {
            drop(std::fs::remove_file(
                program.dir.path().join(format!("crm.db{beside}")),
            ));
        }
        let (from, act): (&str, &[&str]) = match round % 5 {
            0 => ("first.db", &["plugin", "upgrade", "keeper", &file, "--yes"]),
            1 => ("second.db", &["plugin", "rollback", "keeper", "--yes"]),
            2 => (
                "first.db",
                &["plugin", "uninstall", "keeper", "--purge", "--yes"],
            ),
            3 => (
                "none.db",
                &["plugin", "install", &file, "--id", "keeper", "--yes"],
            ),
            _ => ("first.db", &["plugin", "disable", "keeper"]),
        };
        std::fs::copy(program.dir.path().join(from), &db).unwrap();
        let before = state(&db, &customers);
        // Before it is written, while it is, and when it just was.
        let turns = [0, 200, 100_000][(round / 5 % 3) as usize];
        kill_in_the_middle(&db, program.dir.path(), act, random.below(turns + 1));
        let after = state(&db, &customers);
        if after == before {
            not += 1;
        } else {
            done += 1;
            let (counted, visits) = (json!({ "count": { "visit": 1 } }), json!({ "visits": 1 }));
            let whole = match round % 5 {
                0 | 3 => ("2.0.0 enabled", counted),
                1 => ("1.0.0 enabled", visits),
                2 => ("", json!({})),
                _ => ("1.0.0 disabled", visits),
            };
            assert_eq!(after.0, whole.0);
            assert!(after.1.iter().all(|it| *it == whole.1), "{after:?}");
        }
        let doctor = program.run(&["doctor", "--json"]).ok();
        assert_eq!(doctor.json()["errors"], 0, "{}", doctor.out);
    }
    println!("{rounds} kills: {done} done, {not} not");
    assert!(
        done > 0 && not > 0,
        "{done} done, {not} not: none came in between"
    );
}

/// Customers of whom the first version remembers one visit each.
fn crowd(db: &Path) -> Vec<CustomerId> {
    let host = Host::builder().sqlite(db).build().unwrap();
    let request = InstallRequest::new(component("keeper"), "keeper.wasm");
    host.install(request).unwrap();
    let customers: Vec<CustomerId> = (0..CROWD)
        .map(|_| host.create_customer(Default::default()).unwrap().id)
        .collect();
    for customer in &customers {
        host.record(NewInteraction::new(*customer, "visit"))
            .unwrap();
    }
    host.settle().unwrap();
    customers
}

/// The installed version and whether it is switched on, and what it remembers of each.
fn state(db: &Path, customers: &[CustomerId]) -> (String, Vec<Json>) {
    let store = SqliteStore::open(db, SqliteOptions::default()).unwrap();
    let installed = store.installations().unwrap();
    let installed = installed.first();
    let version = installed.map_or(String::new(), |it| {
        format!(
            "{} {}",
            it.manifest.version,
            json!(it.state).as_str().unwrap()
        )
    });
    let memory = |it: &CustomerId| json!(*store.memory(&keeper(), Some(*it)).unwrap().entries);
    (version, customers.iter().map(memory).collect())
}

/// Soon after the journal begins to grow, or some time after the program began.
fn kill_in_the_middle(db: &Path, dir: &Path, arguments: &[&str], turns: u64) {
    let journal = db.with_extension("db-wal");
    let size = || journal.metadata().map_or(0, |it| it.len());
    let start = size();
    let mut child = Command::new(program::path())
        .current_dir(dir)
        .env("REGULARS_DB", db)
        .args(arguments)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    while size() == start && child.try_wait().unwrap().is_none() {
        std::thread::yield_now();
    }
    for _ in 0..turns {
        if child.try_wait().unwrap().is_some() {
            break;
        }
    }
    // It may have ended by itself.
    drop(child.kill());
    child.wait().unwrap();
}
