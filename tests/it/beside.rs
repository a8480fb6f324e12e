//! A second host, and the program, beside a host that runs on the same file.

use std::os::unix::fs::PermissionsExt;

use regulars::Error;
use regulars::host::NewKey;
use regulars::model::*;
use regulars::store::StoreError;
use serde_json::json;

use crate::program::{Program, Said, wasm};
use crate::served::Served;
use crate::world::{Moves, World, builder};

/// The program, on the database of a world.
fn run(program: &Program, world: &World, arguments: &[&str]) -> Said {
    let db = world.dir.path().join("crm.db").display().to_string();
    let mut all = vec!["--db", &db];
    all.extend(arguments);
    program.run(&all)
}

#[test]
fn one_host_at_a_time_runs_on_a_file() {
    let world = World::new();
    let (dir, clock) = (world.dir.path(), &world.clock);
    let second = builder(dir, clock).build();
    let Err(Error::Store(error @ StoreError::InUse(_))) = second else {
        panic!("a second host runs on the file");
    };
    assert!(error.to_string().contains("stop it first"), "{error}");
    let link = dir.join("link.db");
    std::os::unix::fs::symlink(dir.join("crm.db"), &link).unwrap();
    assert!(builder(dir, clock).sqlite(&link).build().is_err());
    // One that runs nothing may look.
    let resting = builder(dir, clock).without_workers().build().unwrap();
    assert_eq!(resting.counts().unwrap().customers, 0);

    let lock = std::fs::metadata(dir.join("crm.db-lock")).unwrap();
    assert_eq!(lock.permissions().mode() & 0o777, 0o600);
    // Its end frees the file, whoever looks on.
    world.restart();
}

#[test]
fn schema_cannot_change_under_a_running_host() {
    let world = World::new();
    let (dir, clock) = (world.dir.path(), &world.clock);
    // The file of the running host is moved away, so that opening its path would make a schema.
    for suffix in ["", "-wal", "-shm"] {
        let path = dir.join(format!("crm.db{suffix}"));
        std::fs::rename(&path, dir.join(format!("moved.db{suffix}"))).unwrap();
    }
    let without_workers = builder(dir, clock).without_workers().build();
    let said = without_workers.err().unwrap().to_string();
    assert!(said.contains("a host of an older version runs"), "{said}");
    let second = builder(dir, clock).build();
    assert!(matches!(second, Err(Error::Store(StoreError::InUse(_)))));
    assert_eq!(std::fs::metadata(dir.join("crm.db")).unwrap().len(), 0);
}

#[test]
fn server_takes_up_what_the_program_installs_and_switches() {
    let program = Program::new();
    let world = World::new();
    let states = || {
        // Its watcher looks each second; here, at once.
        world.host.settle().unwrap();
        let shown = world.host.installations().into_iter();
        shown
            .map(|it| (it.id.to_string(), it.state))
            .collect::<Vec<_>>()
    };
    let is = |state| vec![("overheard".to_owned(), state)];
    assert_eq!(states(), []);
    let said = run(
        &program,
        &world,
        &["plugin", "install", &wasm("overheard"), "--yes"],
    )
    .ok();
    let mut warned = said.err.lines().filter(|line| line.contains("warning"));
    assert!(
        warned.all(|line| line.contains("is not signed")),
        "{}",
        said.err
    );
    assert_eq!(states(), is(InstallationState::Enabled));
    let ada = world.customer("Ada Lovelace").id;
    let plugin = "overheard".parse().unwrap();
    world.record_with(ada, "feedback", Some("It is cold in here."), json!({}));
    assert_eq!(world.runs(&plugin).len(), 1);

    run(&program, &world, &["plugin", "disable", "overheard"]).ok();
    assert_eq!(states(), is(InstallationState::Disabled));
    world.record_with(ada, "feedback", Some("And dark."), json!({}));
    assert_eq!(world.runs(&plugin).len(), 1);
    run(&program, &world, &["plugin", "enable", "overheard"]).ok();
    // Also where it did not look in between, and changes the same record itself.
    let settings = json!({ "sla_hours": 5 });
    let changed = world.host.set_plugin_settings(&plugin, settings).unwrap();
    assert_eq!(changed.state, InstallationState::Enabled);
    world.record_with(ada, "feedback", Some("Warmer now."), json!({}));
    assert_eq!(world.runs(&plugin).len(), 2);
}

