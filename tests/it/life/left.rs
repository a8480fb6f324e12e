//! Memories of an uninstalled plugin, and the plugins that take them over.

use regulars::Error;
use regulars::host::{InstallRequest, LeftMemory};
use regulars::plugin::PluginError;
use serde_json::{Value, json};

use super::secrets::guest;
use super::terminal::Asked;
use super::{keeper, kept, remembered};
use crate::program::Program;
use crate::world::{World, component};

fn second() -> InstallRequest {
    InstallRequest::new(component("keeper-next"), "keeper-next.wasm")
}

#[test]
fn reinstall_migrates_orphaned_memories() {
    let world = World::new();
    world.install("keeper");
    let ada = world.customer("Ada Lovelace").id;
    world.record(ada, "visit");
    world.record(ada, "visit");
    assert_eq!(world.host.orphaned_memories(&keeper()).unwrap(), None);
    world.host.uninstall(&keeper(), LeftMemory::Keep).unwrap();
    let left = world.host.orphaned_memories(&keeper()).unwrap().unwrap();
    assert_eq!(left.of.unwrap().version, "1.0.0");
    assert_eq!(left.remembered, 3);

    let world = world.restart();
    world.host.install(second()).unwrap();
    assert_eq!(
        remembered(&world, Some(ada)),
        json!({ "count": { "visit": 2 } })
    );
    assert_eq!(remembered(&world, None)["total"], 2);
    assert_eq!(kept(&world), [""; 0]);
    world.record(ada, "visit");
    assert_eq!(remembered(&world, Some(ada))["count"]["visit"], 3);
    // The very same component finds it as it was.
    world.host.uninstall(&keeper(), LeftMemory::Keep).unwrap();
    world.host.install(second()).unwrap();
    assert_eq!(remembered(&world, Some(ada))["count"]["visit"], 3);
    world.sound();
}

#[test]
fn orphaned_memories_that_cannot_migrate_stay() {
    let world = World::new();
    world.install("keeper");
    let (ada, rosa) = (world.customer("Ada L").id, world.customer("Rosa P").id);
    world.record(ada, "visit");
    world.record_with(rosa, "visit", Some("poison"), json!({}));
    world.host.uninstall(&keeper(), LeftMemory::Keep).unwrap();
    let refused = world.host.install(second()).unwrap_err();
    assert!(
        matches!(refused, Error::Plugin(PluginError::Migrate { .. })),
        "{refused}"
    );
    assert!(world.host.installation(&keeper()).is_err());
    assert_eq!(remembered(&world, Some(ada)), json!({ "visits": 1 }));
    // Nor does another plugin find it.
    let mut witness = InstallRequest::new(component("witness"), "witness.wasm");
    witness.id = Some(keeper());
    let refused = world.host.install(witness.clone()).unwrap_err();
    let way_out = "regulars plugin uninstall keeper --purge";
    assert!(refused.to_string().contains(way_out), "{refused}");
    // The one that left it does, and when it is forgotten, the name is free.
    world.install("keeper");
    world.record(ada, "visit");
    assert_eq!(remembered(&world, Some(ada)), json!({ "visits": 2 }));
    world.host.uninstall(&keeper(), LeftMemory::Keep).unwrap();
    world.host.uninstall(&keeper(), LeftMemory::Purge).unwrap();
    assert_eq!(world.host.orphaned_memories(&keeper()).unwrap(), None);
    world.host.install(witness).unwrap();
    world.sound();
}

#[test]
fn uninstall_lists_deleted_and_kept_data() {
    let program = Program::new();
    let (first, second) = (guest("keeper"), guest("keeper-next"));
    let settings = json!({ "key": "zqxsecretsecret" }).to_string();
    program
        .run(&[
            "plugin",
            "install",
            &first,
            "--yes",
            "--settings",
            &settings,
        ])
        .ok();
    program
        .run(&["plugin", "upgrade", "keeper", &second, "--yes"])
        .ok();
    program
        .run(&["plugin", "upgrade", "keeper", &first, "--yes"])
        .ok();
    let asked = Asked::by(&program, &["plugin", "uninstall", "keeper"]);
    let said = asked.answer("n");
    assert_eq!(said.code, 1, "{}", said.out);
    for words in [
        "its settings, one of them a secret, its grants, the 2 earlier versions that are kept",
        "its open cards and questions are dismissed, its queued messages are cancelled",
        "stays     its tasks, the record of its runs, its memories",
    ] {
        assert!(said.out.contains(words), "{}", said.out);
    }
    assert!(program.run(&["plugin", "list"]).ok().out.contains("keeper"));
    let said = Asked::by(&program, &["plugin", "uninstall", "keeper"])
        .answer("y")
        .ok();
    assert!(
        said.out
            .contains("keeper is uninstalled. It had no memories."),
        "{}",
        said.out
    );
    let again = program.run(&["plugin", "uninstall", "keeper"]);
    assert_eq!(again.code, 1, "{}", again.out);
    // As it was said: now or later.
    let purge = ["plugin", "uninstall", "keeper", "--purge", "--yes"];
    for _ in 0..2 {
        let said = program.run(&purge).ok();
        assert!(
            said.out.contains("keeper was already uninstalled"),
            "{}",
            said.out
        );
    }
    let json: Value = program.run(&[&["--json"], &purge[..]].concat()).ok().json();
    assert_eq!(json, json!({ "uninstalled": "keeper", "memory": "purged" }));
    let nobody = program.run(&["plugin", "uninstall", "nobody", "--purge", "--yes"]);
    assert_eq!(nobody.code, 1, "{}", nobody.out);
}

#[test]
fn install_mentions_orphaned_memories() {
    let program = Program::new();
    let host = regulars::Host::builder()
        .sqlite(program.dir.path().join("crm.db"))
        .build()
        .unwrap();
    host.install(super::first()).unwrap();
    let ada = host.create_customer(Default::default()).unwrap().id;
    host.record(regulars::host::NewInteraction::new(ada, "visit"))
        .unwrap();
    host.settle().unwrap();
    drop(host);
    let said = program.run(&["plugin", "uninstall", "keeper"]).ok().out;
    assert!(
        said.contains("To delete them: regulars plugin uninstall keeper --purge"),
        "{said}"
    );
    let (first, second) = (guest("keeper"), guest("keeper-next"));
    let said = program.run(&["plugin", "install", &first]).err;
    assert!(said.contains("keeper 1.0.0 was uninstalled here"), "{said}");
    assert!(said.contains("they stay as they are"), "{said}");
    let said = program
        .run(&["plugin", "install", &second, "--yes"])
        .ok()
        .err;
    assert!(said.contains("this version migrates them"), "{said}");
    let said = program
        .run(&["plugin", "uninstall", "keeper", "--purge", "--yes"])
        .ok()
        .out;
    assert!(
        said.contains("removed") && said.contains("its memories"),
        "{said}"
    );
    let said = program
        .run(&["plugin", "install", &second, "--yes"])
        .ok()
        .err;
    assert!(!said.contains("was uninstalled here"), "{said}");
}
