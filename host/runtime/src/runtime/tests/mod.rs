//! Guests written as core modules, wrapped with the real contract: each does one wrong thing.

mod bombs;
mod load;
mod run;

use std::sync::Arc;

use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

use super::{Call, Plugin, PluginView, Runtime, RuntimeConfig};
use regulars_model::{Component, Effect, Event, EventData, EventId, Timestamp};

/// What every guest has: memory, an allocator that never frees, and `{}` as its manifest at 16.
const COMMON: &str = r#"
  (global $next (mut i32) (i32.const 4096))
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
    (global.set $next (i32.and (i32.add (global.get $next) (i32.const 7)) (i32.const -8)))
    (global.get $next)
    (global.set $next (i32.add (global.get $next) (local.get 3))))
  (data (i32.const 16) "\20\00\00\00\02\00\00\00")
  (data (i32.const 32) "{}")"#;

const DESCRIBE: &str =
    r#"(func (export "regulars:plugin/about@0.1.0#describe") (result i32) (i32.const 16))"#;

/// A component of `world` from the core module's fields.
fn component(world: &str, fields: &str) -> Component {
    let mut module = wat::parse_str(format!("(module {fields})")).expect("the module's text");
    let mut resolve = Resolve::default();
    let wit = concat!(env!("CARGO_MANIFEST_DIR"), "/../../wit/v0.1");
    let (package, _) = resolve.push_dir(wit).expect("the contract");
    let world = resolve
        .select_world(&[package], Some(world))
        .expect("the world");
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8, false)
        .expect("metadata");
    let wasm = ComponentEncoder::default()
        .module(&module)
        .and_then(|encoder| encoder.encode())
        .expect("a component");
    Component::new(wasm)
}

/// A guest whose `handle` is `body`, with one page of memory and further fields.
fn guest(fields: &str, body: &str) -> Component {
    component(
        "automation",
        &format!(
            r#"{fields} (memory (export "memory") 1) {COMMON} {DESCRIBE}
            (func $handle (export "regulars:plugin/events@0.1.0#handle") (param i32) (result i32)
              {body})"#
        ),
    )
}

fn runtime() -> Runtime {
    Runtime::new(small()).expect("a runtime")
}

fn small() -> RuntimeConfig {
    RuntimeConfig {
        instances: 2,
        max_memory: 16 << 20,
        ..RuntimeConfig::default()
    }
}

fn load(runtime: &Runtime, component: &Component) -> Arc<Plugin> {
    runtime.load(component).expect("a plugin")
}

fn event() -> Event {
    Event {
        seq: 1,
        id: EventId(uuid::Uuid::nil()),
        customer: regulars_model::CustomerId(uuid::Uuid::nil()),
        time: Timestamp::UNIX_EPOCH,
        cause: None,
        depth: 0,
        as_of: 0,
        data: EventData::CustomerCreated,
    }
}

fn handle(runtime: &Runtime, component: &Component) -> Call<Vec<Effect>> {
    runtime.handle(&load(runtime, component), &PluginView::nothing(), &event())
}
