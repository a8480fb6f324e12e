//! Components from text: what no compiler of Rust would write.

use std::fmt::Write as _;
use std::path::Path;

use serde_json::{Value, json};
use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

const MEMORY: &str = r#"(memory (export "memory") 4)"#;

/// Gives room that is never taken back, from the second page on.
const REALLOC: &str = r#"
  (global $next (mut i32) (i32.const 65536))
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
    (global.set $next (i32.and (i32.add (global.get $next) (i32.const 7)) (i32.const -8)))
    (global.get $next)
    (global.set $next (i32.add (global.get $next) (local.get 3))))"#;

/// The component of `tests/guests/hostile/wat/<name>.wat`, which introduces itself with this manifest where it
/// does not do so in its own way.
pub fn wat_with(name: &str, manifest: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("guests/hostile/wat")
        .join(format!("{name}.wat"));
    let text = std::fs::read_to_string(&path)
        .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let text = text
        .replace("(;memory;)", MEMORY)
        .replace("(;realloc;)", REALLOC)
        .replace("(;about;)", &about(manifest));
    let module = wat::parse_str(text).unwrap_or_else(|error| panic!("{name}: {error}"));
    component("automation", module)
}

pub fn wat(name: &str) -> Vec<u8> {
    wat_with(name, &manifest().to_string())
}

/// A manifest that asks for what the attacks need.
pub fn manifest() -> Value {
    json!({
        "name": "wat", "version": "0.1.0", "title": "Wat", "summary": "Written by hand.",
        "reads": { "history": [{ "kinds": [], "days": 365, "because": "to be told" }] },
        "proposes": [
            { "effect": "tag", "because": "to tag" },
            { "effect": "wake", "because": "to wake" },
        ],
        "subscribes": [{ "event": "interaction.recorded" }],
    })
}

/// The component of a core module that has what a world of the contract exports.
pub fn component(world: &str, mut module: Vec<u8>) -> Vec<u8> {
    let mut resolve = Resolve::default();
    let wit = Path::new(env!("CARGO_MANIFEST_DIR")).join("../wit/v0.1");
    let (package, _) = resolve.push_dir(wit).unwrap();
    let world = resolve.select_world(&[package], Some(world)).unwrap();
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8, false).unwrap();
    ComponentEncoder::default()
        .module(&module)
        .and_then(|encoder| encoder.encode())
        .unwrap()
}

/// `describe`, with the manifest at 4096 and where it is at 16.
fn about(manifest: &str) -> String {
    assert!(manifest.len() <= 60_000, "the manifest meets the heap");
    let length = u32::try_from(manifest.len()).unwrap();
    format!(
        r#"(data (i32.const 16) "\00\10\00\00{}")
        (data (i32.const 4096) "{}")
        (func (export "regulars:plugin/about@0.1.0#describe") (result i32) (i32.const 16))"#,
        quoted(&length.to_le_bytes()),
        quoted(manifest.as_bytes())
    )
}

fn quoted(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "\\{byte:02x}");
        text
    })
}
