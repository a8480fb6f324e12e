//! Right names, wrong types: whatever an export is, it is called only if it is what the contract says.

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use regulars::plugin::PluginError;

use super::installs::Door;
use crate::world::long;

const EXPORTS: [(&str, &str); 3] = [
    ("regulars:plugin/about@0.1.0", "describe"),
    ("regulars:plugin/events@0.1.0", "handle"),
    ("regulars:plugin/actions@0.1.0", "act"),
];

/// A type of the component model, and the core types that it is passed as.
struct Type {
    text: String,
    flat: Vec<&'static str>,
}

fn any(random: &mut StdRng, depth: u32) -> Type {
    let plain = |text: &str, flat: &[&'static str]| Type {
        text: text.to_owned(),
        flat: flat.to_vec(),
    };
    match random.random_range(0..if depth == 0 { 8 } else { 12 }) {
        0 => plain("bool", &["i32"]),
        1 => plain("u8", &["i32"]),
        2 => plain("s32", &["i32"]),
        3 => plain("u64", &["i64"]),
        4 => plain("f32", &["f32"]),
        5 => plain("f64", &["f64"]),
        6 => plain("char", &["i32"]),
        7 => plain("string", &["i32", "i32"]),
        8 => plain(
            &format!("(list {})", any(random, depth - 1).text),
            &["i32", "i32"],
        ),
        9 => {
            let inner = any(random, depth - 1);
            let mut flat = vec!["i32"];
            flat.extend(inner.flat);
            Type {
                text: format!("(option {})", inner.text),
                flat,
            }
        }
        10 => {
            let (first, second) = (any(random, depth - 1), any(random, depth - 1));
            Type {
                text: format!("(tuple {} {})", first.text, second.text),
                flat: [first.flat, second.flat].concat(),
            }
        }
        _ => {
            let inner = any(random, depth - 1);
            let mut flat = vec!["i32"];
            flat.extend(inner.flat);
            Type {
                text: format!("(result {})", inner.text),
                flat,
            }
        }
    }
}

/// A component that has the right `about`, and one export of this type.
fn component(interface: &str, function: &str, params: &[Type], result: Option<&Type>) -> Vec<u8> {
    let about = match interface.contains("about") {
        true => "",
        false => {
            r#"(func $d (result string) (canon lift (core func $i "d") (memory $m)))
            (instance $a (export "describe" (func $d)))
            (export "regulars:plugin/about@0.1.0" (instance $a))"#
        }
    };
    let flat: Vec<&str> = params.iter().flat_map(|ty| ty.flat.clone()).collect();
    // More than 16 are passed in memory.
    let flat = if flat.len() > 16 { vec!["i32"] } else { flat };
    let flat_result = match result.map(|ty| ty.flat.as_slice()) {
        None | Some([]) => String::new(),
        Some([one]) => format!("(result {one})"),
        Some(_) => "(result i32)".to_owned(),
    };
    let params: String = params
        .iter()
        .enumerate()
        .map(|(n, ty)| format!("(param \"p{n}\" {})", ty.text))
        .collect();
    let result = result.map_or(String::new(), |ty| format!("(result {})", ty.text));
    let text = format!(
        r#"(component
          (core module $c (memory (export "memory") 1)
            (func (export "d") (result i32) unreachable)
            (func (export "f") (param {}) {flat_result} unreachable)
            (func (export "realloc") (param i32 i32 i32 i32) (result i32) unreachable))
          (core instance $i (instantiate $c))
          (alias core export $i "memory" (core memory $m))
          (alias core export $i "realloc" (core func $r))
          {about}
          (type $t (func {params} {result}))
          (func $f (type $t) (canon lift (core func $i "f") (memory $m) (realloc $r)))
          (instance $e (export "{function}" (func $f)))
          (export "{interface}" (instance $e)))"#,
        flat.join(" ")
    );
    wat::parse_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

#[test]
fn export_of_any_other_type_is_refused_by_its_name() {
    let mut random = StdRng::seed_from_u64(11);
    let door = Door::new();
    for round in 0..if long() { 500 } else { 20 } {
        for (interface, function) in EXPORTS {
            let params: Vec<Type> = (0..random.random_range(0..5))
                .map(|_| any(&mut random, 3))
                .collect();
            let result = random.random_bool(0.8).then(|| any(&mut random, 3));
            if params.is_empty() && result.as_ref().is_some_and(|ty| ty.text == "string") {
                continue;
            }
            let wasm = component(interface, function, &params, result.as_ref());
            let error = door.refusal(&format!("{function} {round}"), wasm);
            let begins = format!("{interface}#{function}: ");
            assert!(
                matches!(&error, PluginError::WrongType(what) if what.starts_with(&begins)),
                "{error}"
            );
        }
    }
    door.shut();
}

#[test]
fn export_that_is_something_else_is_refused() {
    let door = Door::new();
    let named = |exports: &str| wat::parse_str(format!("(component {exports})")).unwrap();
    for (interface, function) in EXPORTS {
        let about = r#"(core module $c (memory (export "memory") 1)
              (func (export "d") (result i32) unreachable) (func (export "f")))
            (core instance $i (instantiate $c))
            (alias core export $i "memory" (core memory $m))
            (func $f (canon lift (core func $i "f")))
            (func $d (result string) (canon lift (core func $i "d") (memory $m)))
            (instance $a (export "describe" (func $d)))"#;
        let right = match interface.contains("about") {
            true => "",
            false => r#"(export "regulars:plugin/about@0.1.0" (instance $a))"#,
        };
        for other in [
            format!(r#"(instance $e) (export "{interface}" (instance $e))"#),
            format!(
                r#"(instance $e (export "{function}x" (func $f))) (export "{interface}" (instance $e))"#
            ),
            format!(
                r#"(instance $e (export "{function}" (instance $a))) (export "{interface}" (instance $e))"#
            ),
            format!(r#"(component $e) (export "{interface}" (component $e))"#),
            format!(r#"(export "{interface}" (func $f))"#),
            format!(r#"(export "{interface}" (core module $c))"#),
            format!(r#"(type $t string) (export "{interface}" (type $t))"#),
        ] {
            let error = door.refusal(&other, named(&format!("{about} {right} {other}")));
            let text = error.to_string();
            assert!(
                matches!(
                    error,
                    PluginError::WrongType(_)
                        | PluginError::MissingExport(_)
                        | PluginError::NotWasm(_)
                ),
                "{other}: {text}"
            );
        }
    }
    door.shut();
}
