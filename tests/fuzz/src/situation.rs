//! Bytes as the file that `plugin run` is given; after a NUL, as its history.

use std::cell::RefCell;

use regulars_cli::fuzzing;
use tempfile::TempDir;

thread_local! {
    static DIR: RefCell<Option<TempDir>> = const { RefCell::new(None) };
}

pub fn check(bytes: &[u8]) {
    let dir = DIR
        .take()
        .unwrap_or_else(|| TempDir::new().expect("a directory"));
    let mut parts = bytes.splitn(2, |byte| *byte == 0);
    let write = |name: &str, part: &[u8]| {
        let path = dir.path().join(name);
        std::fs::write(&path, part).expect("a file");
        path
    };
    let event = write("event.json", parts.next().unwrap_or_default());
    let history = parts.next().map(|part| write("history.jsonl", part));
    if let Err(error) = fuzzing::situation(&event, history.as_deref()) {
        assert!(!error.to_string().trim().is_empty());
    }
    DIR.set(Some(dir));
}
