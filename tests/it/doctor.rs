//! The doctor finds what was broken on purpose, says what to do, and breaks nothing.

use std::os::unix::fs::PermissionsExt;

use rusqlite::Connection;
use serde_json::Value;

use crate::program::Said;
use crate::shop::Shop;

fn doctor(shop: &Shop) -> Said {
    shop.program.run(&["doctor", "--json"])
}

/// The findings that are not ok, by what was looked at.
fn troubles(said: &Said) -> Vec<(String, String)> {
    let findings = said.json()["findings"].as_array().unwrap().clone();
    let text = |it: &Value, member: &str| it[member].as_str().unwrap().to_owned();
    for finding in &findings {
        let advised = finding["advice"].is_string();
        assert_eq!(advised, finding["state"] != "ok", "{finding}");
        let found = text(finding, "found");
        assert!(found.ends_with('.'), "{finding}");
    }
    findings
        .iter()
        .filter(|it| it["state"] != "ok")
        // The machine's disk is none of the test's business.
        .filter(|it| it["check"] != "disk")
        .map(|it| (text(it, "state"), text(it, "check")))
        .collect()
}

#[test]
fn sound_database_gets_a_clean_bill_beside_its_server_and_without() {
    let shop = Shop::new();
    let serving = shop.serve();
    let mut client = shop.client(1);
    for _ in 0..20 {
        client.visit_and_wait(&serving, &shop.key);
    }
    let beside = doctor(&shop);
    assert_eq!(troubles(&beside), [], "{}", beside.out);
    assert_eq!(beside.code, 0);
    assert!(beside.out.contains("It runs"), "{}", beside.out);
    drop(serving);
    let journal = shop.program.dir.path().join("crm.db-wal");
    let files = || [shop.db(), journal.clone()].map(|path| std::fs::read(path).unwrap());
    let before = files();
    let after_a_kill = doctor(&shop);
    assert_eq!(troubles(&after_a_kill), [], "{}", after_a_kill.out);
    assert!(files() == before, "the doctor wrote something");
    let people = shop.program.run(&["doctor"]).ok();
    assert!(people.out.contains("0 errors"), "{}", people.out);
    let quick = shop.program.run(&["doctor", "--quick", "--json"]).ok();
    let count = |said: &Said| said.json()["findings"].as_array().unwrap().len();
    assert!(count(&quick) < count(&after_a_kill));
}

