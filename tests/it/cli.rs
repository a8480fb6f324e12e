//! Commands beside the import: what they print, what they refuse, and how they end.

use serde_json::Value;

use crate::program::{Program, wasm};

/// Every command and subcommand.
const COMMANDS: &[&[&str]] = &[
    &["serve"],
    &["demo"],
    &["key"],
    &["key", "create"],
    &["key", "list"],
    &["key", "revoke"],
    &["channels"],
    &["channels", "check"],
    &["import"],
    &["import", "customers"],
    &["import", "interactions"],
    &["plugin"],
    &["plugin", "inspect"],
    &["plugin", "rehearse"],
    &["plugin", "install"],
    &["plugin", "upgrade"],
    &["plugin", "rollback"],
    &["plugin", "history"],
    &["plugin", "uninstall"],
    &["plugin", "list"],
    &["plugin", "enable"],
    &["plugin", "disable"],
    &["plugin", "resume"],
    &["plugin", "limits"],
    &["plugin", "run"],
    &["plugin", "publish"],
    &["plugin", "keygen"],
    &["plugin", "sign"],
    &["plugin", "trust"],
    &["policy"],
    &["policy", "check"],
    &["policy", "default"],
    &["explain"],
    &["run"],
    &["run", "show"],
    &["run", "export"],
    &["run", "deferred"],
    &["dead-letter"],
    &["dead-letter", "list"],
    &["dead-letter", "show"],
    &["dead-letter", "redrive"],
    &["dead-letter", "drop"],
    &["replay"],
    &["task", "list"],
    &["desk"],
    &["backup"],
    &["restore"],
    &["doctor"],
    &["audit"],
];

#[test]
fn every_command_explains_itself() {
    let program = Program::new();
    for command in COMMANDS {
        let mut arguments = command.to_vec();
        arguments.push("--help");
        let said = program.run(&arguments).ok();
        assert!(
            said.out.contains("Usage: regulars"),
            "{command:?}: {}",
            said.out
        );
    }
    assert_eq!(program.run(&["nonsense"]).code, 2);
    assert_eq!(program.run(&["explain"]).code, 2);
}

#[test]
fn inspect_says_in_plain_english_what_a_plugin_wants_and_why() {
    let program = Program::new();
    let said = program.run(&["plugin", "inspect", &wasm("overheard")]).ok();
    for sentence in [
        "a customer's first name: to name them in the task",
        "a customer's feedback of the last 365 days",
        "a task for staff: to bring a remark to its owner",
        "when a feedback is recorded",
        "reach the network, the disk or the clock",
        "sha256:",
        "sla_hours",
    ] {
        let folded = said.out.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(
            folded.contains(sentence),
            "“{sentence}” is not in:\n{}",
            said.out
        );
    }
    let json = program
        .run(&["--json", "plugin", "inspect", &wasm("overheard")])
        .ok()
        .json();
    assert_eq!(json["manifest"]["name"], "overheard");
    assert_eq!(
        json["imports"].as_array().unwrap().len(),
        3,
        "{}",
        json["imports"]
    );
}

#[test]
fn inspect_reads_well() {
    let program = Program::new();
    let said = program.run(&["plugin", "inspect", &wasm("overheard")]).ok();
    let same_everywhere =
        |line: &&str| !line.starts_with("file ") && !line.starts_with("identity ");
    let lines: Vec<&str> = said.out.lines().filter(same_everywhere).collect();
    insta::assert_snapshot!(lines.join("\n"));
}

#[test]
fn inspect_refuses_other_files_and_names_the_expected_format() {
    let program = Program::new();
    let module = program
        .file("module.wasm", b"\0asm\x01\0\0\0")
        .display()
        .to_string();
    let garbage = program.file("garbage.wasm", "hello").display().to_string();
    let cut = std::fs::read(wasm("overheard")).unwrap();
    let cut = program
        .file("cut.wasm", &cut[..cut.len() / 2])
        .display()
        .to_string();
    for (file, word) in [
        (&module, "core WebAssembly module"),
        (&garbage, "not a valid WebAssembly"),
        (&cut, "valid"),
    ] {
        let said = program.run(&["plugin", "inspect", file]);
        assert_eq!(said.code, 1);
        assert!(said.err.contains(word), "{}", said.err);
        let said = program.run(&["--json", "plugin", "inspect", file]);
        let error: Value = serde_json::from_str(&said.err).unwrap();
        assert!(error["error"].to_string().contains(word), "{error}");
    }
}

