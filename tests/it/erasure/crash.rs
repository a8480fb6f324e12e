//! A server that is killed while it erases has erased all or nothing, and nothing is left when it is opened again.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;

use regulars::host::{NewCustomer, NewInteraction};
use regulars::model::*;
use regulars::{Error, Host};
use serde_json::json;

use super::rich::{Files, disguises};
use crate::child::Serving;
use crate::crash::load::Random;
use crate::program::Program;
use crate::world::{at, component, long};

/// Enough that an erasure takes a while.
const VISITS: u32 = 1000;

#[test]
fn erasure_that_is_cut_short_is_whole_or_was_not() {
    let program = Program::new();
    let plugins = program.dir.path().join("plugins");
    std::fs::create_dir(&plugins).unwrap();
    std::fs::write(plugins.join("parrot.wasm"), component("parrot")).unwrap();
    let db = program.dir.path().join("crm.db");
    let mut key = None;
    let mut random = Random(7);
    let rounds = if long() { 100 } else { 6 };
    let (mut erased, mut kept) = (0, 0);
    for round in 0..rounds {
        let mark = format!("zqxround{round}x");
        let id = customer(&db, &mark);
        let mut serving = Serving::start(&db, &plugins);
        let key = key
            .get_or_insert_with(|| serving.key.take().unwrap())
            .clone();
        visit(&serving, &key, id, &mark);
        let before = told(&serving, &key, id);
        assert!(before.contains(&mark));
        // At once, when the first of it is written, or some time after.
        let journal = db.with_extension("db-wal");
        let size = || journal.metadata().map_or(0, |it| it.len());
        let start = size();
        let mut socket = erasing(&serving, &key, id);
        let turns = [0, 200_000, random.below(20_000)][round % 3];
        for _ in 0..turns {
            if round % 3 == 1 && size() != start {
                break;
            }
            std::thread::yield_now();
        }
        serving.kill();
        // It may have been killed before it answered.
        let _ = socket.read_to_end(&mut Vec::new());
        let host = Host::builder()
            .sqlite(&db)
            .without_workers()
            .build()
            .unwrap();
        match host.customer(id) {
            Ok(_) => {
                kept += 1;
                let after = serde_json::to_string(&host.export_customer(id).unwrap()).unwrap();
                assert_eq!(without_time(&after), without_time(&before));
                host.erase_customer(id, "staff").unwrap();
            }
            Err(Error::Erased { .. }) => erased += 1,
            Err(error) => panic!("{error}"),
        }
        drop(host);
        nothing_of(&mark, program.dir.path());
    }
    println!("{rounds} kills: {erased} erased, {kept} not");
}

/// A customer with a history of before.
fn customer(db: &Path, mark: &str) -> CustomerId {
    let host = Host::builder()
        .sqlite(db)
        .without_workers()
        .build()
        .unwrap();
    let new = NewCustomer {
        display_name: Some(mark.to_owned()),
        ..NewCustomer::default()
    };
    let id = host.create_customer(new).unwrap().id;
    let visits = (0..VISITS).map(|visit| NewInteraction {
        occurred_at: Some(at("2026-01-01T00:00:00Z")),
        body: Some(format!("{mark} {visit} ").repeat(40)),
        ..NewInteraction::new(id, "visit")
    });
    host.import(visits.collect()).unwrap();
    id
}

/// The effects of plugins on a visit.
fn visit(serving: &Serving, key: &str, id: CustomerId, mark: &str) {
    let path = format!("/v1/customers/{id}/interactions?wait=20s");
    let new = json!({ "kind": "visit", "body": mark });
    let recorded = serving.post(key, &path, &new.to_string());
    assert!(recorded.status < 300, "{}", recorded.text);
}

/// A connection on which the customer is being erased.
fn erasing(serving: &Serving, key: &str, id: CustomerId) -> TcpStream {
    let mut socket = TcpStream::connect(serving.address.trim_start_matches("http://")).unwrap();
    let request = format!(
        "DELETE /v1/customers/{id} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {key}\r\n\r\n"
    );
    socket.write_all(request.as_bytes()).unwrap();
    socket
}

fn told(serving: &Serving, key: &str, id: CustomerId) -> String {
    serving.get(key, &format!("/v1/customers/{id}/export")).text
}

fn without_time(export: &str) -> &str {
    &export[export.find("\"customer\"").unwrap()..]
}

fn nothing_of(mark: &str, directory: &Path) {
    let found = Files::of(directory).found(&disguises(mark));
    assert_eq!(found, None, "{mark}");
}
