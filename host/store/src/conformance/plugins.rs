use serde_json::json;

use super::*;
use crate::{
    ApiKey, Change, Due, Precondition, RunQuery, ScheduleState, StaleTranscripts, StoredTranscript,
};
use regulars_model::*;

pub const CASES: &[Case] = &[
    ("memory versions count changesets", memory),
    ("schedules stand where they were put", schedules),
    ("runs come back whole", runs),
    ("transcripts stay until they are dropped", transcripts),
    ("components, installations and keys", installations),
];

fn memory(store: &dyn Store) {
    let customer = stored(store, "Ada");
    let one = plugin("one");
    let remember = |customer, key: &str, value| Change::Remember {
        installation: plugin("one"),
        customer,
        key: key.into(),
        value,
    };
    let expect = |customer, version| Precondition::Memory {
        installation: plugin("one"),
        customer,
        version,
    };
    assert!(holds(store, expect(Some(customer), 0)));
    assert!(holds(store, expect(None, 0)));
    write(
        store,
        [
            remember(Some(customer), "a", Some(json!(1))),
            remember(Some(customer), "b", Some(json!({"x": [1.5]}))),
            remember(None, "own", Some(json!("mine"))),
        ],
    );
    let read = |customer| store.memory(&one, customer).unwrap();
    assert_eq!(read(Some(customer)).version, 1);
    assert_eq!(read(Some(customer)).entries["b"], json!({"x": [1.5]}));
    assert_eq!((read(None).version, read(None).entries.len()), (1, 1));
    assert_eq!(read(Some(CustomerId(id()))), Default::default());
    write(
        store,
        [
            remember(Some(customer), "a", None),
            remember(Some(customer), "b", None),
        ],
    );
    assert!(read(Some(customer)).entries.is_empty());
    assert!(holds(store, expect(Some(customer), 2)));
    assert!(!holds(store, expect(Some(customer), 1)));
    assert!(holds(store, expect(None, 1)));
    let snapshot = store
        .snapshot(&crate::SnapshotRequest {
            customer,
            as_of: None,
            until: at(0),
            windows: Vec::new(),
            installations: vec![one.clone()],
        })
        .unwrap()
        .unwrap();
    assert_eq!(snapshot.memories[&one], (read(Some(customer)), read(None)));
}

fn schedules(store: &dyn Store) {
    let state = |schedule: &str, zone: Option<&str>, cursor| ScheduleState {
        installation: plugin("one"),
        schedule: schedule.into(),
        time_zone: zone.map(Into::into),
        date: jiff::civil::date(2026, 11, 2),
        due_at: at(10),
        cursor,
    };
    let put = |state: &ScheduleState| Change::PutSchedule(state.clone());
    let expect = |zone: Option<&str>, state| Precondition::Schedule {
        installation: plugin("one"),
        schedule: "daily".into(),
        time_zone: zone.map(Into::into),
        state: Option::map(state, Box::new),
    };
    let (plain, zoned) = (
        state("daily", None, None),
        state("daily", Some("Asia/Tokyo"), Some(7)),
    );
    assert!(holds(store, expect(None, None)));
    write(
        store,
        [put(&plain), put(&zoned), put(&state("weekly", None, None))],
    );
    write(store, [put(&plain)]);
    assert_eq!(store.schedules().unwrap().len(), 3);
    assert!(!holds(store, expect(None, None)));
    assert!(holds(store, expect(None, Some(plain.clone()))));
    assert!(holds(
        store,
        expect(Some("Asia/Tokyo"), Some(zoned.clone()))
    ));
    assert!(!holds(
        store,
        expect(Some("Asia/Tokyo"), Some(plain.clone()))
    ));
    assert_eq!(store.next_due(&Due::Calendar).unwrap(), Some(at(10)));
    let installation = plugin("one");
    let keep = vec!["daily".into()];
    write(store, [Change::KeepSchedules { installation, keep }]);
    assert_eq!(store.schedules().unwrap(), [plain, zoned]);
}

fn runs(store: &dyn Store) {
    let customer = stored(store, "Ada");
    let event = EventId(id());
    let mut expected = Vec::new();
    for index in 0..6 {
        let run = Run {
            id: RunId(id()),
            installation: plugin(["one", "two"][index % 2]),
            digest: Digest::of(b"x"),
            trigger: match index {
                0 => Trigger::Action {
                    action: "brief".into(),
                },
                _ => Trigger::Event {
                    event,
                    kind: "visit".into(),
                },
            },
            customer: (index != 0).then_some(customer),
            started_at: at(index as i64),
            attempt: 1,
            outcome: match index {
                3 => RunOutcome::Failed {
                    failure: FailureKind::OutOfFuel,
                    detail: "too much".into(),
                },
                _ => RunOutcome::Completed,
            },
            fuel: 12_345,
            micros: 15,
            peak_memory: 1 << 17,
            logs: vec![LogLine {
                severity: Severity::Warn,
                text: "hm".into(),
            }],
            proposals: vec![Proposal {
                effect: Effect::Tag { tag: "vip".into() },
                decision: Decision {
                    outcome: VerdictOutcome::Allow,
                    verdicts: Vec::new(),
                    route: None,
                },
                result: Some(id()),
            }],
        };
        write(store, [Change::RecordRun(run.clone())]);
        assert_eq!(store.run(run.id).unwrap().as_ref(), Some(&run));
        expected.insert(0, run);
    }
    let found = |query: &RunQuery| pages(2, |page| store.runs(query, page).unwrap());
    let mut query = RunQuery::default();
    assert_eq!(found(&query), expected);
    query.event = Some(event);
    query.customer = Some(customer);
    assert_eq!(found(&query).len(), 5);
    query.installation = Some(plugin("two"));
    assert_eq!(found(&query).len(), 3);
    query.failed_only = true;
    assert_eq!(found(&query), [expected[2].clone()]);
    query.installation = Some(plugin("unknown"));
    assert!(found(&query).is_empty());
}

