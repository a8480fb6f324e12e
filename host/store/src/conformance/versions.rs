use serde_json::json;

use super::desk::{card, message, question, task};
use super::*;
use crate::rules::reasons;
use crate::{
    Change, Changeset, OrphanedMemories, PluginOffer, Precondition, Rewritten, Timer,
    UninstalledVersion,
};
use regulars_model::*;

pub const CASES: &[Case] = &[
    ("versions are kept and returned to", versions),
    ("memories are rewritten one by one", rewriting),
    ("an uninstalled plugin leaves its memories", uninstalling),
    ("an uninstalled plugin leaves only tasks open", withdrawn),
    ("plugin offers are replaced as a whole", offers),
];

fn installed(store: &dyn Store, version: &str) -> Installation {
    let component = Component::new(version.as_bytes().to_vec());
    let installation = Installation {
        id: plugin("one"),
        digest: component.digest,
        source: "a.wasm".into(),
        manifest: serde_json::from_value(
            json!({"name": "one", "version": version, "title": "One", "summary": "S"}),
        )
        .unwrap(),
        grants: Grants::default(),
        settings: json!({}),
        secrets: Default::default(),
        state: InstallationState::Enabled,
        trouble: None,
        limits: PluginLimits::default(),
        priority: 0,
        installed_at: at(0),
        version: 0,
    };
    write(
        store,
        [
            Change::PutComponent(component),
            Change::PutInstallation(installation.clone()),
        ],
    );
    installation
}

fn remember(customer: Option<CustomerId>, key: &str, value: Json) -> Change {
    Change::Remember {
        installation: plugin("one"),
        customer,
        key: key.into(),
        value: Some(value),
    }
}

fn remembered(store: &dyn Store, customer: Option<CustomerId>) -> Json {
    json!(*store.memory(&plugin("one"), customer).unwrap().entries)
}

fn versions(store: &dyn Store) {
    let (ada, ben) = (stored(store, "Ada"), stored(store, "Ben"));
    installed(store, "1.0.0");
    write(
        store,
        [
            remember(Some(ada), "a", json!(1)),
            remember(None, "own", json!(1)),
        ],
    );
    let keep = |seconds| Change::KeepVersion {
        installation: plugin("one"),
        at: at(seconds),
    };
    write(store, [keep(1)]);
    installed(store, "2.0.0");
    write(
        store,
        [
            remember(Some(ada), "a", json!(2)),
            remember(Some(ben), "b", json!(2)),
        ],
    );
    write(store, [keep(2)]);
    let kept = store.kept_versions(&plugin("one")).unwrap();
    let told: Vec<_> = kept
        .iter()
        .map(|it| {
            (
                it.installation.manifest.version.as_str(),
                it.replaced_at,
                it.remembered,
            )
        })
        .collect();
    assert_eq!(told, [("2.0.0", at(2), 3), ("1.0.0", at(1), 2)]);
    let before = store.memory(&plugin("one"), Some(ada)).unwrap().version;
    write(
        store,
        [Change::ReturnToVersion {
            installation: plugin("one"),
            number: kept[1].number,
        }],
    );
    assert_eq!(remembered(store, Some(ada)), json!({ "a": 1 }));
    assert_eq!(remembered(store, Some(ben)), json!({}));
    assert_eq!(remembered(store, None), json!({ "own": 1 }));
    assert!(store.memory(&plugin("one"), Some(ada)).unwrap().version > before);
    assert_eq!(store.kept_versions(&plugin("one")).unwrap().len(), 1);
    write(store, [keep(3), keep(4), keep(5)]);
    let drop = |keep| Change::DropVersions {
        installation: plugin("one"),
        keep,
    };
    write(store, [drop(3)]);
    let kept = store.kept_versions(&plugin("one")).unwrap();
    let times: Vec<_> = kept.iter().map(|it| it.replaced_at).collect();
    assert_eq!(times, [at(5), at(4), at(3)]);
}

fn rewriting(store: &dyn Store) {
    let ada = stored(store, "Ada");
    installed(store, "1.0.0");
    write(
        store,
        [
            remember(Some(ada), "a", json!(1)),
            remember(None, "own", json!(1)),
        ],
    );
    let places = store.memory_places(&plugin("one")).unwrap();
    let versions: u64 = places.iter().map(|it| it.version).sum();
    let unchanged = || Precondition::Memories {
        installation: plugin("one"),
        versions,
    };
    assert!(holds(store, unchanged()));
    let of_ada = places
        .iter()
        .find(|it| it.scope == Scope::Customer)
        .unwrap();
    assert_eq!(
        json!(*store.memory_entries(of_ada.place).unwrap()),
        json!({ "a": 1 })
    );
    write(
        store,
        [Change::RewriteMemory(Rewritten {
            place: of_ada.place,
            entries: [("b".to_owned(), json!([2]))].into(),
        })],
    );
    assert_eq!(remembered(store, Some(ada)), json!({ "b": [2] }));
    assert_eq!(remembered(store, None), json!({ "own": 1 }));
    assert!(!holds(store, unchanged()));
}