#[test]
fn each_broken_rule_is_found() {
    let shop = Shop::new();
    let serving = shop.serve();
    let mut client = shop.client(2);
    for _ in 0..20 {
        client.visit_and_wait(&serving, &shop.key);
    }
    drop(serving);
    shop.program.run(&["backup", "sound.db"]).ok();
    let broken = shop.program.dir.path().join("broken.db");
    let card = "INSERT INTO card (id, customer, installation, run, title, body, because, created_at, state)
        SELECT randomblob(16), 1, 1, randomblob(16), 't', '', '{}', 0, 'open' FROM (SELECT 1 UNION SELECT 2)";
    for (check, statement) in [
        ("effects once", "INSERT INTO run (id, installation, digest, event, kind, customer, started_at, attempt,
             fuel, micros, peak_memory, logs, proposals)
             SELECT randomblob(16), installation, digest, event, kind, customer, started_at, attempt,
             fuel, micros, peak_memory, logs, proposals FROM run LIMIT 1"),
        ("runs", "UPDATE run SET event = randomblob(16) WHERE seq = 1"),
        ("waiting events", "INSERT INTO pending SELECT seq FROM event WHERE id = (SELECT event FROM run LIMIT 1)"),
        ("deferred events", "INSERT INTO deferred_event (event, installation, customer, attempts, dead, error, since) SELECT max(seq), 1, customer, 0, 0, '', 0 FROM event"),
        ("memory", "UPDATE memory_scope SET customer = 999 WHERE customer = 1"),
        ("cards", card),
        ("last seen", "UPDATE customer SET last_inbound_at = 1 WHERE key = 2"),
        ("search by name", "UPDATE customer SET display_name = 'Ada' WHERE key = 1"),
        ("order of the log", "UPDATE event SET as_of = 0 WHERE interaction = 3"),
        ("events once", "INSERT INTO event (id, customer, time, depth, as_of, interaction)
             SELECT randomblob(16), customer, time, depth, as_of, interaction FROM event WHERE interaction = 1"),
        ("events by customer", "UPDATE event SET customer = 5 - customer WHERE interaction = 1"),
        ("event log", "UPDATE event SET id = x'00' WHERE seq = 7"),
        ("outbox", MESSAGE),
        ("complaints", "INSERT INTO complaint (interaction, customer, at) SELECT seq, customer, at FROM interaction LIMIT 1"),
        ("journal after erasures", "INSERT INTO wal_erasure (customer) VALUES (1)"),
        ("versions of plugins", "INSERT INTO plugin_version (installation, record, replaced_at)
             SELECT key, record, 0 FROM installation, (SELECT 1 UNION SELECT 2 UNION SELECT 3 UNION SELECT 4)
             WHERE record IS NOT NULL"),
        ("components of versions", "INSERT INTO plugin_version (installation, record, replaced_at)
             SELECT key, json_set(record, '$.digest', 'sha256:00'), 0 FROM installation WHERE record IS NOT NULL"),
        ("uninstalled plugins", "UPDATE installation SET record = NULL"),
        ("references", "PRAGMA foreign_keys = OFF; DELETE FROM customer WHERE key = 1"),
        ("pages and indexes", "PRAGMA writable_schema = ON;
             DELETE FROM sqlite_schema WHERE name = 'task_role'"),
        ("plugin counter", "UPDATE component SET wasm = x'00'"),
        ("clock", "UPDATE event SET time = 99999999999999 WHERE seq = (SELECT max(seq) FROM event)"),
        ("time zones", "UPDATE customer SET time_zone = 'Atlantis/Poseidonis' WHERE key = 1"),
    ] {
        std::fs::copy(shop.program.dir.path().join("sound.db"), &broken).unwrap();
        Connection::open(&broken).unwrap().execute_batch(statement).unwrap();
        let said = shop.program.run(&["doctor", "--json", "--db", "broken.db"]);
        let troubles = troubles(&said);
        assert!(
            troubles.iter().any(|(_, found)| found == check),
            "{check} is not in {troubles:?}"
        );
        let errors = troubles.iter().any(|(state, _)| state == "error");
        assert_eq!(said.code, i32::from(errors), "{check}");
    }
}

/// One that waits, and is not in the outbox.
const MESSAGE: &str = "INSERT INTO message (id, customer, installation, run, purpose, subject, body, channels, value,
        because, created_at, dedupe_key, state, decision, decided_at)
    SELECT randomblob(16), 1, 1, randomblob(16), 'care', 's', '', '[]', '', '{}', 0, '', 'queued', '{}', 0";

#[test]
fn doctor_finds_remains_of_erased_customers() {
    let shop = Shop::new();
    let serving = shop.serve();
    let mut client = shop.client(3);
    for _ in 0..20 {
        client.visit_and_wait(&serving, &shop.key);
    }
    let erased = shop.customers[0];
    let answer = serving.delete(&shop.key, &format!("/v1/customers/{erased}"));
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert!(
        answer.json()["removed"]["runs"].as_u64() > Some(0),
        "{}",
        answer.text
    );
    drop(serving);
    assert_eq!(troubles(&doctor(&shop)), []);
    shop.program.run(&["backup", "sound.db"]).ok();
    let broken = shop.program.dir.path().join("broken.db");
    let card = "INSERT INTO card (id, customer, installation, run, title, body, because, created_at, state)
        VALUES (randomblob(16), 1, 1, randomblob(16), 't', '', '{}', 0, 'open')";
    let timer =
        "INSERT INTO timer (installation, customer, key, at, payload) VALUES (1, 1, 'k', 0, '1')";
    let message = MESSAGE.replace("queued", "sent");
    for statement in [
        "UPDATE customer SET language = 'de' WHERE key = 1",
        "INSERT INTO contact_point (customer, kind, value, hash) VALUES (1, 'tel', '1', x'00')",
        "INSERT INTO customer_tag VALUES (1, 'vip')",
        "INSERT INTO preference (customer) VALUES (1)",
        "UPDATE interaction SET body = 'Hello' WHERE customer = 1",
        "UPDATE interaction SET data = '[]' WHERE customer = 1",
        "UPDATE event SET data = '{\"kind\":\"customer-created\"}' WHERE customer = 1 AND data IS NOT NULL",
        "INSERT INTO pending SELECT max(seq) FROM event WHERE customer = 1",
        "INSERT INTO deferred_event (event, installation, customer, attempts, dead, error, since)
             SELECT max(seq), 1, 1, 1, 1, '', 0 FROM event WHERE customer = 1",
        "UPDATE run SET logs = '[1]' WHERE customer = 1",
        "INSERT INTO memory (scope, key, value) SELECT key, 'k', '1' FROM memory_scope WHERE customer = 1",
        "INSERT INTO idempotency_record (name, asked, customer, run, output, at) VALUES (x'00', x'00', 1, x'00', '1', 0)",
        "INSERT INTO consent (customer, kind, purpose, state, at, source) VALUES (1, 'email', 'care', 'given', 0, 'a form')",
        card,
        timer,
        &message,
    ] {
        std::fs::copy(shop.program.dir.path().join("sound.db"), &broken).unwrap();
        Connection::open(&broken)
            .unwrap()
            .execute_batch(statement)
            .unwrap();
        let said = shop.program.run(&["doctor", "--json", "--db", "broken.db"]);
        let found = said.json()["findings"].as_array().unwrap().clone();
        let found = found
            .iter()
            .find(|it| it["check"] == "erased customers")
            .unwrap();
        assert_eq!(found["state"], "error", "{statement}: {found}");
    }
}

#[test]
fn doctor_checks_more_than_the_database_file() {
    let shop = Shop::new();
    let cache = shop.program.dir.path().join("crm.db-cache");
    let mode = |path: &std::path::Path, mode| {
        std::fs::set_permissions(path, PermissionsExt::from_mode(mode)).unwrap();
    };
    let troubles = |arguments: &[&str]| {
        let said = shop
            .program
            .run(&[&["doctor", "--quick", "--json"], arguments].concat());
        troubles(&said)
    };
    let said = |state: &str, check: &str| vec![(state.to_owned(), check.to_owned())];
    assert_eq!(troubles(&[]), []);
    let zone = troubles(&["--time-zone", "Atlantis/Poseidonis"]);
    assert_eq!(zone, said("error", "time zone"));

    mode(&shop.db(), 0o644);
    assert_eq!(troubles(&[]), said("warning", "permissions"));
    mode(&shop.db(), 0o600);

    std::fs::write(cache.join("old.cwasm"), "of another time").unwrap();
    assert_eq!(troubles(&[]), said("warning", "compiled code"));
    std::fs::remove_file(cache.join("old.cwasm")).unwrap();
    let code = std::fs::read_dir(&cache).unwrap().next().unwrap().unwrap();
    let good = std::fs::read(code.path()).unwrap();
    std::fs::write(code.path(), &good[..good.len() / 2]).unwrap();
    assert_eq!(troubles(&[]), said("warning", "compiled code"));
    std::fs::write(code.path(), good).unwrap();
    mode(&cache, 0o777);
    assert_eq!(troubles(&[]), said("error", "compiled code"));
    mode(&cache, 0o700);
    assert_eq!(troubles(&[]), []);

    let nothing = shop.program.run(&["doctor", "--db", "nothing.db"]);
    assert_eq!(nothing.code, 1);
    assert!(nothing.err.contains("no database"), "{}", nothing.err);
    assert!(!shop.program.dir.path().join("nothing.db").exists());
}
