//! `regulars plugin rehearse`, as a user runs it.

use std::path::Path;

use crate::program::{Program, Said, wasm};
use crate::world::target_dir;

const CUSTOMERS: &str = "\
id,name,born
1,Ada Berger,1980-03-05
2,<script>alert(1)</script> & \u{202e}Co,1990-03-06
";

/// A shop with two customers who bought something on each of twenty days.
fn shop() -> Program {
    let program = Program::new();
    let customers = program.file("customers.csv", CUSTOMERS);
    let mut bought = "id,customer,date,what\n".to_owned();
    let mut number = 0;
    for day in 1..=20 {
        for customer in [1, 2] {
            number += 1;
            bought += &format!("{number},{customer},2025-03-{day:02} 18:00,coffee\n");
        }
    }
    let bought = program.file("bought.csv", bought);
    let import = |what: &str, file: &Path, map: &[&str]| {
        let file = file.display().to_string();
        let mut arguments = vec!["import", what, &file, "--source", "till"];
        for map in map {
            arguments.extend(["--map", map]);
        }
        if what == "interactions" {
            arguments.extend(["--kind", "purchase"]);
        }
        program.run(&arguments).ok();
    };
    let map = ["external=id", "display_name=name", "birthday=born"];
    import("customers", &customers, &map);
    let map = [
        "id=id",
        "customer=customer",
        "occurred_at=date",
        "data.category=what",
    ];
    import("interactions", &bought, &map);
    program
}

fn rehearse(program: &Program, more: &[&str]) -> Said {
    let ask_once = wasm("ask-once");
    let mut arguments = vec!["plugin", "rehearse", &ask_once];
    arguments.extend(["--from", "2025-03-01", "--until", "2025-03-31"]);
    arguments.extend(more);
    program.run(&arguments)
}

/// The database, and what lies beside it, but for compiled code and locks.
fn bytes(program: &Program) -> Vec<(String, Vec<u8>)> {
    let mut files: Vec<(String, Vec<u8>)> = std::fs::read_dir(program.dir.path())
        .unwrap()
        .map(|entry| entry.unwrap())
        .filter(|entry| entry.file_type().unwrap().is_file())
        .map(|entry| {
            let name = entry.file_name().into_string().unwrap();
            (name, std::fs::read(entry.path()).unwrap())
        })
        .collect();
    files.sort();
    files
}

#[test]
fn rehearsal_writes_nothing_and_is_deterministic() {
    let program = shop();
    let birthday = wasm("considerate-birthday");
    program.run(&["plugin", "install", &birthday, "--yes"]).ok();
    let before = bytes(&program);
    assert!(
        before
            .iter()
            .any(|(name, bytes)| name == "crm.db" && bytes.len() > 4096)
    );
    let first = rehearse(&program, &["--json"]).ok();
    let again = rehearse(&program, &["--json"]).ok();
    assert!(
        bytes(&program) == before,
        "a rehearsal changed the database"
    );
    assert_eq!(first.out, again.out);
    let report = first.json();
    assert_eq!(report["format"], 1);
    assert_eq!(report["came"]["asked"], 2);
    assert_eq!(report["beside"][0]["id"], "considerate-birthday");
    assert_eq!(report["window"]["until"], "2025-03-31T22:00:00Z");
    assert!(report["beside"][0]["came"]["suggested"].as_u64() > Some(0));
}

#[test]
fn rehearsal_is_told_in_words() {
    let said = rehearse(&shop(), &[]).ok();
    for part in [
        "ask-once 0.1.0 rehearsed on 1 March 2025 to 31 March 2025, on 2 people",
        "Nothing was written or sent.",
        "It would have run 40 times",
        "That is 2 questions.",
        "2 of 2 people.",
        "Ada Berger: 1 question",
        "a question to ask in person: “You often choose coffee.",
        "shown by: purchase on ",
        "Every plugin begins with an empty memory",
    ] {
        assert!(said.out.contains(part), "{part}\n{}", said.out);
    }
    assert!(!said.out.contains('\u{202e}'), "{}", said.out);
}