fn uninstalling(store: &dyn Store) {
    let ada = stored(store, "Ada");
    installed(store, "1.0.0");
    let secret = |value| Change::PutPluginSecret {
        installation: plugin("one"),
        name: "key".into(),
        value,
    };
    write(
        store,
        [remember(Some(ada), "a", json!(1)), secret(Some(json!("s")))],
    );
    assert_eq!(
        store.plugin_secrets(&plugin("one")).unwrap()["key"],
        json!("s")
    );
    write(store, [secret(None)]);
    assert!(store.plugin_secrets(&plugin("one")).unwrap().is_empty());
    write(store, [secret(Some(json!("t")))]);
    let version = store.installation_version(&plugin("one")).unwrap();
    let mut changeset = Changeset::new();
    changeset.uninstall(&plugin("one"));
    store.commit(changeset).unwrap();
    assert!(store.installations().unwrap().is_empty());
    assert!(store.plugin_secrets(&plugin("one")).unwrap().is_empty());
    assert_eq!(remembered(store, Some(ada)), json!({ "a": 1 }));
    let left = OrphanedMemories {
        of: Some(UninstalledVersion {
            name: "one".into(),
            version: "1.0.0".into(),
            digest: Digest::of(b"1.0.0"),
        }),
        remembered: 1,
    };
    assert_eq!(store.orphaned_memories(&plugin("one")).unwrap(), Some(left));
    assert_eq!(store.orphaned_memories(&plugin("two")).unwrap(), None);
    // The next life goes on counting.
    assert_eq!(
        store.installation_version(&plugin("one")).unwrap(),
        version + 1
    );
    installed(store, "1.0.0");
    assert_eq!(store.installations().unwrap()[0].version, version + 2);
    assert_eq!(store.orphaned_memories(&plugin("one")).unwrap(), None);
    write(store, [Change::ForgetMemories(plugin("one"))]);
    assert_eq!(remembered(store, Some(ada)), json!({}));
}

fn withdrawn(store: &dyn Store) {
    let ada = stored(store, "Ada");
    let names = ["one", "two"];
    let cards = names.map(|name| card(ada, name, None));
    let questions = names.map(|name| question(ada, name, 1));
    let tasks = names.map(|name| task(ada, name, None));
    let messages = names.map(|name| message(ada, name, "key"));
    for index in 0..2 {
        let installation = plugin(names[index]);
        let (event, appended) = waiting(ada);
        let timer = Timer {
            installation: installation.clone(),
            customer: ada,
            key: "t".into(),
            at: at(1000),
            payload: json!(1),
            cause: None,
        };
        let deferred = Change::Defer {
            event,
            customer: ada,
            installation,
            attempts: 1,
            due_at: Some(at(10)),
            dead: false,
            error: "it said no".into(),
            at: at(3),
        };
        write(
            store,
            [
                Change::OpenCard(cards[index].clone()),
                Change::OpenQuestion(questions[index].clone()),
                Change::OpenTask(tasks[index].clone()),
                Change::PutMessage(messages[index].clone()),
                Change::SetTimer(timer),
                appended,
                deferred,
            ],
        );
    }
    let mut changeset = Changeset::new();
    changeset.uninstall(&plugin("one"));
    store.commit(changeset).unwrap();

    let cards = cards.map(|it| store.card(it.id).unwrap().unwrap().state);
    assert_eq!(cards, [CardState::Dismissed, CardState::Open]);
    let questions = questions.map(|it| store.question(it.id).unwrap().unwrap().state);
    assert_eq!(questions, [QuestionState::Dismissed, QuestionState::Open]);
    let tasks = tasks.map(|it| store.task(it.id).unwrap().unwrap().state);
    assert_eq!(tasks, [TaskState::Open, TaskState::Open]);
    let messages = messages.map(|it| store.message(it.id).unwrap().unwrap());
    let why = Some(reasons::UNINSTALLED.to_owned());
    assert_eq!(
        messages.map(|it| (it.state, it.detail)),
        [(MessageState::Cancelled, why), (MessageState::Queued, None)]
    );
    let timers = names.map(|name| store.timer_keys(&plugin(name), ada).unwrap().len());
    assert_eq!(timers, [0, 1]);
    let deferred = names.map(|name| store.deferred_due(&plugin(name), at(99), 9).unwrap().len());
    assert_eq!(deferred, [0, 1]);
}

fn offers(store: &dyn Store) {
    let (a, b, c) = (Digest::of(b"a"), Digest::of(b"b"), Digest::of(b"c"));
    let put = |id: &str, digests: &[Digest], seconds| Change::PutOffers {
        id: plugin(id),
        digests: digests.to_vec(),
        at: at(seconds),
    };
    write(store, [put("one", &[a, b], 1), put("two", &[c], 1)]);
    write(store, [put("one", &[b], 2)]);
    let offer = |id: &str, digest, seconds| PluginOffer {
        id: plugin(id),
        digest,
        at: at(seconds),
    };
    assert_eq!(
        store.plugin_offers().unwrap(),
        [offer("one", b, 2), offer("two", c, 1)]
    );
}
