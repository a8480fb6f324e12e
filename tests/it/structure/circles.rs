//! Circles of imports between the modules at the top of a crate.

use std::collections::{BTreeMap, BTreeSet};

use crate::sources::{Source, crates, host};

/// The imported modules by importing module, each with a place of the import.
type Imports = BTreeMap<String, BTreeMap<String, String>>;

/// The module at the top of the crate to which a file belongs; none for the crate's root.
fn module(src: &str, file: &Source) -> Option<String> {
    let below = file.path.strip_prefix(src)?.strip_prefix('/')?;
    let first = below.split('/').next()?.trim_end_matches(".rs");
    (!matches!(below, "lib.rs" | "main.rs") && first != "bin").then(|| first.to_owned())
}

/// Files of tests alone: they may import every module.
fn is_test(file: &Source) -> bool {
    let mut parts = file.path.split('/');
    parts.any(|part| matches!(part, "tests" | "tests.rs" | "conformance"))
}

fn is_identifier(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

/// The first identifiers of a path's end: of `a::b` it is `a`, of `{a::b, c as d}` they are `a` and `c`.
fn heads(path: &str) -> Vec<&str> {
    let Some(group) = path.strip_prefix('{') else {
        return vec![path.split(|it| !is_identifier(it)).next().unwrap()];
    };
    let mut heads = Vec::new();
    let mut depth = 0;
    let mut expected = true;
    for (at, character) in group.char_indices() {
        match character {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => expected = true,
            it if expected && is_identifier(it) => {
                heads.push(group[at..].split(|it| !is_identifier(it)).next().unwrap());
                expected = false;
            }
            _ => {}
        }
    }
    heads
}

/// The heads of all paths in a file's code that begin at the root of its crate, each with its line.
fn paths_from_root(src: &str, file: &Source) -> Vec<(usize, String)> {
    // `super` of a module at depth n leads to the root when it is written n times.
    let below = file.path.strip_prefix(src).unwrap_or_default();
    let parts: Vec<&str> = below.split('/').skip(1).collect();
    let depth = parts.len() - usize::from(parts.last().is_some_and(|it| *it == "mod.rs"));
    let climbs = "super::".repeat(depth);
    let code = &file.code;
    let mut found = Vec::new();
    for start in ["crate::", &climbs] {
        for (at, _) in code.match_indices(start) {
            let before = &code[..at];
            let inside = before.ends_with(is_identifier) || before.ends_with("::");
            if inside {
                continue;
            }
            let line = before.matches('\n').count() + 1;
            for head in heads(&code[at + start.len()..]) {
                found.push((line, head.to_owned()));
            }
        }
    }
    found
}

/// Names that the crate's root re-exports, and the modules from which they come.
fn exported(src: &str, files: &[&Source]) -> BTreeMap<String, String> {
    let mut exported = BTreeMap::new();
    let root = format!("{src}/lib.rs");
    let Some(root) = files.iter().find(|file| file.path == root) else {
        return exported;
    };
    let code = &root.code;
    for (at, start) in code.match_indices("pub use ") {
        let statement = code[at + start.len()..].split(';').next().unwrap();
        if let Some((module, names)) = statement.split_once("::") {
            for name in heads(names) {
                exported.insert(name.to_owned(), module.to_owned());
            }
        }
    }
    exported
}

fn imports(src: &str, files: &[&Source]) -> Imports {
    let exported = exported(src, files);
    let modules: BTreeSet<String> = files.iter().filter_map(|file| module(src, file)).collect();
    let mut imports = Imports::new();
    for file in files.iter().filter(|file| !is_test(file)) {
        let Some(from) = module(src, file) else {
            continue;
        };
        for (line, head) in paths_from_root(src, file) {
            let to = exported.get(&head).unwrap_or(&head);
            if *to != from && modules.contains(to) {
                let place = format!("{}:{line}", file.path);
                let seen = imports.entry(from.clone()).or_default();
                seen.entry(to.clone()).or_insert(place);
            }
        }
    }
    imports
}

/// All modules that a module imports, directly or through others.
fn reachable(imports: &Imports, from: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut open = vec![from];
    while let Some(module) = open.pop() {
        for to in imports.get(module).into_iter().flat_map(|it| it.keys()) {
            if found.insert(to.clone()) {
                open.push(to);
            }
        }
    }
    found
}

/// The strongly connected components of more than one module.
fn circles(imports: &Imports) -> BTreeSet<BTreeSet<String>> {
    let reach: BTreeMap<&String, BTreeSet<String>> = imports
        .keys()
        .map(|module| (module, reachable(imports, module)))
        .collect();
    reach
        .iter()
        .filter(|(module, all)| all.contains(module.as_str()))
        .map(|(module, all)| {
            let back = |other: &&String| reach.get(other).is_some_and(|it| it.contains(*module));
            all.iter().filter(back).cloned().collect()
        })
        .collect()
}

/// The imports within a circle, one a line, with a place of each.
fn shown(circle: &BTreeSet<String>, imports: &Imports) -> String {
    let mut lines = String::new();
    for from in circle {
        for (to, place) in imports.get(from).into_iter().flatten() {
            if circle.contains(to) {
                lines += &format!("  {from} imports {to} in {place}\n");
            }
        }
    }
    lines
}

#[test]
fn modules_import_each_other_in_no_circle() {
    let mut told = String::new();
    for one in crates("host") {
        let src = one.src();
        let files: Vec<&Source> = host()
            .iter()
            .filter(|file| file.path.starts_with(&format!("{src}/")))
            .collect();
        let imports = imports(&src, &files);
        let circles = circles(&imports);
        for circle in &circles {
            let modules = Vec::from_iter(circle.iter().map(String::as_str)).join(", ");
            let shown = shown(circle, &imports);
            told += &format!("{src} has a circle: {modules}\n{shown}");
        }
    }
    assert!(told.is_empty(), "{told}");
}

#[test]
fn facade_modules_import_only_modules_declared_above() {
    let root = host().iter().find(|file| file.path == "host/src/lib.rs");
    let order: Vec<&str> = root
        .expect("the facade has a root")
        .text
        .lines()
        .filter_map(|line| line.trim_start_matches("pub ").strip_prefix("mod "))
        .map(|name| name.trim_end_matches(';'))
        .collect();
    assert!(order.len() > 10, "the modules were not found");
    let place_of = |module: &str| order.iter().position(|it| *it == module);
    let files: Vec<&Source> = host()
        .iter()
        .filter(|file| file.path.starts_with("host/src/"))
        .collect();
    for (from, imported) in imports("host/src", &files) {
        for (to, place) in imported {
            if let (Some(own), Some(other)) = (place_of(&from), place_of(&to)) {
                assert!(
                    other < own,
                    "{place}: {from} imports {to}, which lib.rs declares below it"
                );
            }
        }
    }
}

#[test]
fn imports_are_found_in_every_form() {
    let file = |path: &str, text: &str| Source::new(format!("x/src/{path}"), text.to_owned());
    let files = [
        file(
            "lib.rs",
            "mod a; mod b; mod c; pub use c::{Error, Kind as Sort};",
        ),
        file("a/mod.rs", "use crate::{b::{One, Two}, Error};"),
        file(
            "a/deep.rs",
            "fn f() -> super::super::b::One { super::own() }",
        ),
        file("b.rs", "// crate::a\nuse super::c;"),
        file("c.rs", "#[cfg(test)]\nmod tests {\n use crate::a;\n}"),
    ];
    let mut found = Vec::new();
    for (from, all) in imports("x/src", &files.iter().collect::<Vec<_>>()) {
        for (to, place) in all {
            found.push(format!("{from} {to} {place}"));
        }
    }
    assert_eq!(
        found,
        [
            "a b x/src/a/mod.rs:1",
            "a c x/src/a/mod.rs:1",
            "b c x/src/b.rs:2"
        ]
    );
}

#[test]
fn circles_are_found_with_their_members_alone() {
    let mut imports = Imports::new();
    for (from, to) in [
        ("a", "b"),
        ("b", "c"),
        ("c", "b"),
        ("c", "d"),
        ("e", "f"),
        ("f", "e"),
    ] {
        let seen = imports.entry(from.to_owned()).or_default();
        seen.insert(to.to_owned(), String::new());
    }
    let found: Vec<Vec<String>> = circles(&imports)
        .into_iter()
        .map(|circle| circle.into_iter().collect())
        .collect();
    assert_eq!(found, [["b", "c"], ["e", "f"]]);
}
