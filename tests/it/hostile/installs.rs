//! Files that are no plugin, and components that misbehave while they are looked at: refused, each
//! with its own error, and nothing of them stays.

use regulars::host::InstallRequest;
use regulars::model::*;
use regulars::plugin::PluginError;
use regulars::{Blame, Error};
use serde_json::json;

use super::{assert_only_the_neighbour, assert_readable, guest, visit};
use crate::world::{World, component};

/// The error that refuses a file, and words in its message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    TooLarge,
    NotWasm,
    CoreModule,
    UnknownImports,
    OtherVersion,
    MissingExport,
    WrongType,
    TooDemanding,
    Describe,
    Manifest,
}

impl Refused {
    fn of(error: &PluginError) -> Option<Refused> {
        Some(match error {
            PluginError::TooLarge { .. } => Refused::TooLarge,
            PluginError::NotWasm(_) => Refused::NotWasm,
            PluginError::CoreModule => Refused::CoreModule,
            PluginError::UnknownImports(_) => Refused::UnknownImports,
            PluginError::OtherVersion(_) => Refused::OtherVersion,
            PluginError::MissingExport(_) => Refused::MissingExport,
            PluginError::WrongType(_) => Refused::WrongType,
            PluginError::TooDemanding(_) => Refused::TooDemanding,
            PluginError::Describe(_) => Refused::Describe,
            PluginError::Manifest { .. } => Refused::Manifest,
            _ => return None,
        })
    }
}

/// Files of `tests/guests/hostile/wat` that are refused.
pub const FILES: &[(&str, Refused, &str)] = &[
    ("start-trap", Refused::Describe, "unreachable"),
    ("start-loop", Refused::Describe, "`runtime.fuel`"),
    (
        "start-memory-bomb",
        Refused::Describe,
        "`runtime.max_memory`",
    ),
    ("about-loop", Refused::Describe, "`runtime.fuel`"),
    ("about-trap", Refused::Describe, "unreachable"),
    (
        "about-memory-bomb",
        Refused::Describe,
        "`runtime.max_memory`",
    ),
    (
        "about-10-mib",
        Refused::Describe,
        "`runtime.max_output_bytes`",
    ),
    ("about-not-utf8", Refused::Describe, "utf-8"),
    ("about-lies", Refused::Describe, "out of bounds"),
    ("about-outside", Refused::Describe, "out of bounds"),
    ("about-not-json", Refused::Describe, "not JSON"),
    ("about-deep", Refused::Describe, "not JSON"),
    (
        "about-remembers",
        Refused::Describe,
        "it called regulars:plugin/memory@0.1.0#get",
    ),
    (
        "about-logs",
        Refused::Describe,
        "it called log, which `describe` must not: “hello”",
    ),
];

/// A host with a neighbour that works, on which files are tried.
pub struct Door {
    world: World,
    good: InstallationId,
}

impl Door {
    pub fn new() -> Door {
        let world = World::new();
        let good = world.hostile("good", json!({ "mode": "ok" }));
        Door { world, good }
    }

    /// The error that a file meets, after a look at the host: nothing of it stayed.
    #[track_caller]
    pub fn refusal(&self, name: &str, wasm: Vec<u8>) -> PluginError {
        let digest = Component::new(wasm.clone()).digest;
        let Err(error) = super::install(&self.world, "bad", wasm.clone()) else {
            panic!("{name} was installed");
        };
        let looked = self.world.host.inspect(wasm);
        assert_eq!(looked.unwrap_err().to_string(), error.to_string(), "{name}");
        let installed = self.world.host.installations();
        assert_eq!(installed.len(), 1, "{name} left something behind");
        assert_ne!(installed[0].digest, digest);
        let shown = error.to_string();
        assert!(
            shown.len() < 3_000 && !shown.chars().any(super::hidden),
            "{name} writes to the operator's terminal: {shown:?}"
        );
        match error {
            Error::Plugin(error) => error,
            error => panic!("{name}: {error}"),
        }
    }

    #[track_caller]
    pub fn refuses(&self, name: &str, wasm: Vec<u8>, expected: Refused, words: &str) {
        let error = self.refusal(name, wasm);
        assert_eq!(Refused::of(&error), Some(expected), "{name}: {error}");
        assert!(error.to_string().contains(words), "{name}: {error}");
        assert_ne!(error.blame(), Blame::Host, "{name}: {error}");
    }

    /// After all of it, the neighbour works as ever, and the file is whole.
    #[track_caller]
    pub fn shut(self) {
        let customer = visit(&self.world);
        assert_only_the_neighbour(&self.world, &self.good, customer);
        assert_readable(self.world, customer);
    }
}

fn text(fields: &str) -> Vec<u8> {
    wat::parse_str(fields).unwrap_or_else(|error| panic!("{error}: {fields}"))
}

#[test]
fn components_that_misbehave_while_they_are_looked_at_are_refused() {
    let door = Door::new();
    for (name, expected, words) in FILES {
        door.refuses(name, guest::wat(name), *expected, words);
    }
    door.shut();
}