fn transcripts(store: &dyn Store) {
    let mut kept = Vec::new();
    for index in 0..6 {
        let run = Run {
            id: RunId(id()),
            installation: plugin(["one", "two"][index % 2]),
            digest: Digest::of(b"x"),
            trigger: Trigger::Action {
                action: "brief".into(),
            },
            customer: None,
            started_at: at(index as i64),
            attempt: 1,
            outcome: RunOutcome::Completed,
            fuel: 1,
            micros: 1,
            peak_memory: 1,
            logs: Vec::new(),
            proposals: Vec::new(),
        };
        let transcript = StoredTranscript {
            run: run.id,
            kept_at: at(index as i64),
            size: 3,
            packed: (index != 0).then(|| vec![1, 0, 255]),
        };
        write(
            store,
            [
                Change::RecordRun(run),
                Change::KeepTranscript(transcript.clone()),
            ],
        );
        kept.push(transcript);
    }
    for transcript in &kept {
        let read = store.transcript(transcript.run).unwrap();
        assert_eq!(read.as_ref(), Some(transcript));
    }
    let unknown = StoredTranscript {
        run: RunId(id()),
        ..kept[0].clone()
    };
    write(store, [Change::KeepTranscript(unknown.clone())]);
    assert_eq!(store.transcript(unknown.run).unwrap(), None);
    let stale = |before, beyond, limit| {
        let stale = StaleTranscripts { before, beyond };
        let mut runs = store.stale_transcripts(&stale, limit).unwrap();
        runs.dedup();
        runs
    };
    let id = |index: usize| kept[index].run;
    assert!(stale(at(0), 3, 10).is_empty());
    assert_eq!(stale(at(2), 3, 10), [id(0), id(1)]);
    assert_eq!(stale(at(2), 3, 1), [id(0)]);
    assert_eq!(stale(at(0), 1, 10), [id(0), id(2), id(1), id(3)]);
    assert_eq!(stale(at(0), 1, 1).len(), 1);
    assert_eq!(stale(at(0), 0, 10).len(), 6);
    write(store, [Change::DropTranscript(id(0))]);
    assert_eq!(store.transcript(id(0)).unwrap(), None);
    assert!(store.run(id(0)).unwrap().is_some());
    assert_eq!(stale(at(2), 3, 10), [id(1)]);
}

fn installations(store: &dyn Store) {
    let component = Component::new(vec![0, 97, 115, 109]);
    let mut installation = Installation {
        id: plugin("one"),
        digest: component.digest,
        source: "a.wasm".into(),
        manifest: serde_json::from_value(
            json!({"name": "one", "version": "1.0.0", "title": "One", "summary": "S"}),
        )
        .unwrap(),
        grants: Grants::default(),
        settings: json!({"days": 3}),
        secrets: ["key".to_owned()].into(),
        state: InstallationState::Enabled,
        trouble: None,
        limits: PluginLimits::default(),
        priority: -1,
        installed_at: at(0),
        version: 0,
    };
    let key = ApiKey {
        id: KeyId(id()),
        name: "till".into(),
        scopes: [KeyScope::App, KeyScope::Plugin(plugin("one"))].into(),
        hash: [7; 32],
        created_at: at(0),
        expires_at: Some(at(9)),
        last_used_at: None,
    };
    let version = |version| Precondition::Installation {
        id: plugin("one"),
        version,
    };
    assert!(holds(store, version(0)));
    // Its memory may be written before its record.
    write(
        store,
        [
            Change::Remember {
                installation: plugin("one"),
                customer: None,
                key: "k".into(),
                value: None,
            },
            Change::PutComponent(component.clone()),
            Change::PutComponent(component.clone()),
        ],
    );
    assert!(store.installations().unwrap().is_empty());
    assert!(holds(store, version(0)));
    write(
        store,
        [
            Change::PutInstallation(installation.clone()),
            Change::PutApiKey(key.clone()),
        ],
    );
    installation.version = 1;
    assert_eq!(store.installations().unwrap(), [installation.clone()]);
    assert_eq!(store.installation_versions().unwrap(), [(plugin("one"), 1)]);
    installation.state = InstallationState::Disabled;
    write(store, [Change::PutInstallation(installation.clone())]);
    assert!(holds(store, version(2)));
    assert!(!holds(store, version(1)));
    assert_eq!(store.component(component.digest).unwrap(), Some(component));
    assert_eq!(store.component(Digest::of(b"other")).unwrap(), None);
    assert_eq!(store.api_key(&[7; 32]).unwrap(), Some(key.clone()));
    assert_eq!(store.api_key(&[8; 32]).unwrap(), None);
    assert_eq!(store.api_keys().unwrap(), std::slice::from_ref(&key));
    let used = |at| Change::UseApiKey { key: key.id, at };
    write(store, [used(at(2)), used(at(1))]);
    assert_eq!(store.api_keys().unwrap()[0].last_used_at, Some(at(2)));
    write(store, [Change::RemoveApiKey(key.id)]);
    assert_eq!(store.api_key(&[7; 32]).unwrap(), None);
    assert!(store.api_keys().unwrap().is_empty());
}
