//! What was released of the contract stays as it was: its texts, byte by byte, and what a component that was built against it
//! gives.
//!
//! To release a version: copy the newest folder of `wit/` to one with the new number and change that; give `runtime/abi` a
//! module for it, to which the older ones translate. When it is released, add its folder to [`RELEASED`], and keep the guest
//! `witness`, built against it, with what it answers: `REGULARS_FREEZE=1 cargo xtask test contract` writes
//! `tests/fixtures/contract/<version>/` where there is nothing yet.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use regulars::model::*;
use regulars::runtime::{CustomerView, HistoryEntry, PluginView, Runtime};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::world::{at, component};

/// The released versions, each with the SHA-256 of its folder.
const RELEASED: &[(&str, &str)] = &[(
    "v0.1",
    "6a93455b1899022754a767c4cf0e151379d10c2b3207d63ffa2ffcb464ed930b",
)];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The hash of a folder's WIT files, by names and bytes. The manifest's schema may grow without a new version.
fn digest(folder: &Path) -> String {
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|it| it == "wit"))
        .collect();
    files.sort();
    let mut hash = Sha256::new();
    for file in files {
        hash.update(file.file_name().unwrap().as_encoded_bytes());
        hash.update([0]);
        hash.update(std::fs::read(file).unwrap());
        hash.update([0]);
    }
    hash.finalize()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

#[test]
fn released_version_of_the_contract_never_changes() {
    for (version, recorded) in RELEASED {
        let found = digest(&root().join("wit").join(version));
        assert_eq!(
            found, *recorded,
            "wit/{version} was released and has changed: plugins were built against it. Put it back, and make the \
             change in a folder of its own; `tests/it/contract.rs` says how"
        );
    }
}

/// All that a guest of any version may be told of.
fn seen(settings: &str) -> Arc<PluginView> {
    let customer = CustomerId(uuid::Uuid::from_u128(7));
    let past = |n: u128, kind: &str, text: Option<&str>| {
        let past = Interaction {
            id: InteractionId(uuid::Uuid::from_u128(n)),
            customer,
            kind: kind.to_owned(),
            direction: [Direction::Inbound, Direction::Outbound, Direction::Internal]
                [n as usize % 3],
            occurred_at: at(&format!("2026-02-0{n}T10:00:00Z")),
            channel: text.map(str::to_owned),
            subject: text.map(str::to_owned),
            body: text.map(str::to_owned),
            data: json!({ "n": 0.1, "big": 9_007_199_254_740_993_u64, "ü": null }),
        };
        Arc::new(HistoryEntry::new(past))
    };
    Arc::new(PluginView {
        now: at("2026-03-01T08:00:00.123Z"),
        today: "2026-03-01".parse().unwrap(),
        time_zone: "Europe/Berlin".to_owned(),
        seed: u64::MAX - 7,
        settings: settings.into(),
        grants: Arc::new(Grants {
            fields: regulars_manifest::CustomerField::ALL.into(),
            history: vec![HistoryGrant {
                kinds: ["visit".to_owned()].into(),
                days: 30,
                limit: 5,
            }],
            effects: [regulars_manifest::EffectKind::ProposeLevel].into(),
            record_kinds: ["witness/seen".to_owned()].into(),
            service: true,
        }),
        customer: Some(CustomerView {
            id: customer,
            display_name: Some("Ada Lovelace".to_owned()),
            given_name: Some("Ada".to_owned()),
            language: Some("en-GB".to_owned()),
            birthday: Some("--12-10".parse().unwrap()),
            level: Level::High,
            topics: vec!["engines".to_owned()],
            tags: vec!["regular".to_owned(), "ünïcode".to_owned()],
            since: at("2020-01-01T00:00:00Z"),
        }),
        history: vec![
            past(5, "visit", Some("hello\nthere")),
            past(4, "complaint", None),
            past(3, "visit", Some("")),
        ],
        customer_memory: Arc::new([("last".to_owned(), json!([1.5, "x", { "a": null }]))].into()),
        plugin_memory: Arc::new([("last".to_owned(), json!("p"))].into()),
    })
}

