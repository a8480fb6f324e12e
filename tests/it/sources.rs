//! The project's own sources, for the tests that hold its structure.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// A Rust file of the workspace.
pub struct Source {
    /// Relative to the root of the workspace, with slashes.
    pub path: String,
    pub text: String,
    /// The code without comments, texts and the module of unit tests. Lines keep their numbers.
    pub code: String,
}

impl Source {
    pub fn new(path: String, text: String) -> Source {
        let code = code(without_tests(&text));
        Source { path, text, code }
    }

    /// The path by layer: `host/src/store/mod.rs` and `host/store/src/mod.rs` are both `store/mod.rs`.
    ///
    /// Rules that name layers hold whether a layer is a folder of the crate or a crate of its own.
    pub fn layer(&self) -> String {
        let below = self.path.strip_prefix("host/").unwrap_or(&self.path);
        match below.strip_prefix("src/") {
            Some(rest) => rest.to_owned(),
            None => below.replacen("/src/", "/", 1),
        }
    }
}

pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Folders that hold no code of the project's own programs.
const LEFT_OUT: &[&str] = &["target", "templates", "node_modules"];

/// The files below a folder of the workspace with this extension, or this name, in the order of their paths.
fn files(folder: &str, wanted: &dyn Fn(&Path) -> bool) -> Vec<Source> {
    let root = root();
    let mut found = Vec::new();
    let mut folders = vec![root.join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if path.is_dir() && !LEFT_OUT.contains(&name.as_str()) {
                folders.push(path);
            } else if path.is_file() && wanted(&path) {
                let text = std::fs::read_to_string(&path).unwrap();
                let below = path.strip_prefix(&root).unwrap();
                let path = below.to_string_lossy().replace('\\', "/");
                found.push(Source::new(path, text));
            }
        }
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

/// Every Rust file below a folder of the workspace.
pub fn rust(folder: &str) -> Vec<Source> {
    files(folder, &|path| {
        path.extension().is_some_and(|it| it == "rs")
    })
}

/// Every Rust file in a `src` folder of the host's crates.
pub fn host() -> &'static [Source] {
    static HOST: OnceLock<Vec<Source>> = OnceLock::new();
    HOST.get_or_init(|| {
        let mut found = rust("host");
        found.retain(|file| file.path.contains("/src/"));
        assert!(found.len() > 50, "the sources were not found");
        found
    })
}

/// A crate's folder, relative to the root of the workspace, and its manifest.
pub struct Crate {
    pub folder: String,
    pub manifest: toml::Table,
}

impl Crate {
    /// The folder of its sources.
    pub fn src(&self) -> String {
        format!("{}/src", self.folder)
    }

    /// The names of its dependencies for other purposes than tests, on every platform.
    pub fn dependencies(&self) -> Vec<String> {
        let targets = self.manifest.get("target").and_then(|it| it.as_table());
        let targets = targets.into_iter().flat_map(|it| it.values());
        let mut names = Vec::new();
        for table in std::iter::once(&self.manifest).chain(targets.filter_map(|it| it.as_table())) {
            for section in ["dependencies", "build-dependencies"] {
                for (name, value) in table
                    .get(section)
                    .and_then(|it| it.as_table())
                    .into_iter()
                    .flatten()
                {
                    let renamed = value.get("package").and_then(|it| it.as_str());
                    names.push(renamed.unwrap_or(name).to_owned());
                }
            }
        }
        names
    }
}

/// Every crate at or below a folder of the workspace.
pub fn crates(folder: &str) -> Vec<Crate> {
    let manifests = files(folder, &|path| path.ends_with("Cargo.toml"));
    let mut crates = Vec::new();
    for Source { path, text, .. } in manifests {
        let folder = path.strip_suffix("/Cargo.toml").unwrap().to_owned();
        let manifest = text
            .parse()
            .unwrap_or_else(|error| panic!("{path}: {error}"));
        crates.push(Crate { folder, manifest });
    }
    crates
}

/// The text up to its module of unit tests.
pub fn without_tests(text: &str) -> &str {
    let mut at = 0;
    let mut marked = false;
    for line in text.split_inclusive('\n') {
        let code = line.trim();
        if marked && code.starts_with("mod ") && code.ends_with('{') {
            return &text[..at];
        }
        marked = code.starts_with("#[cfg(test)]") || marked && code.starts_with("#[");
        at += line.len();
    }
    text
}

/// Rust code with comments, texts and characters replaced by nothing, and its lines kept.
fn code(text: &str) -> String {
    let mut rest = text;
    let mut code = String::with_capacity(text.len());
    while let Some(at) = rest.find(['/', '"', '\'', 'r']) {
        let (before, special) = rest.split_at(at);
        code.push_str(before);
        let dropped = if special.starts_with("//") {
            special.find('\n').unwrap_or(special.len())
        } else if special.starts_with("/*") {
            special.find("*/").map_or(special.len(), |at| at + 2)
        } else if special.starts_with('"') {
            quoted(special, '"')
        } else if is_character(special) {
            quoted(special, '\'')
        } else if let Some(length) = raw_text(special, &code) {
            length
        } else {
            code.push_str(&special[..1]);
            rest = &special[1..];
            continue;
        };
        let (gone, left) = special.split_at(dropped);
        code.extend(gone.chars().filter(|it| *it == '\n'));
        rest = left;
    }
    code + rest
}

/// The length of a raw text such as `r#"…"#`, if one begins here and not in the middle of a name.
fn raw_text(rest: &str, before: &str) -> Option<usize> {
    let before = before.strip_suffix('b').unwrap_or(before);
    if before.ends_with(|it: char| it.is_alphanumeric() || it == '_') {
        return None;
    }
    let body = rest.strip_prefix('r')?;
    let hashes = body.len() - body.trim_start_matches('#').len();
    let inner = body[hashes..].strip_prefix('"')?;
    let end = format!("\"{}", "#".repeat(hashes));
    let length = inner.find(&end).map_or(inner.len(), |at| at + end.len());
    Some(rest.len() - inner.len() + length)
}

/// Tells a character such as `'a'` or `'\n'` from a lifetime.
fn is_character(rest: &str) -> bool {
    let Some(inner) = rest.strip_prefix('\'') else {
        return false;
    };
    let mut inner = inner.chars();
    inner.next() == Some('\\') || inner.next() == Some('\'')
}

/// The length of a text between quotes.
fn quoted(rest: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, character) in rest.char_indices().skip(1) {
        if character == quote && !escaped {
            return at + quote.len_utf8();
        }
        escaped = character == '\\' && !escaped;
    }
    rest.len()
}

#[test]
fn code_has_no_comments_texts_or_tests() {
    let text = "fn a<'x>(b: &'x str) { // gone\n  c(\"gone \\\" gone\", 'g', '\\'', r#\"gone \"\n gone\"#); /* gone */ }\n\
                #[cfg(test)]\nmod tests {\n gone\n}\n";
    let source = Source::new(String::new(), text.to_owned());
    assert_eq!(
        source.code,
        "fn a<'x>(b: &'x str) { \n  c(, , , \n);  }\n#[cfg(test)]\n"
    );
}