#[test]
fn files_that_are_no_plugin_are_refused() {
    let door = Door::new();
    let real = component("hostile");
    let mut two = real.clone();
    two.extend_from_slice(&real);
    let imports = |what: &str| text(&format!("(component (import {what}))"));
    let core = |fields: &str| text(&format!("(component (core module {fields}))"));
    // A component with a hook of another version: the name is as long.
    let later = |hook: &str| {
        let (from, to) = (
            format!("regulars:plugin/{hook}@0.1.0"),
            format!("regulars:plugin/{hook}@0.2.0"),
        );
        let mut wasm = component("witness");
        for at in memchr::memmem::find_iter(&wasm.clone(), &from) {
            wasm[at..at + to.len()].copy_from_slice(to.as_bytes());
        }
        wasm
    };
    use Refused::*;
    let rows: Vec<(&str, Vec<u8>, Refused, &str)> = vec![
        ("nothing", vec![], NotWasm, ""),
        ("words", b"hello".to_vec(), NotWasm, ""),
        ("four bytes", b"\0asm".to_vec(), NotWasm, ""),
        ("another version", b"\0asm\x0e\0\x01\0".to_vec(), NotWasm, ""),
        ("another layer", b"\0asm\x0d\0\x02\0".to_vec(), NotWasm, ""),
        ("text of WebAssembly", b"(component)".to_vec(), NotWasm, ""),
        ("native code", std::fs::read("/proc/self/exe").map_or(b"\x7fELF".to_vec(), |mut exe| { exe.truncate(1 << 20); exe }), NotWasm, ""),
        ("a gzip archive", b"\x1f\x8b\x08\0\0\0\0\0\0\x03".to_vec(), NotWasm, "gzip archive: unpack it first"),
        ("a zip archive", b"PK\x03\x04\x14\0".to_vec(), NotWasm, "zip archive: unpack it first"),
        ("two in one", two, NotWasm, ""),
        ("17 MiB", vec![0; 17 << 20], TooLarge, "`runtime.max_component_bytes`"),
        ("a core module", text("(module)"), CoreModule, "not a component"),
        ("an empty component", text("(component)"), MissingExport, "regulars:plugin/about@0.1.0"),
        ("WASI", imports(r#""wasi:cli/environment@0.2.0" (instance (export "get" (func)))"#), UnknownImports, "wasi:cli/environment@0.2.0"),
        ("an import that writes to the terminal", imports("\"regulars:plugin/disk@0.1.0\" (instance)"), UnknownImports, "regulars:plugin/disk@0.1.0"),
        ("a later contract", imports(r#""regulars:plugin/history@0.2.0" (instance)"#), OtherVersion, "needs regulars:plugin/history@0.2.0, but this host has 0.1"),
        ("a later `about`", later("about"), OtherVersion, "needs regulars:plugin/about@0.2.0, but this host has 0.1"),
        ("later events", later("events"), OtherVersion, "needs regulars:plugin/events@0.2.0, but this host has 0.1"),
        ("a later `migrate` beside this version's events", later("migrate"), OtherVersion, "needs regulars:plugin/migrate@0.2.0, but this host has 0.1"),
        ("a function of its own", imports(r#""regulars:plugin/history@0.1.0" (instance (export "forget" (func)))"#), UnknownImports, "history@0.1.0#forget"),
        ("a capability of another type", imports(r#""regulars:plugin/history@0.1.0" (instance (export "count" (func)))"#), WrongType, "count"),
        ("a capability that is a function", imports(r#""regulars:plugin/history@0.1.0" (func)"#), WrongType, ""),
        ("a capability that is a component", imports(r#""regulars:plugin/log@0.1.0" (component)"#), TooDemanding, ""),
        ("64 bits", core("(memory i64 1)"), NotWasm, "memory64"),
        ("threads", core("(memory 1 1 shared)"), NotWasm, "threads"),
        ("exceptions", core("(tag)"), NotWasm, "exceptions"),
        ("too large from the start", core("(memory 1024)"), TooDemanding, "`runtime.max_memory`"),
        ("too long a table", core("(table 100000 funcref)"), TooDemanding, "`runtime.max_table_elements`"),
        ("data outside of memory", core(r#"(memory 0) (data (i32.const 99999) "x")"#), MissingExport, ""),
        ("loops in loops", core(&format!("(func (param i32) {} {})", "loop ".repeat(2000), "local.get 0 br_if 0 end ".repeat(2000))), TooDemanding, "its compilation would take too much"),
        ("images of memory", text(&format!("(component {})", r#"(core module (memory 256) (data (i32.const 0) "x") (data (i32.const 16777000) "x"))"#.repeat(900))), TooDemanding, "linear memories"),
    ];
    for (name, wasm, expected, words) in rows {
        door.refuses(name, wasm, expected, words);
    }
    door.shut();
}

#[test]
fn refused_file_replaces_no_version() {
    let world = World::new();
    let good = world.hostile("good", json!({ "mode": "ok" }));
    let mut request = InstallRequest::new(guest::wat("about-loop"), "hostile.wasm");
    request.id = Some(good.clone());
    request.replace = true;
    world.host.install(request).unwrap_err();
    let customer = visit(&world);
    assert_only_the_neighbour(&world, &good, customer);
}
