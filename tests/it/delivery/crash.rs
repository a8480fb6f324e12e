//! A server that is killed after it handed a message over and before it could record that.

use std::process::Command;

use regulars::Host;
use regulars::host::{InstallRequest, NewKey};
use regulars::model::CustomerId;
use serde_json::json;

use super::office::{letter, reader_in};
use super::receiver::{Does, Receiver};
use crate::child::{self, Serving};
use crate::world::{comes, component};

#[test]
fn message_that_was_being_sent_is_sent_again_at_once_under_its_id() {
    let dir = tempfile::tempdir().unwrap();
    let db = dir.path().join("crm.db");
    let (customer, key) = business(&db);
    let receiver = Receiver::open();
    let file = dir.path().join("channels.toml");
    std::fs::write(&file, receiver.settings("chat", "")).unwrap();
    let plugins = dir.path().join("none");
    std::fs::create_dir(&plugins).unwrap();
    let start = || {
        let mut command: Command = child::command(&db, &plugins);
        command.arg("--channels").arg(&file);
        Serving::of(command, &db)
    };

    // It takes the message and says nothing.
    receiver.will([Does::Stall]);
    let mut serving = start();
    let visit = json!({ "customer": customer, "kind": "note", "data": letter("courses", "chat") });
    let answer = serving.post(&key, "/v1/interactions", &visit.to_string());
    assert!(answer.status < 300, "{}", answer.text);
    assert!(comes(|| receiver.got().len() == 1));
    serving.kill();

    // Whoever was sending is not there any more: nobody waits for the end of its time.
    let serving = start();
    let states = || {
        let answer = serving.get(&key, &format!("/v1/messages?customer={customer}"));
        answer.json()["items"][0]["state"].clone()
    };
    assert!(comes(|| states() == "sent"), "{}", states());
    let got = receiver.got();
    assert_eq!(got.len(), 2);
    assert_eq!(got[0].header("webhook-id"), got[1].header("webhook-id"));
    assert_eq!(got[1].json()["data"]["attempt"], 2);
}

/// A business with one customer, for whom it is noon: at night nobody is written to.
fn business(db: &std::path::Path) -> (CustomerId, String) {
    let hour = i32::from(
        jiff::Zoned::now()
            .with_time_zone(jiff::tz::TimeZone::UTC)
            .hour(),
    );
    let zone = match 12 - hour {
        0 => "Etc/GMT".to_owned(),
        // The signs of these names are those of POSIX: Etc/GMT-3 is three hours ahead.
        ahead => format!("Etc/GMT{:+}", -ahead),
    };
    let host = Host::builder()
        .sqlite(db)
        .without_workers()
        .build()
        .unwrap();
    host.install(InstallRequest::new(component("postman"), "postman.wasm"))
        .unwrap();
    let customer = reader_in(&host, "Ada", "ada@example.com", Some(zone));
    let (_, key) = host.create_key(NewKey::admin("test")).unwrap();
    (customer.id, key)
}