#[test]
fn report_page_is_one_file_and_escapes_untrusted_text() {
    let program = shop();
    rehearse(&program, &["--html", "report.html"]).ok();
    let file = program.dir.path().join("report.html");
    let page = std::fs::read_to_string(&file).unwrap();
    assert!(page.contains("&lt;script&gt;alert(1)&lt;/script&gt; &amp; Co"));
    for never in ["<script", "http://", "https://", "src=", "url(", "\u{202e}"] {
        assert!(!page.contains(never), "{never}");
    }
    assert!(page.contains("<svg") && page.contains("Contacts per person"));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = file.metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "others can read whom it names");
    }
    // For whoever wants to look at it.
    let kept = target_dir().join("screenshots");
    std::fs::create_dir_all(&kept).unwrap();
    std::fs::write(kept.join("rehearsal.html"), page).unwrap();
}

#[test]
fn installed_plugin_can_be_rehearsed_and_compared() {
    let program = shop();
    program
        .run(&["plugin", "install", &wasm("ask-once"), "--yes"])
        .ok();
    let settings = r#"{"min_purchases": 60}"#;
    let said = rehearse(&program, &["--against", "ask-once", "--settings", settings]).ok();
    assert!(
        said.out.contains("Compared with the installed 0.1.0"),
        "{}",
        said.out
    );
    assert!(
        said.out.contains("questions                        2 → 0"),
        "{}",
        said.out
    );
    assert!(
        said.out.contains("2 proposals are gone, of 2 people"),
        "{}",
        said.out
    );
    let window = ["--from", "2025-03-01", "--until", "2025-03-31", "--json"];
    let mut arguments = vec!["plugin", "rehearse", "ask-once"];
    arguments.extend(window);
    let report = program.run(&arguments).ok().json();
    assert_eq!(report["plugin"]["in_place_of"], "0.1.0");
    assert_eq!(report["came"]["asked"], 2);
}

#[test]
fn invalid_times_are_refused() {
    let program = shop();
    let ask_once = wasm("ask-once");
    for (options, code, said) in [
        (vec!["--last", "90"], 2, "such as 90d, 12w or 1y"),
        (vec!["--last", "0d"], 2, "1 to 73000 days"),
        (
            vec!["--from", "yesterday"],
            2,
            "--from: expected a day such as 2026-03-01",
        ),
        (vec!["--until", "2025-02-30"], 2, "--until: expected a day"),
        (
            vec!["--last", "9d", "--from", "2025-03-01"],
            2,
            "cannot be used with",
        ),
        (
            vec!["--from", "2025-03-02", "--until", "2025-03-01"],
            2,
            "--from must be before its end",
        ),
        (
            vec!["--until", "2100-01-01T00:00:00Z"],
            2,
            "--until 2100-01-01T00:00:00Z is in the future",
        ),
        (
            vec!["--until", "2099-01-01"],
            2,
            "--until 2099-01-01 is in the future",
        ),
        (vec!["--against", "nobody"], 1, "there is no plugin nobody"),
    ] {
        let mut arguments = vec!["plugin", "rehearse", &ask_once];
        arguments.extend(options);
        let refused = program.run(&arguments);
        assert_eq!(refused.code, code, "{arguments:?}: {}", refused.err);
        assert!(refused.err.contains(said), "{said}: {}", refused.err);
    }
    let refused = program.run(&["plugin", "rehearse", "no-such.wasm"]);
    assert!(
        refused
            .err
            .contains("cannot read no-such.wasm: No such file"),
        "{}",
        refused.err
    );
}

#[test]
fn catalogue_plugin_is_rehearsed_before_installation() {
    let program = shop();
    let days = ["--from", "2025-03-01", "--until", "2025-03-31"];
    let rehearse = |plugin| program.run(&[&["plugin", "rehearse", plugin][..], &days].concat());
    let said = rehearse("considerate-birthday").ok();
    assert!(
        said.out
            .starts_with("considerate-birthday 0.1.0 rehearsed on"),
        "{}",
        said.out
    );
    let unknown = rehearse("no-such");
    for part in [
        "no installed plugin no-such",
        "no file or plugin no-such",
        "catalogue",
    ] {
        assert!(unknown.err.contains(part), "{}", unknown.err);
    }
}

