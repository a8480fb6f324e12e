//! The way of `sdk/README.md`, walked from its first command to its last.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::dev::Dev;
use super::project::{at_home, command, quietly, said};
use crate::program;

/// The README's blocks of a language, without the lines that only its doc test sees.
fn blocks(language: &str) -> Vec<String> {
    let readme = concat!(env!("CARGO_MANIFEST_DIR"), "/../sdk/README.md");
    let readme = fs::read_to_string(readme).unwrap();
    let mut blocks = Vec::new();
    let mut rest = readme.as_str();
    let fence = format!("```{language}\n");
    while let Some(start) = rest.find(&fence) {
        let block = &rest[start + fence.len()..];
        let end = block.find("```").unwrap();
        let lines = block[..end]
            .lines()
            .filter(|line| !line.starts_with("# fn"));
        blocks.push(lines.collect::<Vec<_>>().join("\n"));
        rest = &block[end..];
    }
    blocks
}

/// Runs a block in a shell; where that ended up.
fn shell(script: &str, folder: &Path) -> (String, PathBuf) {
    let bin = program::path().canonicalize().unwrap();
    let path = std::env::var("PATH").unwrap();
    let path = format!("{}:{path}", bin.parent().unwrap().display());
    let mut shell = Command::new("sh");
    quietly(shell.current_dir(folder).env("PATH", path));
    let said = said(shell.args(["-ec", &format!("{script}\npwd")])).ok();
    let ended = said.out.trim_end().lines().last().unwrap().into();
    (said.out + &said.err, ended)
}

#[test]
fn readme_leads_from_nothing_to_a_plugin() {
    let start = tempfile::tempdir().unwrap();
    let mut folder = start.path().to_owned();
    let mut dev = None;
    let mut answers = String::new();
    let blocks_of_shell = blocks("sh");
    assert!(blocks_of_shell.len() >= 5, "the README lost its way");
    for block in blocks_of_shell {
        if block.starts_with("regulars plugin dev") {
            let mut command = command(&folder);
            command.args(block.split_whitespace().skip(1));
            // As written, but for the port, which may be somebody's.
            dev = Some(watched(command.args(["--listen", "127.0.0.1:0"]), &folder));
            continue;
        }
        let (made, making) = block
            .split_once("cd welcome-back\n")
            .unwrap_or((&block, ""));
        if !making.is_empty() {
            folder = shell(made, &folder).1.join("welcome-back");
            at_home(&folder);
            let code = fs::read_to_string(folder.join("src/lib.rs")).unwrap();
            let code: Vec<&str> = code.lines().filter(|it| !it.starts_with("//!")).collect();
            assert_eq!(
                blocks("rust")[0].trim(),
                code.join("\n").trim(),
                "src/lib.rs"
            );
            let tests = fs::read_to_string(folder.join("tests/away.rs")).unwrap();
            let shown = blocks("rust,ignore")[0].clone();
            assert!(
                tests.contains(shown.trim()),
                "tests/away.rs has not\n{shown}"
            );
        }
        let script = if making.is_empty() { made } else { making };
        let (said, ended) = shell(script, &folder);
        answers += &said;
        folder = ended;
    }
    for word in [
        "test result: ok. 4 passed",
        "when they were last here",
        "Welcome Ada back",
        "2 the same",
        "welcome-back 0.1.0 rehearsed on",
        "Nothing was written or sent.",
    ] {
        assert!(answers.contains(word), "nothing says {word}:\n{answers}");
    }
    assert_eq!(dev.unwrap().interrupt(), Some(0));
}

/// `plugin dev`, with what it tells to paste pasted.
fn watched(command: &mut Command, folder: &Path) -> Dev {
    let mut dev = Dev::start(command);
    dev.says("reloaded welcome-back 0.1.0");
    let curls: Vec<String> = dev
        .said
        .iter()
        .filter(|it| it.starts_with("curl "))
        .cloned()
        .collect();
    assert_eq!(curls.len(), 2);
    shell(&curls[0], folder);
    dev.says("about Ada Berger");
    dev.says("log info: not away for long");
    shell(&curls[1], folder);
    dev.says("about Yusuf Demir");
    dev.says("Welcome Yusuf back");
    dev.says("allowed");
    dev
}
