use super::{COMMON, DESCRIBE, component, guest, load, runtime, small};
use crate::plugin::PluginError;
use crate::runtime::{Runtime, RuntimeConfig};
use regulars_model::Component;

fn refusal(wasm: Vec<u8>) -> PluginError {
    runtime().load(&Component::new(wasm)).unwrap_err()
}

fn text(wat: &str) -> Vec<u8> {
    wat::parse_str(wat).expect("the component's text")
}

#[test]
fn names_files_that_are_no_components() {
    assert_eq!(refusal(text("(module)")), PluginError::CoreModule);
    for garbage in [&b""[..], b"hello", b"\0asm", b"\0asm\x0d\0\x01\0\xff\xff"] {
        let error = refusal(garbage.to_vec());
        assert!(matches!(error, PluginError::NotWasm(_)), "{error}");
    }
    let threads = text("(component (core module (memory 1 1 shared)))");
    assert!(matches!(refusal(threads), PluginError::NotWasm(_)));
    let config = RuntimeConfig {
        max_component_bytes: 4,
        ..small()
    };
    let error = Runtime::new(config)
        .unwrap()
        .load(&Component::new(text("(component)")));
    assert_eq!(
        error.unwrap_err(),
        PluginError::TooLarge { size: 8, limit: 4 }
    );
}

#[test]
fn names_unknown_imports() {
    let error = refusal(text(
        r#"(component
          (import "wasi:cli/environment@0.2.0" (instance (export "get" (func))))
          (import "regulars:plugin/network@0.1.0" (instance))
          (import "regulars:plugin/history@0.2.0" (instance)))"#,
    ));
    assert_eq!(
        error,
        PluginError::UnknownImports(vec![
            "wasi:cli/environment@0.2.0".into(),
            "regulars:plugin/network@0.1.0".into(),
            "regulars:plugin/history@0.2.0".into(),
        ])
    );
    let error = refusal(text(
        r#"(component
          (import "regulars:plugin/history@0.1.0" (instance (export "forget" (func)))))"#,
    ));
    assert_eq!(
        error,
        PluginError::UnknownImports(vec!["regulars:plugin/history@0.1.0#forget".into()])
    );
}

#[test]
fn rejects_imports_of_another_type() {
    let error = refusal(text(
        r#"(component
          (import "regulars:plugin/history@0.1.0" (instance (export "count" (func)))))"#,
    ));
    assert!(matches!(error, PluginError::WrongType(_)), "{error}");
}

#[test]
fn names_missing_and_ill_typed_exports() {
    assert_eq!(
        refusal(text("(component)")),
        PluginError::MissingExport("regulars:plugin/about@0.1.0".into())
    );
    let interface = |name: &str, export: &str, result: &str| {
        format!(
            r#"(component
              (core module $m (memory (export "memory") 1)
                (func (export "f") (result i32) (i32.const 0)))
              (core instance $i (instantiate $m))
              (func $f (result {result})
                (canon lift (core func $i "f") (memory (core memory $i "memory"))))
              (instance $e (export "{export}" (func $f)))
              (export "{name}" (instance $e)))"#
        )
    };
    let about = "regulars:plugin/about@0.1.0";
    assert_eq!(
        refusal(text(&interface(about, "describe", "string"))),
        PluginError::MissingExport(
            "regulars:plugin/events@0.1.0 or regulars:plugin/actions@0.1.0".into()
        )
    );
    assert_eq!(
        refusal(text(&interface(about, "introduce", "string"))),
        PluginError::MissingExport("regulars:plugin/about@0.1.0#describe".into())
    );
    let error = refusal(text(&interface(about, "describe", "u32")));
    assert!(
        matches!(&error, PluginError::WrongType(what) if what.starts_with("regulars:plugin/about@0.1.0#describe: ")),
        "{error}"
    );
}

#[test]
fn plugin_reports_imports_and_exports() {
    let component = guest(
        r#"(import "regulars:plugin/log@0.1.0" "write" (func (param i32 i32 i32)))"#,
        "unreachable",
    );
    let runtime = runtime();
    let plugin = load(&runtime, &component);
    assert_eq!(plugin.imports(), ["log"]);
    assert!(plugin.has_events());
    assert!(!plugin.has_actions());
    assert_eq!(plugin.digest(), component.digest);
    assert_eq!(runtime.describe(&plugin).unwrap(), "{}");
}