#[test]
fn report_is_printed_when_the_page_cannot_be_written() {
    let program = shop();
    let early = rehearse(&program, &["--html", "nowhere/report.html"]);
    assert_eq!((early.code, early.out.as_str()), (1, ""), "{}", early.err);
    assert!(early.err.contains("no folder nowhere"), "{}", early.err);
    std::fs::create_dir(program.dir.path().join("report.html")).unwrap();
    let late = rehearse(&program, &["--html", "report.html"]);
    assert_eq!(late.code, 1, "{}", late.err);
    assert!(
        late.out.contains("ask-once 0.1.0 rehearsed"),
        "{}",
        late.out
    );
    assert!(late.err.contains("report.html"), "{}", late.err);
}

#[test]
fn file_that_opening_would_change_is_refused() {
    let program = Program::new();
    let db = program.file("crm.db", "");
    let refused = rehearse(&program, &[]);
    assert_eq!(refused.code, 1, "{}", refused.out);
    assert!(
        refused
            .err
            .contains("`regulars serve`, which brings it up to date"),
        "{}",
        refused.err
    );
    assert_eq!(std::fs::read(db).unwrap().len(), 0);
}

/// Four hundred people, each of whom bought something once.
fn crowd() -> Program {
    let program = Program::new();
    let mut customers = "id,name\n".to_owned();
    let mut bought = "id,customer,date\n".to_owned();
    for number in 1..=400 {
        customers += &format!("{number},Customer {number}\n");
        bought += &format!("{number},{number},2025-03-02 18:00\n");
    }
    let file = |name: &str, text: String| program.file(name, text).display().to_string();
    let (customers, bought) = (file("c.csv", customers), file("b.csv", bought));
    let (external, customer) = ("external=id", "customer=customer");
    let all = ["import", "customers", &customers, "--source", "till"];
    program
        .run(&[&all[..], &["--map", external, "--map", "display_name=name"]].concat())
        .ok();
    let all = [
        "import",
        "interactions",
        &bought,
        "--source",
        "till",
        "--kind",
        "purchase",
    ];
    let maps = [
        "--map",
        "id=id",
        "--map",
        customer,
        "--map",
        "occurred_at=date",
    ];
    program.run(&[&all[..], &maps].concat()).ok();
    program
}

/// `script` is a terminal of which the other end is here: what it shows is the progress bar.
#[cfg(target_os = "linux")]
#[test]
fn ctrl_c_prints_the_partial_report() {
    use std::io::{Read, Write};
    use std::process::{Command, Stdio};
    // A guest that never ends a run is ended by its fuel: hundreds of such runs take long.
    let program = crowd();
    let line = format!(
        "exec '{}' --json plugin rehearse '{}' --settings '{{\"mode\": \"loop\"}}' \
         --from 2025-03-01 --until 2025-03-31 > report.json",
        crate::program::path().canonicalize().unwrap().display(),
        std::fs::canonicalize(wasm("hostile")).unwrap().display(),
    );
    let mut terminal = Command::new("script")
        .args(["--quiet", "--return", "--command", &line, "/dev/null"])
        .current_dir(program.dir.path())
        .env("REGULARS_DB", program.dir.path().join("crm.db"))
        .env("TERM", "xterm")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut shown = String::new();
    let mut screen = terminal.stdout.take().unwrap();
    let mut part = [0; 4096];
    // Of what is through, nobody says how long it takes as long as that is nothing.
    while !shown.contains("to go") {
        let read = screen.read(&mut part).unwrap();
        assert!(read > 0, "it ended by itself: {shown}");
        shown += &String::from_utf8_lossy(&part[..read]);
    }
    let mut frames = shown.split('\r');
    assert!(!frames.any(|it| it.contains(" 0 of 400 events") && it.contains("to go")));
    let ctrl_c = terminal.stdin.as_mut().unwrap().write_all(b"\x03");
    ctrl_c.unwrap();
    screen.read_to_end(&mut Vec::new()).unwrap();
    assert_eq!(terminal.wait().unwrap().code(), Some(130), "{shown}");
    let report = std::fs::read(program.dir.path().join("report.json")).unwrap();
    let report: serde_json::Value = serde_json::from_slice(&report).unwrap();
    let people = report["people"].as_u64().unwrap();
    assert!((1..400).contains(&people), "{people}");
    assert_eq!(report["partial"]["people"], people);
    assert_eq!(report["partial"]["of"], 400);
    assert_eq!(report["came"]["failures"][0]["count"], people);
}