/// A component's answers to every hook.
fn answers(wasm: Vec<u8>) -> Value {
    let runtime = Runtime::new(regulars::runtime::RuntimeConfig::default()).unwrap();
    let plugin = runtime.load(&Component::new(wasm)).unwrap();
    let slice = seen(r#"{"a":1}"#);
    let interaction = |body: Option<&str>| Interaction {
        body: body.map(str::to_owned),
        ..Interaction::clone(&slice.history[0])
    };
    let customer = CustomerId(uuid::Uuid::from_u128(7));
    let installation: InstallationId = "witness".parse().unwrap();
    let events = [
        EventData::InteractionRecorded {
            interaction: interaction(None),
        },
        EventData::InteractionRecorded {
            interaction: interaction(Some("retry")),
        },
        EventData::InteractionRecorded {
            interaction: interaction(Some("never")),
        },
        EventData::CustomerCreated,
        EventData::CustomerChanged {
            fields: vec!["tags".to_owned()],
        },
        EventData::ScheduleDue {
            installation: installation.clone(),
            schedule: "round".to_owned(),
            date: "2026-03-01".parse().unwrap(),
        },
        EventData::TimerDue {
            installation,
            key: "timer".to_owned(),
            payload: json!({ "n": 1.5 }),
        },
        EventData::Other {
            kind: "com.example.thing".to_owned(),
            data: json!([1]),
        },
    ];
    let answered: Vec<Value> = events
        .into_iter()
        .map(|data| {
            let event = Event {
                seq: 1,
                id: EventId(uuid::Uuid::from_u128(1)),
                customer,
                time: slice.now,
                cause: None,
                depth: 0,
                as_of: 1,
                data,
            };
            let call = runtime.handle(&plugin, &slice, &event);
            match call.result {
                Ok(effects) => json!({ "effects": effects, "logs": call.logs }),
                Err(failure) => json!({ "failure": failure.kind, "detail": failure.detail }),
            }
        })
        .collect();
    let (output, effects) = runtime
        .act(&plugin, &slice, "tell", &json!({ "text": "so" }))
        .result
        .unwrap();
    let entries = [("a".to_owned(), json!(1))].into();
    let migrated = runtime.migrate(&plugin, "0.9.0", Scope::Plugin, &entries);
    let refused = runtime.migrate(
        &plugin,
        "0.9.0",
        Scope::Customer,
        &[("refuse".to_owned(), json!(1))].into(),
    );
    let manifest: Value = serde_json::from_str(&runtime.describe(&plugin).unwrap()).unwrap();
    json!({
        "manifest": manifest,
        "imports": plugin.imports(),
        "events": answered,
        "action": [output, json!(effects)],
        "migrated": migrated.result.unwrap(),
        "refused": refused.result.unwrap_err().detail,
    })
}

#[test]
fn released_contracts_keep_their_answers() {
    for (version, _) in RELEASED {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("fixtures/contract")
            .join(version);
        let (wasm, recorded) = (folder.join("witness.wasm"), folder.join("answers.json"));
        if std::env::var_os("REGULARS_FREEZE").is_some() && !recorded.exists() {
            std::fs::create_dir_all(&folder).unwrap();
            std::fs::write(&wasm, component("witness")).unwrap();
            let answers = serde_json::to_string_pretty(&answers(component("witness"))).unwrap();
            std::fs::write(&recorded, answers + "\n").unwrap();
        }
        let answers = answers(std::fs::read(wasm).unwrap());
        let recorded: Value =
            serde_json::from_str(&std::fs::read_to_string(recorded).unwrap()).unwrap();
        assert_eq!(
            answers, recorded,
            "a plugin of contract {version} is understood otherwise than before"
        );
    }
}
