use std::time::{Duration, Instant};

use super::{COMMON, DESCRIBE, component, event, guest, handle, load, runtime, small};
use crate::runtime::{CallFailure, PluginView, Pooling, Runtime, RuntimeConfig};
use regulars_model::{Effect, FailureKind};

const LOG: &str = r#"(import "regulars:plugin/log@0.1.0" "write" (func $log (param i32 i32 i32)))"#;

/// `ok` with a list of `count` tags, each of them the same text. At 64 that is no UTF-8.
fn tags(count: u32, text: u32, length: u32) -> String {
    format!(
        r#"(local $i i32) (local $at i32)
        (memory.grow (i32.div_u (i32.mul (i32.const {count}) (i32.const 112)) (i32.const 65536)))
        (drop)
        (local.set $at (i32.const 65536))
        (block $done (loop $more
          (br_if $done (i32.ge_u (local.get $i) (i32.const {count})))
          (i32.store8 (local.get $at) (i32.const 6))
          (i32.store offset=8 (local.get $at) (i32.const {text}))
          (i32.store offset=12 (local.get $at) (i32.const {length}))
          (local.set $at (i32.add (local.get $at) (i32.const 112)))
          (local.set $i (i32.add (local.get $i) (i32.const 1)))
          (br $more)))
        (i32.store (i32.const 132) (i32.const 65536))
        (i32.store (i32.const 136) (i32.const {count}))
        (i32.const 128)"#
    )
}

fn guest_with_pages(pages: u32, body: &str) -> regulars_model::Component {
    component(
        "automation",
        &format!(
            r#"(memory (export "memory") {pages}) {COMMON} {DESCRIBE}
            (data (i32.const 64) "\ff\fe")
            (func (export "regulars:plugin/events@0.1.0#handle") (param i32) (result i32) {body})"#
        ),
    )
}

fn failure(runtime: &Runtime, fields: &str, body: &str) -> CallFailure {
    handle(runtime, &guest(fields, body)).result.unwrap_err()
}

#[track_caller]
fn assert_failure(failure: &CallFailure, kind: FailureKind, words: &str) {
    assert_eq!(failure.kind, kind, "{}", failure.detail);
    assert!(failure.detail.contains(words), "{}", failure.detail);
}

#[test]
fn effects_and_fuel_are_deterministic() {
    let runtime = runtime();
    let component = guest_with_pages(2, &tags(3, 64, 0));
    let call = handle(&runtime, &component);
    assert_eq!(
        call.result.unwrap(),
        vec![Effect::Tag { tag: String::new() }; 3]
    );
    assert!(call.fuel > 0 && call.fuel < 1000, "{}", call.fuel);
    assert_eq!(call.peak_memory, 2 * 65536);
    assert!(!call.read_plugin_memory);
    let config = RuntimeConfig {
        pooling: Pooling::Never,
        ..small()
    };
    let unpooled = handle(&Runtime::new(config).unwrap(), &component);
    assert_eq!(unpooled.fuel, call.fuel);
}

#[test]
fn endless_loop_ends_by_fuel_or_clock() {
    let forever = "(loop (br 0)) unreachable";
    let failed = failure(&runtime(), "", forever);
    assert_failure(
        &failed,
        FailureKind::OutOfFuel,
        "50,000,000 fuel that `runtime.fuel`",
    );
    let config = RuntimeConfig {
        fuel: u64::MAX / 2,
        timeout: Duration::from_millis(20),
        ..small()
    };
    let patient = Runtime::new(config).unwrap();
    // The second one shows that the ticker rests between runs and wakes again.
    for _ in 0..2 {
        let begun = Instant::now();
        let failed = failure(&patient, "", forever);
        assert_failure(&failed, FailureKind::TimedOut, "`runtime.timeout`");
        assert!(begun.elapsed() < Duration::from_secs(5));
    }
    // Who gives way to all others has ten times as long.
    let plugin = load(&patient, &guest("", forever));
    let low_priority = patient.handle_low_priority(&plugin, &PluginView::nothing(), &event());
    assert_failure(
        &low_priority.result.unwrap_err(),
        FailureKind::TimedOut,
        "more than the 200ms",
    );
    // A start function runs before any hook.
    let failed = failure(
        &patient,
        "(start $s) (func $s (loop (br 0)))",
        "unreachable",
    );
    assert_failure(&failed, FailureKind::TimedOut, "`runtime.timeout`");
}

#[test]
fn refused_allocation_differs_from_traps() {
    let bomb = r#"(loop $more (br_if $more (i32.ne (memory.grow (i32.const 16)) (i32.const -1))))
        unreachable"#;
    let call = handle(&runtime(), &guest("", bomb));
    assert_failure(
        &call.result.unwrap_err(),
        FailureKind::OutOfMemory,
        "more than the 16,777,216 that `runtime.max_memory` allows",
    );
    assert_eq!(call.peak_memory, 65536 + 15 * 16 * 65536);
    let failed = failure(&runtime(), "", "unreachable");
    assert_failure(&failed, FailureKind::Trap, "unreachable");
}

