//! The README's session, run against the demo that it tells to start.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use crate::program::{Program, path};
use crate::world::{component, target_dir};

/// The demo, as `cargo xtask demo` starts it.
struct Demo {
    child: Child,
    said: Vec<String>,
}

impl Demo {
    fn start(program: &Program) -> Demo {
        let mut child = Command::new(path())
            .current_dir(program.dir.path())
            .args(["demo", "--listen", "127.0.0.1:0", "--plugins"])
            .arg(std::path::absolute(target_dir().join("plugins")).unwrap())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut said = Vec::new();
        for line in lines {
            said.push(line.unwrap());
            if said.iter().filter(|line| line.starts_with("curl ")).count() == 3 {
                break;
            }
        }
        Demo { child, said }
    }

    fn curls(&self) -> Vec<&str> {
        self.said
            .iter()
            .map(String::as_str)
            .filter(|line| line.starts_with("curl "))
            .collect()
    }

    /// The output after a word, up to a blank or a quote.
    fn after(&self, word: &str) -> String {
        let text = self.said.join("\n");
        let start = text
            .find(word)
            .unwrap_or_else(|| panic!("no {word} in {text}"))
            + word.len();
        text[start..]
            .trim_start()
            .split([' ', '\n', '"', '/'])
            .next()
            .unwrap()
            .to_owned()
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

fn shell(program: &Program, script: &str, environment: &[(&str, String)]) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let bin = std::path::absolute(target_dir().join("debug")).unwrap();
    let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap());
    let output = Command::new("sh")
        .current_dir(root)
        .args(["-ec", script])
        .env("PATH", path)
        .env("REGULARS_DB", program.dir.path().join("regulars-demo.db"))
        .envs(environment.iter().map(|(name, value)| (*name, value)))
        .output()
        .unwrap();
    let out = String::from_utf8(output.stdout).unwrap();
    let err = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{script}\n{out}\n{err}");
    assert!(!out.contains("urn:regulars:problem"), "{script}\n{out}");
    assert!(!out.trim().is_empty(), "{script} says nothing\n{err}");
    out
}

/// The README's blocks of shell.
fn blocks() -> Vec<String> {
    let readme =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../README.md")).unwrap();
    let mut blocks = Vec::new();
    let mut rest = readme.as_str();
    while let Some(start) = rest.find("```sh\n") {
        let block = &rest[start + 6..];
        let end = block.find("```").unwrap();
        blocks.push(block[..end].to_owned());
        rest = &block[end..];
    }
    blocks
}

#[test]
fn demo_commands_work_when_pasted() {
    let program = Program::new();
    let demo = Demo::start(&program);
    let answers: Vec<String> = demo
        .curls()
        .iter()
        .map(|curl| shell(&program, curl, &[]))
        .collect();
    assert!(answers[0].contains("\"processed\":true"), "{}", answers[0]);
    assert!(
        answers[0].contains("Introduce Ada to a trainer"),
        "{}",
        answers[0]
    );
    assert!(answers[1].contains("\"recorded\":true"), "{}", answers[1]);
    assert!(answers[2].contains("unripe"), "{}", answers[2]);
}

#[test]
fn the_readmes_session_works() {
    let program = Program::new();
    let demo = Demo::start(&program);
    let curls = demo.curls();
    let rosa = curls[1]
        .split("\"customer\": \"")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap();
    let environment = [
        ("HOST", format!("http://{}", demo.after("http://"))),
        ("KEY", demo.after("Admin key")),
        ("ADA", demo.after("/v1/customers/")),
        ("ROSA", rosa.to_owned()),
    ];
    let blocks = blocks();
    assert!(blocks.len() >= 5, "the README lost its session");
    let answers: Vec<String> = blocks
        .iter()
        .map(|block| shell(&program, block, &environment))
        .collect();
    for word in [
        "Introduce Ada to a trainer",
        "coach-referral proposed",
        "a task for staff",
        "50,000,000",
    ] {
        assert!(
            answers.iter().any(|answer| answer.contains(word)),
            "nothing says {word}: {answers:#?}"
        );
    }
}

#[test]
fn readme_shows_the_real_upgrade() {
    let readme = concat!(env!("CARGO_MANIFEST_DIR"), "/../README.md");
    let readme = std::fs::read_to_string(readme).unwrap();
    let told = &readme[readme.find("$ regulars plugin install keeper").unwrap()..];
    let mut lines = told.lines().take_while(|line| !line.starts_with("Accept"));
    let program = Program::new();
    for (guest, file) in [
        ("keeper", "keeper-1.0.0.wasm"),
        ("keeper-next", "keeper-2.0.0.wasm"),
    ] {
        program.file(file, component(guest));
    }
    let mut typed = || {
        let line = lines.next().unwrap().strip_prefix("$ regulars ").unwrap();
        program.run(&line.split(' ').collect::<Vec<_>>())
    };
    typed().ok();
    // Nobody is there to answer.
    let asked = typed();
    assert_eq!(asked.code, 1, "{}", asked.out);
    let mut shown = asked.out.lines();
    // Digests are not the same everywhere, and warnings go elsewhere.
    let told = lines.filter(|line| !line.is_empty() && !line.starts_with("warning"));
    for line in told.filter(|line| !line.contains("sha256:")) {
        let found = shown.any(|it| it == line);
        assert!(found, "nothing says {line:?}: {}", asked.out);
    }
}