#[test]
fn plugin_is_installed_switched_off_and_on() {
    let program = Program::new();
    let install = [
        "plugin",
        "install",
        &wasm("overheard"),
        "--yes",
        "--settings",
        r#"{"sla_hours": 24}"#,
    ];
    program.run(&install).ok();
    let again = program.run(&install);
    assert_eq!(again.code, 1, "{}", again.out);
    assert!(again.err.contains("--replace"), "{}", again.err);
    let mut replace = install.to_vec();
    replace.push("--replace");
    program.run(&replace).ok();
    let state = || {
        let list = program.run(&["--json", "plugin", "list"]).ok();
        let first: Value = serde_json::from_str(list.out.lines().next().unwrap()).unwrap();
        let plugin = if first.is_array() {
            first[0].clone()
        } else {
            first
        };
        plugin["state"].as_str().unwrap().to_owned()
    };
    assert_eq!(state(), "enabled");
    program.run(&["plugin", "disable", "overheard"]).ok();
    assert_eq!(state(), "disabled");
    program.run(&["plugin", "enable", "overheard"]).ok();
    assert_eq!(state(), "enabled");
    let unknown = program.run(&["plugin", "enable", "nobody"]);
    assert!(
        unknown.code == 1 && unknown.err.contains("nobody"),
        "{}",
        unknown.err
    );
    let wrong = [
        "plugin",
        "install",
        &wasm("overheard"),
        "--yes",
        "--id",
        "other",
        "--settings",
        r#"{"sla_hours": "soon"}"#,
    ];
    let wrong = program.run(&wrong);
    assert!(
        wrong.code == 1 && wrong.err.contains("sla_hours"),
        "{}",
        wrong.err
    );
}

#[test]
fn plugin_runs_on_an_event_from_a_file_and_nothing_is_written() {
    let program = Program::new();
    let event = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../host/examples/events/visit.json"
    );
    let said = program
        .run(&["plugin", "run", &wasm("coach-referral"), "--event", event])
        .ok();
    assert!(said.out.contains("Introduce Ada"), "{}", said.out);
    for limit in ["fuel", "50,000,000", "memory", "time"] {
        assert!(
            said.out.contains(limit),
            "“{limit}” is not in:\n{}",
            said.out
        );
    }
    assert!(
        !program.dir.path().join("crm.db").exists(),
        "it made a database"
    );
    let said = program
        .run(&[
            "--json",
            "plugin",
            "run",
            &wasm("coach-referral"),
            "--event",
            event,
        ])
        .ok();
    assert!(said.json().to_string().contains("\"fuel\""), "{}", said.out);
}

#[test]
fn explain_is_a_tree_that_a_shop_owner_can_read() {
    let program = Program::new();
    program
        .run(&["plugin", "install", &wasm("overheard"), "--yes"])
        .ok();
    let customers = program
        .file("c.csv", "external,name\n42,Ada Lovelace\n")
        .display()
        .to_string();
    program.run(&["import", "customers", &customers]).ok();
    let remarks = program
        .file(
            "r.csv",
            "customer,id,occurred_at,body\n42,1,2026-05-03,The \u{1b}[31mmusic is too loud\n",
        )
        .display()
        .to_string();
    let said = program.run(&[
        "import",
        "interactions",
        &remarks,
        "--kind",
        "feedback",
        "--live",
    ]);
    assert_eq!(said.code, 0, "{}", said.err);
    let said = program.run(&["explain", "42"]).ok();
    for word in [
        "feedback recorded",
        "overheard proposed",
        "a task",
        "because",
        "allowed",
    ] {
        assert!(said.out.contains(word), "“{word}” is not in:\n{}", said.out);
    }
    for command in [&["explain", "42"][..], &["desk", "42"], &["task", "list"]] {
        let said = program.run(command).ok();
        assert!(
            !said.out.contains('\u{1b}'),
            "a terminal escape got through: {:?}",
            said.out
        );
    }
    let story = program.run(&["--json", "explain", "42"]).ok();
    assert!(
        story.out.contains("\"interaction.recorded\""),
        "{}",
        story.out
    );
}

#[test]
fn key_is_shown_once() {
    let program = Program::new();
    let made = program
        .run(&["--json", "key", "create", "till", "--scope", "app"])
        .ok()
        .json();
    let secret = made.as_object().unwrap().values().find_map(|value| {
        value
            .as_str()
            .filter(|value| value.starts_with("reg_"))
            .map(str::to_owned)
    });
    let secret = secret.expect("no secret");
    let listed = program.run(&["key", "list"]).ok();
    assert!(listed.out.contains("till"));
    assert!(!listed.out.contains(&secret));
    let file = std::fs::read(program.dir.path().join("crm.db")).unwrap();
    let wal = std::fs::read(program.dir.path().join("crm.db-wal")).unwrap_or_default();
    for bytes in [file, wal] {
        let found = bytes
            .windows(secret.len())
            .any(|window| window == secret.as_bytes());
        assert!(!found, "the secret is in the file");
    }
}

#[test]
fn unopenable_database_is_explained() {
    let program = Program::new();
    program.file(
        "crm.db",
        "this is not a database, and long enough to be looked at as one",
    );
    let said = program.run(&["task", "list"]);
    assert_eq!(said.code, 1);
    assert!(
        said.err.contains("not a Regulars database") || said.err.contains("damaged"),
        "{}",
        said.err
    );
}