#[test]
fn panic_text_is_sanitized() {
    let body = r#"(call $log (i32.const 3) (i32.const 64) (i32.const 24)) unreachable"#;
    let fields = format!(r#"{LOG} (data (i32.const 64) "panicked at \1b[31mlib.rs\00")"#);
    let call = handle(&runtime(), &guest(&fields, body));
    assert_failure(
        &call.result.unwrap_err(),
        FailureKind::Trap,
        "after the error “panicked at lib.rs”",
    );
    assert_eq!(call.logs.len(), 1);
}

#[test]
fn log_is_capped_but_keeps_late_errors() {
    let body = r#"(local $i i32)
        (loop $more
          (call $log (i32.const 1) (i32.const 64) (i32.const 4))
          (local.set $i (i32.add (local.get $i) (i32.const 1)))
          (br_if $more (i32.lt_u (local.get $i) (i32.const 100000))))
        (call $log (i32.const 3) (i32.const 66) (i32.const 2))
        unreachable"#;
    let fields = format!(r#"{LOG} (data (i32.const 64) "line")"#);
    let call = handle(&runtime(), &guest(&fields, body));
    assert_failure(&call.result.unwrap_err(), FailureKind::Trap, "“ne”");
    assert_eq!(call.logs.len(), 101);
    assert!(call.logs[100].text.starts_with("dropped 99901 more lines"));
}

#[test]
fn recursion_overflows_either_stack() {
    let failed = failure(
        &runtime(),
        "(func $deep (param i32) (result i32) (i32.add (call $deep (local.get 0)) (i32.const 1)))",
        "(call $deep (i32.const 0))",
    );
    assert_failure(
        &failed,
        FailureKind::StackOverflow,
        "`runtime.max_wasm_stack`",
    );
    // What a compiler makes of frames with arrays: the stack pointer passes below address 0.
    let failed = failure(
        &runtime(),
        r#"(global $sp (mut i32) (i32.const 65536))
        (func $deep (result i32)
          (global.set $sp (i32.sub (global.get $sp) (i32.const 1024)))
          (i32.store (global.get $sp) (i32.const 1))
          (i32.add (call $deep) (i32.const 1)))"#,
        "(call $deep)",
    );
    assert_failure(&failed, FailureKind::StackOverflow, "its own stack");
    let failed = failure(&runtime(), "", "(i32.load (i32.const -4))");
    assert_failure(&failed, FailureKind::Trap, "out of bounds memory access");
}

#[test]
fn rejects_large_output_cheaply() {
    let runtime = Runtime::new(RuntimeConfig {
        max_memory: 128 << 20,
        ..small()
    })
    .unwrap();
    let failed = |component| handle(&runtime, &component).result.unwrap_err();
    assert_failure(
        &failed(guest_with_pages(2, &tags(101, 64, 0))),
        FailureKind::TooManyEffects,
        "101 effects, more than the 100 that `runtime.max_effects` allows",
    );
    let begun = Instant::now();
    assert_failure(
        &failed(guest_with_pages(2, &tags(1_000_000, 64, 0))),
        FailureKind::OutputTooLarge,
        "`runtime.max_output_bytes`",
    );
    assert!(begun.elapsed() < Duration::from_secs(5));
    // Many effects that share one text.
    assert_failure(
        &failed(guest_with_pages(32, &tags(100, 1 << 20, 60_000))),
        FailureKind::OutputTooLarge,
        "1,048,576 bytes",
    );
}

#[test]
fn rejects_invalid_values() {
    for body in [
        // No such case of `result`, of `effect`; a list that ends nowhere; a result outside memory;
        // a text that is no UTF-8.
        "(i32.store (i32.const 128) (i32.const 7)) (i32.const 128)".to_owned(),
        tags(1, 64, 0).replace("(i32.const 6)", "(i32.const 77)"),
        "(i32.store (i32.const 132) (i32.const 8)) (i32.store (i32.const 136) (i32.const -1)) (i32.const 128)".to_owned(),
        "(i32.const -8)".to_owned(),
        tags(1, 64, 2),
    ] {
        let failed = handle(&runtime(), &guest_with_pages(2, &body)).result.unwrap_err();
        assert_eq!(failed.kind, FailureKind::InvalidValue, "{}", failed.detail);
    }
}

#[test]
fn runs_beyond_limit_wait() {
    let runtime = Runtime::new(RuntimeConfig {
        instances: 1,
        ..small()
    })
    .unwrap();
    let component = guest_with_pages(2, &tags(1, 64, 0));
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..50 {
                    handle(&runtime, &component).result.unwrap();
                }
            });
        }
    });
}