#[test]
fn server_takes_up_what_the_program_resumes_and_redrives() {
    let program = Program::new();
    // What the program does is dated by the machine's clock, a day after all that happens here.
    let week_ago = Timestamp::now() - jiff::SignedDuration::from_hours(7 * 24);
    let world = World::starting(&week_ago.to_string());
    let bad = world.hostile("bad", json!({ "mode": "retry" }));
    // Fifteen failures, until three visits are dead; five more, and it is quarantined.
    let customers: Vec<CustomerId> = (0..8)
        .map(|n| world.customer(&format!("C{n}")).id)
        .collect();
    for customer in &customers[..3] {
        world.record(*customer, "visit");
    }
    for _ in 0..12 {
        world.go_to(world.clock.now_plus_hours(12));
    }
    for customer in &customers[3..] {
        world.record(*customer, "visit");
    }
    let shown = world.host.installation(&bad).unwrap();
    assert_eq!(shown.state, InstallationState::Quarantined);
    let dead = world.deferred().into_iter().filter(|it| it.dead).count();
    assert_eq!((dead, world.deferred().len()), (3, 8));
    world
        .host
        .set_plugin_settings(&bad, json!({ "mode": "remember-count" }))
        .unwrap();
    run(&program, &world, &["dead-letter", "redrive", "--all"]).ok();
    run(&program, &world, &["plugin", "resume", "bad"]).ok();
    world.go_to(Timestamp::now() + jiff::SignedDuration::from_mins(1));
    let shown = world.host.installation(&bad).unwrap();
    assert_eq!(
        (shown.state, shown.trouble),
        (InstallationState::Enabled, None)
    );
    assert!(world.deferred().is_empty());
    for customer in customers {
        let memory = world.host.memory(&bad, Some(customer)).unwrap();
        assert_eq!(memory.entries["count"], 1);
    }
}

#[test]
fn live_import_needs_the_only_host() {
    let program = Program::new();
    let world = World::new();
    let rows = program.file("c.csv", "external,name\n42,Ada Lovelace\n");
    let rows = rows.display().to_string();
    let live = run(&program, &world, &["import", "customers", &rows, "--live"]);
    assert_eq!(live.code, 1, "{}", live.out);
    assert!(live.err.contains("stop it first"), "{}", live.err);
    run(&program, &world, &["import", "customers", &rows]).ok();

    let World { host, dir, clock } = world;
    drop(host);
    let host = builder(dir.path(), &clock)
        .without_workers()
        .build()
        .unwrap();
    let world = World { host, dir, clock };
    run(&program, &world, &["import", "customers", &rows, "--live"]).ok();
}

#[test]
fn revoked_key_is_refused_at_once() {
    let program = Program::new();
    let served = Served::new(World::new());
    let (lost, secret) = served.world.host.create_key(NewKey::admin("lost")).unwrap();
    let bearer = format!("Bearer {secret}");
    let with_lost = || {
        let headers = [("authorization", bearer.as_str())];
        served.send("GET", "/v1/customers", None, &headers).status
    };
    assert_eq!(with_lost(), 200);
    let id = lost.id.to_string();
    let said = run(&program, &served.world, &["key", "revoke", &id]).ok();
    assert!(said.out.contains("lost"), "{}", said.out);
    assert_eq!(with_lost(), 401);
    assert_eq!(served.get("/v1/customers").status, 200);
    let again = run(&program, &served.world, &["key", "revoke", &id]);
    assert!(
        again.code == 1 && again.err.contains("no key"),
        "{}",
        again.err
    );
}

#[test]
fn host_that_is_dropped_has_closed_its_file() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("crm.db");
    for round in 0..50 {
        let host = regulars::Host::builder()
            .sqlite(&file)
            .without_workers()
            .build()
            .unwrap();
        let new = regulars::host::NewCustomer::default();
        host.create_customer(new).unwrap();
        drop(host);
        // Whoever copies the file now has all of it.
        assert!(!file.with_extension("db-wal").exists(), "round {round}");
    }
}
