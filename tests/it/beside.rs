//! A second host, and the program, beside a host that runs on the same file.

use std::os::unix::fs::PermissionsExt;

use regulars::Error;
use regulars::store::StoreError;

use crate::program::{Program, Said, wasm};
use crate::served::Served;
use crate::world::{World, builder};

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
    let resting = builder(dir, clock).at_rest().build().unwrap();
    assert_eq!(resting.counts().unwrap().customers, 0);

    let lock = std::fs::metadata(dir.join("crm.db-lock")).unwrap();
    assert_eq!(lock.permissions().mode() & 0o777, 0o600);
    // Its end frees the file, whoever looks on.
    world.restart();
}

#[test]
fn the_program_says_when_a_server_does_not_notice() {
    let program = Program::new();
    let world = World::new();
    let install = ["plugin", "install", &wasm("overheard"), "--yes"];
    let warned = |said: Said| {
        let said = said.ok();
        said.err.contains("when it is started again")
    };
    assert!(warned(run(&program, &world, &install)));
    for switch in ["disable", "enable"] {
        let arguments = ["plugin", switch, "overheard"];
        assert!(warned(run(&program, &world, &arguments)));
    }
    let rows = program.file("c.csv", "external,name\n42,Ada Lovelace\n");
    let rows = rows.display().to_string();
    let live = run(&program, &world, &["import", "customers", &rows, "--live"]);
    assert_eq!(live.code, 1, "{}", live.out);
    assert!(live.err.contains("stop it first"), "{}", live.err);
    run(&program, &world, &["import", "customers", &rows]).ok();

    let World { host, dir, clock } = world;
    drop(host);
    let host = builder(dir.path(), &clock).at_rest().build().unwrap();
    let world = World { host, dir, clock };
    let arguments = ["plugin", "disable", "overheard"];
    assert!(!warned(run(&program, &world, &arguments)));
    run(&program, &world, &["import", "customers", &rows, "--live"]).ok();
}

#[test]
fn a_key_that_was_revoked_opens_nothing_from_then_on() {
    let program = Program::new();
    let served = Served::new(World::new());
    let (lost, secret) = served.world.host.create_key("lost").unwrap();
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
