//! The plugins that ship, inside the program.

use regulars::model::Digest;

use crate::program::{Program, wasm};

const SHIPPED: [&str; 4] = [
    "ask-once",
    "coach-referral",
    "considerate-birthday",
    "overheard",
];

#[test]
fn plugins_that_ship_are_listed() {
    let program = Program::new();
    let said = program.run(&["plugin", "list", "--available"]).ok();
    for name in SHIPPED {
        assert!(said.out.contains(&format!("{name} 0.1.0")), "{}", said.out);
    }
    let json = program
        .run(&["--json", "plugin", "list", "--available"])
        .ok();
    assert_eq!(json.out.lines().count(), SHIPPED.len(), "{}", json.out);
    assert!(
        !program.dir.path().join("crm.db").exists(),
        "it made a database"
    );
}

#[test]
fn catalogue_plugin_is_installed_by_name() {
    let program = Program::new();
    // What lies here under that name is not what is meant.
    program.file("considerate-birthday", "not this");
    let install = ["plugin", "install", "considerate-birthday", "--yes"];
    let said = program.run(&install).ok();
    assert!(said.out.contains("the catalogue"), "{}", said.out);
    assert!(!said.err.contains("warning"), "{}", said.err);
    let installed = program.run(&["--json", "plugin", "list"]).ok().json();
    assert_eq!(installed["source"], "catalogue:considerate-birthday");
    let built = std::fs::read(wasm("considerate-birthday")).unwrap();
    assert_eq!(installed["digest"], Digest::of(&built).to_string());

    let said = program.run(&["plugin", "install", "no-such-plugin", "--yes"]);
    assert_eq!(said.code, 1);
    assert!(
        said.err
            .contains("the catalogue has ask-once, coach-referral"),
        "{}",
        said.err
    );
    let said = program.run(&["plugin", "install", "./considerate-birthday", "--yes"]);
    assert!(said.err.contains("not a valid WebAssembly"), "{}", said.err);
}
