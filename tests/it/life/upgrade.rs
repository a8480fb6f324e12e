//! Another version takes the place of the one that is installed, and the way back.

use regulars::Error;
use regulars::host::{InstallRequest, RollbackRequest, UpgradeRequest};
use regulars::model::*;
use regulars::plugin::{AskDirection, PluginError};
use regulars_manifest::{CustomerField, EffectKind};
use serde_json::json;

use super::{back, first, keeper, kept, next, remembered};
use crate::world::{World, builder, component};

fn to(version: &str) -> RollbackRequest {
    RollbackRequest {
        to: Some(version.to_owned()),
        ..back()
    }
}

#[test]
fn upgrade_migrates_memory_and_downgrade_restores_it() {
    let world = World::new();
    world.install("keeper");
    let ada = world.customer("Ada Lovelace").id;
    world.record(ada, "visit");
    world.record(ada, "visit");
    let upgraded = world.host.upgrade(&keeper(), next()).unwrap();
    assert_eq!(upgraded.manifest.version, "2.0.0");
    assert_eq!(
        remembered(&world, Some(ada)),
        json!({ "count": { "visit": 2 } })
    );
    assert_eq!(
        remembered(&world, None),
        json!({ "total": 2, "seen": "no key" })
    );
    world.record(ada, "visit");
    assert_eq!(
        remembered(&world, Some(ada)),
        json!({ "count": { "visit": 3, "purchase": 0 } })
    );
    // Somebody came who was not there before the upgrade.
    let rosa = world.customer("Rosa Defers").id;
    world.record(rosa, "visit");

    let back = world.host.rollback(&keeper(), back()).unwrap();
    assert_eq!(back.manifest.version, "1.0.0");
    assert_eq!(remembered(&world, Some(ada)), json!({ "visits": 2 }));
    assert_eq!(remembered(&world, Some(rosa)), json!({}));
    assert_eq!(kept(&world), ["2.0.0"]);
    world.record(ada, "visit");
    assert_eq!(remembered(&world, Some(ada)), json!({ "visits": 3 }));

    // What the second remembered is there again with it.
    let forth = world.host.rollback(&keeper(), to("2.0.0")).unwrap();
    assert_eq!(forth.digest, upgraded.digest);
    assert_eq!(
        remembered(&world, Some(ada)),
        json!({ "count": { "visit": 3, "purchase": 0 } })
    );
    assert_eq!(
        remembered(&world, Some(rosa)),
        json!({ "count": { "visit": 1, "purchase": 0 } })
    );
    let missing = world.host.rollback(&keeper(), to("7.0.0")).unwrap_err();
    assert!(
        missing.to_string().contains("which are kept: 1.0.0"),
        "{missing}"
    );
    let world = world.restart();
    assert_eq!(
        world.host.installation(&keeper()).unwrap().manifest.version,
        "2.0.0"
    );
    world.sound();
}

#[test]
fn three_versions_are_kept_and_no_more() {
    let world = World::new();
    world.install("keeper");
    let ada = world.customer("Ada Lovelace").id;
    let back = || {
        let mut request = UpgradeRequest::new(component("keeper"), "keeper.wasm");
        request.accept_wider = true;
        request
    };
    for upgrade in 0..6 {
        world.record(ada, "visit");
        let request = if upgrade % 2 == 0 { next() } else { back() };
        world.host.upgrade(&keeper(), request).unwrap();
    }
    assert_eq!(kept(&world), ["2.0.0", "1.0.0", "2.0.0"]);
    let same = world.host.upgrade(&keeper(), back()).unwrap_err();
    assert!(same.to_string().contains("this very component"), "{same}");
    world.sound();
}

#[test]
fn upgrade_with_more_asks_waits_for_consent() {
    let world = World::new();
    let mut request = first();
    // The name was refused, and of the history only a month was granted.
    let asked = Grants::all_requested(&world.host.inspect(request.wasm.clone()).unwrap().manifest);
    let mut granted = asked;
    granted.leave_out("given-name").unwrap();
    granted.leave_out("effect:message").unwrap();
    granted.shorten(Some("visit"), 30).unwrap();
    request.grants = Some(granted.clone());
    let installed = world.host.install(request).unwrap();
    let ada = world.customer("Ada Lovelace").id;
    world.record(ada, "visit");

    let mut quietly = next();
    quietly.accept_wider = false;
    let refused = world.host.upgrade(&keeper(), quietly).unwrap_err();
    let Error::WiderAsks { asks, .. } = &refused else {
        panic!("{refused}");
    };
    let words = [
        "to see a customer's birthday: to know who is old enough",
        "to see a customer's visits of the last 365 days (until now 30): to count a whole year",
        "to see a customer's purchases of the last 365 days: to count them",
        "to propose tags to put on or take off a customer: to mark regulars",
        "to run when a visit or a purchase is recorded",
    ];
    assert_eq!(asks, &words);
    assert_eq!(world.host.installation(&keeper()).unwrap(), installed);
    world.record(ada, "visit");
    assert_eq!(remembered(&world, Some(ada)), json!({ "visits": 2 }));

    let difference = world
        .host
        .compare(&keeper(), component("keeper-next"))
        .unwrap();
    assert!(difference.wider && difference.migrates);
    let less: Vec<String> = difference
        .changes
        .iter()
        .filter(|it| it.direction == AskDirection::Narrower)
        .map(ToString::to_string)
        .collect();
    assert_eq!(less, ["to see a customer's first name: to greet them"]);

    let upgraded = world.host.upgrade(&keeper(), next()).unwrap().grants;
    assert_eq!(upgraded.fields, [CustomerField::Birthday].into());
    assert!(upgraded.effects.contains(&EffectKind::Tag));
    assert!(
        !upgraded.effects.contains(&EffectKind::Message),
        "what was refused is granted"
    );
    assert!(!upgraded.service);
    // Of visits, no more than before: only what nobody asked for before is new.
    let windows = upgraded.history.iter();
    let windows: Vec<_> = windows.map(|it| (it.kinds.first(), it.days)).collect();
    let (visit, purchase) = ("visit".to_owned(), "purchase".to_owned());
    assert_eq!(windows, [(Some(&purchase), 365), (Some(&visit), 30)]);
    // The other way nothing is asked for that was not.
    let mut first = UpgradeRequest::new(component("keeper"), "keeper.wasm");
    first.grants = Some(granted);
    assert_eq!(
        world.host.upgrade(&keeper(), first).unwrap().grants,
        installed.grants
    );
}