#[test]
fn rejects_too_large_initial_memory() {
    let fields = format!(
        r#"(memory (export "memory") 1024) {COMMON} {DESCRIBE}
        (func (export "regulars:plugin/events@0.1.0#handle") (param i32) (result i32) unreachable)"#
    );
    let error = runtime()
        .load(&component("automation", &fields))
        .unwrap_err();
    assert!(
        matches!(&error, PluginError::TooDemanding(what) if what.contains("67,108,864") && what.contains("`runtime.max_memory`")),
        "{error}"
    );
}

#[test]
fn describe_is_bounded_without_imports() {
    let describe = |fields: &str, body: &str| {
        let component = component(
            "automation",
            &format!(
                r#"{fields} (memory (export "memory") 1) {COMMON}
                (data (i32.const 64) "oh dear") (data (i32.const 80) "\40\00\00\00\07\00\00\00")
                (func (export "regulars:plugin/about@0.1.0#describe") (result i32) {body})
                (func (export "regulars:plugin/events@0.1.0#handle") (param i32) (result i32)
                  unreachable)"#
            ),
        );
        let runtime = runtime();
        let plugin = load(&runtime, &component);
        runtime.describe(&plugin).unwrap_err().to_string()
    };
    let log = r#"(import "regulars:plugin/log@0.1.0" "write" (func $log (param i32 i32 i32)))"#;
    let memory =
        r#"(import "regulars:plugin/memory@0.1.0" "get" (func $get (param i32 i32 i32 i32)))"#;
    for (error, words) in [
        (describe("", "(loop (br 0)) unreachable"), "`runtime.fuel`"),
        (describe("", "unreachable"), "unreachable"),
        (describe("", "(i32.const 80)"), "not JSON"),
        (
            describe(
                log,
                "(call $log (i32.const 3) (i32.const 64) (i32.const 7)) (i32.const 16)",
            ),
            "it called log, which `describe` must not: “oh dear”",
        ),
        (
            describe(
                memory,
                "(call $get (i32.const 0) (i32.const 64) (i32.const 7) (i32.const 128)) (i32.const 16)",
            ),
            "it called regulars:plugin/memory@0.1.0#get, which",
        ),
    ] {
        assert!(error.contains(words), "{words}: {error}");
    }
}

#[test]
fn cache_detects_damage() {
    let dir = tempfile::tempdir().unwrap();
    let cache_dir = dir.path().join("compiled");
    let config = || RuntimeConfig {
        cache_dir: Some(cache_dir.clone()),
        ..small()
    };
    let component = guest("", "unreachable");
    let file = || {
        let files: Vec<_> = std::fs::read_dir(&cache_dir)
            .unwrap()
            .map(|file| file.unwrap().path())
            .collect();
        assert_eq!(files.len(), 1, "{files:?}");
        files[0].clone()
    };
    load(&Runtime::new(config()).unwrap(), &component);
    let whole = std::fs::read(file()).unwrap();
    for damage in [
        &whole[..whole.len() / 2],
        &whole[..4],
        &[],
        &[&whole[..whole.len() - 1], b"!"].concat(),
    ] {
        std::fs::write(file(), damage).unwrap();
        load(&Runtime::new(config()).unwrap(), &component);
        assert_eq!(std::fs::read(file()).unwrap(), whole);
    }
    // And what is whole is not compiled again.
    let written = std::fs::metadata(file()).unwrap().modified().unwrap();
    load(&Runtime::new(config()).unwrap(), &component);
    assert_eq!(
        std::fs::metadata(file()).unwrap().modified().unwrap(),
        written
    );
}

#[cfg(unix)]
#[test]
fn rejects_cache_writable_by_others() {
    use std::os::unix::fs::PermissionsExt as _;
    let dir = tempfile::tempdir().unwrap();
    let cache_dir = dir.path().join("compiled");
    let config = || RuntimeConfig {
        cache_dir: Some(cache_dir.clone()),
        ..small()
    };
    Runtime::new(config()).unwrap();
    let mode = |path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&cache_dir), 0o700);
    std::fs::set_permissions(&cache_dir, std::fs::Permissions::from_mode(0o770)).unwrap();
    let error = Runtime::new(config()).err().unwrap().to_string();
    assert!(error.contains("chmod 700"), "{error}");
    std::fs::set_permissions(&cache_dir, std::fs::Permissions::from_mode(0o700)).unwrap();
    Runtime::new(config()).unwrap();
    // Only the administrator can give it to somebody else.
    if std::os::unix::fs::chown(&cache_dir, Some(65_534), None).is_ok() {
        let error = Runtime::new(config()).err().unwrap().to_string();
        assert!(error.contains("belongs to another user"), "{error}");
    }
}
