//! Small files that would occupy the compiler for minutes or fill gigabytes. They are refused before it sees
//! them.

use std::fmt::Write as _;
use std::time::Duration;

use super::{load, runtime, small};
use crate::plugin::PluginError;
use crate::runtime::{Runtime, RuntimeConfig};
use regulars_model::Component;

/// A component around a core module of these fields.
fn around(fields: &str) -> Component {
    whole(&format!("(core module {fields})"))
}

fn whole(fields: &str) -> Component {
    Component::new(wat::parse_str(format!("(component {fields})")).expect("the component's text"))
}

#[track_caller]
fn assert_refused(component: &Component, words: &str) {
    match runtime().load(component).unwrap_err() {
        PluginError::TooDemanding(what) => {
            assert!(what.contains(words), "{what}");
            assert!(what.contains("the limit is"), "{what}");
        }
        error => panic!("{error}"),
    }
}

fn times(count: usize, text: &str) -> String {
    text.repeat(count)
}

/// A function with so many branches, one after the other.
fn branches(count: usize) -> String {
    let one = "(if (local.get 0) (then (local.set 0 (i32.const 1))))";
    format!("(func (param i32) {})", times(count, one))
}

#[test]
fn rejects_slow_compilation() {
    let values = times(1000, " i32");
    let passes = format!(
        "(type $t (func (param{values}) (result{values}))) (func (type $t) {} {})",
        (0..1000).fold(String::new(), |mut text, n| {
            let _ = write!(text, "local.get {n} ");
            text
        }),
        times(1000, "block (type $t) end ")
    );
    let nested = |count: usize, open: &str| {
        format!(
            "(func (param i32) {} {})",
            times(count, open),
            times(count, "local.get 0 br_if 0 end ")
        )
    };
    let kept = format!(
        "(memory 1) (func (param i32) (result i32) {} {} {})",
        times(3000, "(i32.load (local.get 0)) "),
        times(
            3000,
            "(if (local.get 0) (then (i32.store (i32.const 0) (i32.const 1))))"
        ),
        times(2999, "i32.add ")
    );
    let locals = format!(
        "(func (param i32) (local{}) {} {})",
        times(3000, " i32"),
        times(
            3000,
            "(if (local.get 0) (then (local.set 0 (i32.const 1))))"
        ),
        times(3000, "(local.set 1 (local.get 2))")
    );
    let declared = times(200, &format!("(func (local{}))", times(10_000, " i64")));
    let table = format!(
        "(func (param i32) block local.get 0 br_table{} end)",
        times(60_000, " 0")
    );
    for (fields, words) in [
        (passes.as_str(), "instructions and operands in one function"),
        (
            &nested(2000, "loop "),
            "loops around branches in one function",
        ),
        (&times(6, &nested(400, "loop ")), "the limit is 50,000,000"),
        (
            &nested(30_000, "block "),
            "blocks around branches in one function",
        ),
        (&branches(30_000), "pairs of branches in one function"),
        (&times(4, &branches(20_000)), "the limit is 1,500,000,000"),
        (&kept, "values kept across branches in one function"),
        (&locals, "values kept across branches in one function"),
        (&declared, "the limit is 1,000,000"),
        (&table, "pairs of branches in one function"),
        (&times(60_001, "(func)"), "60,001 functions"),
        (&times(20_001, "(type (func))"), "20,001 types"),
        (
            &times(100_001, "(global i32 (i32.const 0))"),
            "100,001 globals",
        ),
        (
            &format!("(memory 1) {}", times(50_001, r#"(data "")"#)),
            "50,001 data and element segments",
        ),
        (&times(5, "(memory 0)"), "5 linear memories"),
        (&times(9, "(table 0 funcref)"), "9 tables"),
    ] {
        assert_refused(&around(fields), words);
    }
}

#[test]
fn rejects_small_files_that_expand() {
    // An image of 16 MiB for each pair of bytes.
    let image =
        r#"(core module (memory 256) (data (i32.const 0) "x") (data (i32.const 16777000) "x"))"#;
    assert_refused(&whole(&times(40, image)), "5 linear memories");
    assert_refused(&whole(&times(65, "(core module)")), "65 core modules");
    assert_refused(&whole(&times(101, "(component)")), "components inside it");
    let nest = format!("{}{}", times(8, "(component "), times(8, ")"));
    assert_refused(&whole(&nest), "nested components");

    // Each holds two of the one before: 65,536 of the first.
    let mut doubled =
        "(component $c0 (core module $m) (core instance (instantiate $m)))".to_owned();
    for n in 0..16 {
        let _ = write!(
            doubled,
            "(component $c{} (alias outer 1 $c{n} (component $x))
               (instance (instantiate $x)) (instance (instantiate $x)))",
            n + 1
        );
    }
    assert_refused(
        &whole(&format!("{doubled} (instance (instantiate $c16))")),
        "instances of its parts",
    );
    // The same, hidden: what is instantiated is only known when somebody passes it.
    for hidden in [
        "(component (import \"x\" (component)))",
        "(type (component (import \"x\" (component))))",
        "(type (instance (export \"x\" (component))))",
    ] {
        let error = runtime().load(&whole(hidden)).unwrap_err();
        assert!(
            matches!(&error, PluginError::TooDemanding(what) if what.contains("link them when it is built")),
            "{hidden}: {error}"
        );
    }
}

#[test]
fn abandoned_compilation_keeps_its_lock() {
    let impatient = Runtime::new(RuntimeConfig {
        compile_timeout: Duration::from_nanos(1),
        ..small()
    })
    .unwrap();
    let slow = around(&branches(3_000));
    let refusal = || impatient.load(&slow).unwrap_err();
    assert!(
        matches!(refusal(), PluginError::SlowToCompile { limit } if limit.as_nanos() == 1),
        "nobody waits longer than the limit"
    );
    let mut busy = 0_u64;
    // Not one more beside it, and when it is done, the next may try.
    let last = loop {
        match refusal() {
            PluginError::CompilerBusy { .. } => busy += 1,
            error => break error,
        }
        std::thread::yield_now();
    };
    assert!(busy > 0, "two were compiled at once");
    assert!(matches!(last, PluginError::SlowToCompile { .. }), "{last}");
    assert!(
        last.to_string().contains("`runtime.compile_timeout`"),
        "{last}"
    );
}

#[test]
fn engine_rejects_more_instances_than_pool() {
    let many = format!(
        "(core module $m) {}",
        times(65, "(core instance (instantiate $m))")
    );
    match runtime().load(&whole(&many)).unwrap_err() {
        PluginError::TooDemanding(what) => assert!(what.contains("pooling allocator"), "{what}"),
        error => panic!("{error}"),
    }
}

#[test]
fn names_archive_formats() {
    for (start, name) in [
        (&b"\x1f\x8b\x08\0\0\0\0\0\0\x03"[..], "a gzip archive"),
        (b"PK\x03\x04\x14\0", "a zip archive"),
        (b"\x28\xb5\x2f\xfd\x24", "a zstd archive"),
        (b"\xfd7zXZ\0\0", "an xz archive"),
        (b"BZh91AY", "a bzip2 archive"),
        (b"7z\xbc\xaf\x27\x1c\0", "a 7z archive"),
        (b"\x04\x22\x4d\x18\x64", "an lz4 archive"),
    ] {
        let error = runtime().load(&Component::new(start.to_vec())).unwrap_err();
        assert_eq!(
            error,
            PluginError::NotWasm(format!("it is {name}: unpack it first"))
        );
    }
}

#[test]
fn usual_plugin_is_within_bounds() {
    load(&runtime(), &super::guest("", "unreachable"));
}
