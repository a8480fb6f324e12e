//! Runs the commands of `README.md` and `host/TOUR.md` against the demo that they start.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
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

/// The text of a document, by its path from the root.
fn document(path: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    std::fs::read_to_string(root.join(path)).unwrap()
}

/// The blocks of one language in a document.
fn blocks(path: &str, language: &str) -> Vec<String> {
    let text = document(path);
    let fence = format!("```{language}\n");
    let mut blocks = Vec::new();
    let mut rest = text.as_str();
    while let Some(start) = rest.find(&fence) {
        let block = &rest[start + fence.len()..];
        let end = block.find("```").unwrap();
        blocks.push(block[..end].to_owned());
        rest = &block[end + 3..];
    }
    blocks
}

#[test]
fn demo_prints_curl_lines_that_work() {
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
fn readme_shows_the_demos_output() {
    let program = Program::new();
    let demo = Demo::start(&program);
    let shown = blocks("README.md", "text")
        .into_iter()
        .find(|block| block.starts_with("Listening on"))
        .unwrap();
    // The port and the key are different each time.
    for line in shown.lines().skip(2) {
        let start = line.trim_end_matches('…');
        let found = demo.said.iter().any(|it| it.starts_with(start));
        assert!(found, "nothing says {line:?}: {:#?}", demo.said);
    }
}

#[test]
fn readme_and_tour_commands_work() {
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
    let (mut blocks, tour) = (blocks("README.md", "sh"), blocks("host/TOUR.md", "sh"));
    assert!(blocks.len() >= 2, "the README lost its session");
    assert!(tour.len() >= 11, "the tour lost its commands");
    blocks.extend(tour);
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
fn tour_shows_the_real_upgrade() {
    let tour = document("host/TOUR.md");
    let told = &tour[tour.find("$ regulars plugin install keeper").unwrap()..];
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

/// Every Markdown file below a folder, without build products and hidden folders.
fn documents(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        if path.is_dir() && !name.starts_with('.') && !["target", "node_modules"].contains(&name) {
            documents(&path, found);
        } else if name.ends_with(".md") {
            found.push(path);
        }
    }
}

#[test]
fn links_between_documents_lead_to_files() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut found = Vec::new();
    documents(root, &mut found);
    assert!(found.len() > 10, "the documents were not found");
    for path in found {
        let text = std::fs::read_to_string(&path).unwrap();
        for link in text.split("](").skip(1) {
            let target = link.split([')', '#']).next().unwrap();
            let elsewhere = target.contains("://") || target.is_empty();
            let there = elsewhere || path.parent().unwrap().join(target).exists();
            assert!(there, "{} links to {target}", path.display());
        }
    }
}

#[test]
fn architecture_lists_every_decision() {
    let text = document("ARCHITECTURE.md");
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    for entry in std::fs::read_dir(root.join("host/decisions")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let link = format!("(host/decisions/{name})");
        assert!(text.contains(&link), "ARCHITECTURE.md has no link {link}");
    }
}

#[test]
fn tables_have_no_gaps() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut found = Vec::new();
    documents(root, &mut found);
    for path in found {
        let text = std::fs::read_to_string(&path).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        for (index, line) in lines.iter().enumerate() {
            // A table begins with its head and a rule: a row after a blank line is raw text.
            let first = line.starts_with('|') && (index == 0 || !lines[index - 1].starts_with('|'));
            let ruled = lines.get(index + 1).is_some_and(|it| it.starts_with("|-"));
            assert!(!first || ruled, "{}:{}: {line}", path.display(), index + 1);
        }
    }
}
