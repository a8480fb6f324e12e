//! Bytes as what a guest leaves in its memory for the host to read: its answer to an event.
//!
//! One guest is compiled once. It takes the bytes from a memory of its own, as letters from `a` to
//! `p`, two for each byte, puts them at 0x20000, and says that its answer stands there. Pointers,
//! lengths, discriminants and texts are all the input's.

use std::sync::{Arc, OnceLock};

use regulars::model::{Component, Effect, FailureKind};
use regulars::runtime::Plugin;
use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

use super::guest::{event, runtime, slice};
use super::shown::{hidden, refusal};

/// The most that is put there.
const MOST: usize = 12 << 10;

const CONTRACT: &str = include_str!("../../../wit/v0.1/regulars.wit");

const GUEST: &str = r#"(module
  (import "regulars:plugin/memory@0.1.0" "get" (func $get (param i32 i32 i32 i32)))
  (memory (export "memory") 4)
  (global $next (mut i32) (i32.const 4096))
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
    (global.set $next (i32.and (i32.add (global.get $next) (i32.const 7)) (i32.const -8)))
    (global.get $next)
    (global.set $next (i32.add (global.get $next) (local.get 3))))
  (data (i32.const 16) "\20\00\00\00\02\00\00\00")
  (data (i32.const 32) "{}")
  (data (i32.const 40) "bytes")
  (func (export "regulars:plugin/about@0.1.0#describe") (result i32) (i32.const 16))
  (func (export "regulars:plugin/events@0.1.0#handle") (param i32) (result i32)
    (local $from i32) (local $to i32) (local $end i32)
    ;; The memory's value is JSON text: letters between quotes.
    (call $get (i32.const 1) (i32.const 40) (i32.const 5) (i32.const 64))
    (local.set $from (i32.add (i32.load (i32.const 68)) (i32.const 1)))
    (local.set $end (i32.sub (i32.add (i32.load (i32.const 68)) (i32.load (i32.const 72))) (i32.const 1)))
    (local.set $to (i32.const 0x20000))
    (block $done (loop $next
      (br_if $done (i32.ge_u (local.get $from) (local.get $end)))
      (i32.store8 (local.get $to) (i32.add
        (i32.shl (i32.sub (i32.load8_u (local.get $from)) (i32.const 97)) (i32.const 4))
        (i32.sub (i32.load8_u offset=1 (local.get $from)) (i32.const 97))))
      (local.set $from (i32.add (local.get $from) (i32.const 2)))
      (local.set $to (i32.add (local.get $to) (i32.const 1)))
      (br $next)))
    (i32.const 0x20000)))"#;

pub fn check(bytes: &[u8]) {
    let bytes = &bytes[..bytes.len().min(MOST)];
    let letter = |half: u8| char::from(b'a' + half);
    let letters: String = bytes
        .iter()
        .flat_map(|byte| [letter(byte >> 4), letter(byte & 15)])
        .collect();
    let slice = slice("bytes", &letters);
    let call = runtime().handle(plugin(), &slice, &event());
    match call.result {
        Ok(effects) => {
            assert!(effects.len() <= runtime().config().max_effects);
            effects.iter().for_each(kept);
        }
        Err(failure) => {
            refusal(&failure.detail);
            let ours = [FailureKind::Host, FailureKind::Trap, FailureKind::TimedOut];
            assert!(!ours.contains(&failure.kind), "{}", failure.detail);
        }
    }
}

/// Asserts that accepted effects can be stored and read back, and that their texts are safe to show.
fn kept(effect: &Effect) {
    let stored = serde_json::to_string(effect).expect("effects are plain data");
    let read: Effect = serde_json::from_str(&stored).expect("what was stored can be read");
    assert_eq!(&read, effect, "{stored}");
    let texts = match effect {
        Effect::Suggest(it) => vec![&it.title, &it.because.reason],
        Effect::Ask(it) => vec![&it.text, &it.because.reason],
        Effect::Message(it) => vec![&it.subject, &it.value, &it.because.reason],
        Effect::Task(it) => vec![&it.title, &it.role, &it.because.reason],
        Effect::ProposeLevel { because, .. } => vec![&because.reason],
        _ => Vec::new(),
    };
    for text in texts {
        assert!(!text.contains(hidden), "{text:?}");
    }
}

fn plugin() -> &'static Plugin {
    static PLUGIN: OnceLock<Arc<Plugin>> = OnceLock::new();
    PLUGIN.get_or_init(|| {
        let mut module = wat::parse_str(GUEST).expect("the guest's text");
        let mut resolve = Resolve::default();
        let package = resolve
            .push_str("regulars.wit", CONTRACT)
            .expect("the contract");
        let world = resolve
            .select_world(&[package], Some("automation"))
            .expect("the world");
        embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8, false)
            .expect("metadata");
        let wasm = ComponentEncoder::default()
            .module(&module)
            .and_then(|encoder| encoder.encode())
            .expect("a component");
        runtime().load(&Component::new(wasm)).expect("a plugin")
    })
}
