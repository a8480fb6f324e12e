//! A database without room to grow: writes are refused, nothing acknowledged is lost, and service resumes with room.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use regulars::model::*;
use regulars::store::Store;
use regulars::store::sqlite::{SqliteOptions, SqliteStore};

use crate::child::{self, Serving};
use crate::crash::ledger::Ledger;
use crate::shop::Shop;

/// Records interactions until the server refuses one, and returns the refusal.
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
    panic!("no write was refused");
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

/// Fills the disk, checks reads and refusals, makes room, and checks that the server resumes by itself.
pub(super) fn fill_and_make_room(
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
    // The host retries deferred events within seconds; `wait` covers all events of the customer.
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
fn file_size_limit_refuses_writes_and_loses_nothing() {
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