#[test]
fn failed_migration_changes_nothing() {
    for (word, said) in [
        ("poison", "poison is not for this version"),
        ("bomb", "a bomb was remembered"),
        ("flood", "200 keys"),
    ] {
        let world = World::new();
        world.install("keeper");
        let (ada, rosa) = (world.customer("Ada L").id, world.customer("Rosa P").id);
        world.record(ada, "visit");
        world.record_with(rosa, "visit", Some(word), json!({}));
        let before = world.host.installation(&keeper()).unwrap();
        let refused = world.host.upgrade(&keeper(), next()).unwrap_err();
        assert!(
            matches!(refused, Error::Plugin(PluginError::Migrate { .. })),
            "{refused}"
        );
        let text = refused.to_string();
        assert!(
            text.contains(said) && text.contains("1.0.0 stays installed"),
            "{text}"
        );
        assert_eq!(world.host.installation(&keeper()).unwrap(), before);
        assert_eq!(remembered(&world, Some(ada)), json!({ "visits": 1 }));
        assert_eq!(kept(&world), [""; 0]);
        world.record(ada, "visit");
        assert_eq!(remembered(&world, Some(ada)), json!({ "visits": 2 }));
    }
}

#[test]
fn late_results_of_the_old_version_do_not_reach_new_memory() {
    let world = World::new();
    world.install("keeper");
    let ada = world.customer("Ada Lovelace").id;
    world.record(ada, "visit");
    // Another process, of which this one has not heard yet when the next visit is recorded.
    for round in 0..20 {
        let beside = builder(world.dir.path(), &world.clock)
            .without_workers()
            .build()
            .unwrap();
        match round % 2 {
            0 => beside.upgrade(&keeper(), next()).unwrap(),
            _ => beside.rollback(&keeper(), to("1.0.0")).unwrap(),
        };
        world.record(ada, "visit");
        let seen = remembered(&world, Some(ada));
        let whole = match round % 2 {
            0 => json!({ "count": { "visit": 2, "purchase": 0 } }),
            _ => json!({ "visits": 2 }),
        };
        assert_eq!(seen, whole, "round {round}");
        if round % 2 == 1 {
            // As it was before the round.
            let mut one = UpgradeRequest::new(component("keeper-next"), "keeper-next.wasm");
            one.accept_wider = true;
            world
                .host
                .uninstall(&keeper(), regulars::host::LeftMemory::Purge)
                .unwrap();
            world.install("keeper");
            world.record(ada, "visit");
        }
    }
    assert!(world.deferred().is_empty());
    world.sound();
}

#[test]
fn component_that_is_replaced_by_installing_is_kept_too() {
    let world = World::new();
    world.install("keeper");
    let ada = world.customer("Ada Lovelace").id;
    world.record(ada, "visit");
    let mut request = InstallRequest::new(component("keeper-next"), "keeper-next.wasm");
    request.replace = true;
    world.host.install(request).unwrap();
    assert_eq!(kept(&world), ["1.0.0"]);
    assert_eq!(
        remembered(&world, Some(ada)),
        json!({ "count": { "visit": 1 } })
    );
}

#[test]
fn erasure_covers_memories_of_kept_versions() {
    let world = World::new();
    world.install("keeper");
    let (ada, rosa) = (world.customer("Ada L").id, world.customer("Rosa P").id);
    world.record(ada, "visit");
    world.record(rosa, "visit");
    world.host.upgrade(&keeper(), next()).unwrap();
    let exported = serde_json::to_value(world.host.export_customer(ada).unwrap()).unwrap();
    assert_eq!(
        exported["kept_memories"][0]["entries"],
        json!({ "visits": 1 })
    );
    world.host.erase_customer(ada, "staff").unwrap();
    world.sound();
    world.host.rollback(&keeper(), back()).unwrap();
    assert_eq!(remembered(&world, Some(rosa)), json!({ "visits": 1 }));
    let sql = rusqlite::Connection::open(world.dir.path().join("crm.db")).unwrap();
    let left: i64 = sql
        .query_row("SELECT count(*) FROM memory m JOIN memory_scope s ON s.key = m.scope WHERE s.customer <> 0", [], |row| row.get(0))
        .unwrap();
    assert_eq!(left, 1);
    world.sound();
}
