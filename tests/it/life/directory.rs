//! A directory of plugins offers, and what a person chose otherwise stays.

use std::path::PathBuf;

use regulars::Error;
use regulars::host::{InstallRequest, LeftMemory, UpgradeRequest};
use regulars::model::*;
use serde_json::json;

use super::secrets::guest;
use super::{back, keeper, kept, next};
use crate::hostile::guest::wat_with;
use crate::program::{Program, Serving};
use crate::world::{World, builder, component};

/// A host that takes up a directory whenever it starts.
struct Taken {
    world: World,
    plugins: PathBuf,
}

impl Taken {
    fn with(wasm: &[u8]) -> Taken {
        let world = World::new();
        let plugins = world.dir.path().join("plugins");
        std::fs::create_dir(&plugins).unwrap();
        Taken { world, plugins }.starts_with(wasm)
    }

    /// Stops, and starts when the file is this.
    fn starts_with(self, wasm: &[u8]) -> Taken {
        std::fs::write(self.plugins.join("keeper.wasm"), wasm).unwrap();
        self.starts()
    }

    fn starts(self) -> Taken {
        let Taken { world, plugins } = self;
        let World { host, clock, dir } = world;
        host.stop();
        drop(host);
        clock.advance(jiff::SignedDuration::from_millis(1));
        let host = builder(dir.path(), &clock)
            .plugins(&plugins)
            .build()
            .unwrap();
        let world = World { host, clock, dir };
        Taken { world, plugins }
    }

    fn version(&self) -> String {
        let installed = self.world.host.installation(&keeper()).unwrap();
        installed.manifest.version
    }
}

fn first() -> UpgradeRequest {
    let mut request = UpgradeRequest::new(component("keeper"), "elsewhere/keeper.wasm");
    request.accept_wider = true;
    request
}

/// A plugin of this name and version that asks for no more than the others.
fn other(version: &str) -> Vec<u8> {
    let manifest = json!({
        "name": "keeper", "version": version, "title": "Keeper", "summary": "Does nothing.",
        "settings": { "type": "object" },
    });
    wat_with("manifest", &manifest.to_string())
}

#[test]
fn unchanged_file_undoes_no_decision() {
    let mut taken = Taken::with(&component("keeper"));
    assert_eq!(taken.version(), "1.0.0");
    // Upgraded so often that the first one is not kept any more.
    for upgrade in [next(), first(), next(), first(), next()] {
        taken.world.host.upgrade(&keeper(), upgrade).unwrap();
    }
    taken = taken.starts();
    assert_eq!(taken.version(), "2.0.0");
    assert_eq!(kept(&taken.world), ["1.0.0", "2.0.0", "1.0.0"]);
    // A better file comes, and a person goes back.
    taken = taken.starts_with(&other("2.1.0"));
    assert_eq!(taken.version(), "2.1.0");
    taken.world.host.rollback(&keeper(), back()).unwrap();
    taken = taken.starts();
    assert_eq!(taken.version(), "2.0.0");
    // The file of before is another one than the last: whoever fills the directory wants it.
    taken = taken
        .starts_with(&other("2.0.1"))
        .starts_with(&other("2.1.0"));
    assert_eq!(taken.version(), "2.1.0");
    taken
        .world
        .host
        .uninstall(&keeper(), LeftMemory::Keep)
        .unwrap();
    for file in [other("2.1.0"), other("2.2.0")] {
        taken = taken.starts_with(&file);
        let gone = taken.world.host.installation(&keeper());
        assert!(matches!(gone, Err(Error::NotFound { .. })));
    }
    taken.world.sound();
}

#[test]
fn file_that_asks_for_more_waits_for_a_yes() {
    let mut taken = Taken::with(&component("keeper"));
    let ada = taken.world.customer("Ada Lovelace").id;
    for _ in 0..2 {
        taken = taken.starts_with(&component("keeper-next"));
        assert_eq!(taken.version(), "1.0.0");
    }
    taken.world.record(ada, "visit");
    assert_eq!(
        super::remembered(&taken.world, Some(ada)),
        json!({ "visits": 1 })
    );
    taken.world.host.upgrade(&keeper(), next()).unwrap();
    taken = taken.starts();
    assert_eq!(taken.version(), "2.0.0");
    // Once it is there, going back holds, too.
    taken.world.host.rollback(&keeper(), back()).unwrap();
    taken = taken.starts();
    assert_eq!(taken.version(), "1.0.0");
}

#[test]
fn refused_asks_stay_refused_when_the_file_changes() {
    let world = World::new();
    let plugins = world.dir.path().join("plugins");
    std::fs::create_dir(&plugins).unwrap();
    let file = plugins.join("keeper.wasm");
    let mut request = InstallRequest::new(component("keeper"), file.display().to_string());
    let mut grants = world.host.inspect(request.wasm.clone()).unwrap().grants;
    grants.leave_out("effect:message").unwrap();
    request.grants = Some(grants.clone());
    world.host.install(request).unwrap();
    // The same but for its bytes: a section of its own, which changes nothing.
    let mut wasm = component("keeper");
    wasm.extend([0, 2, 1, b'x']);
    let taken = Taken { world, plugins }.starts_with(&wasm);
    let installed = taken.world.host.installation(&keeper()).unwrap();
    assert_eq!(installed.digest, Digest::of(&wasm));
    assert_eq!(installed.grants, grants);
}

#[test]
fn server_leaves_plugins_from_elsewhere_and_names_the_command() {
    let program = Program::new();
    std::fs::create_dir(program.dir.path().join("pl")).unwrap();
    let file = program.file("pl/keeper.wasm", component("keeper"));
    program
        .run(&["plugin", "install", "pl/keeper.wasm", "--yes"])
        .ok();
    let next = guest("keeper-next");
    program
        .run(&["plugin", "upgrade", "keeper", &next, "--yes"])
        .ok();
    let serve = || {
        let server = Serving::start(&program, &["--plugins", "pl"]);
        server.signal("-TERM");
        server.ended().1
    };
    serve();
    let version =
        || program.run(&["--json", "plugin", "list"]).ok().json()["manifest"]["version"].clone();
    assert_eq!(version(), "2.0.0");
    // Under another program's database, the file asks for more than what is there.
    program
        .run(&["plugin", "uninstall", "keeper", "--purge", "--yes"])
        .ok();
    program
        .run(&["plugin", "install", "pl/keeper.wasm", "--yes"])
        .ok();
    serve();
    std::fs::write(&file, component("keeper-next")).unwrap();
    for _ in 0..2 {
        let said = serve();
        let command = format!("regulars plugin upgrade keeper {}", file.display());
        assert!(
            said.contains(&command) && said.contains("birthday"),
            "{said}"
        );
        assert_eq!(version(), "1.0.0");
    }
    program
        .run(&["plugin", "upgrade", "keeper", "pl/keeper.wasm", "--yes"])
        .ok();
    assert!(!serve().contains("regulars plugin upgrade"));
    assert_eq!(version(), "2.0.0");
}
