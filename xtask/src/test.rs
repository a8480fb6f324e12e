//! `cargo xtask test`: runs every test.

use std::path::PathBuf;

use anyhow::Result;

use crate::{Command, build, fuzz, plugins, tools, workspace};

pub const COMMAND: Command = Command {
    name: "test",
    arguments: "[--long] [FILTER …]",
    summary: "build plugins and hostile guests, then run every test; words select tests by name; \
              --long: more rounds of the tests that search for rare faults",
    run,
};

/// The environment variable by which `--long` reaches the tests.
const LONG: &str = "REGULARS_LONG";

/// A requirement of some tests. Where it cannot be met they are skipped, or, with `CI` set, the run fails.
struct Requirement {
    /// The tests, as the start of their names.
    tests: &'static str,
    /// Words of filters that select any of these tests.
    words: &'static [&'static str],
    /// The consequence of skipping them.
    without: &'static str,
    /// Makes the requirement available, or fails with the reason.
    provide: fn() -> Result<PathBuf>,
}

const REQUIREMENTS: &[Requirement] = &[
    Requirement {
        tests: "delivery::mail",
        words: &["delivery", "mail"],
        without: "no mail was sent to a mail server",
        provide: tools::aiosmtpd,
    },
    Requirement {
        tests: "schemathesis",
        words: &["schemathesis"],
        without: "the HTTP API was not tried against its own OpenAPI document",
        provide: tools::schemathesis,
    },
    Requirement {
        tests: "portal::browser",
        words: &["portal", "browser"],
        without: "the customer's own page was looked at in no browser",
        provide: tools::browser,
    },
    Requirement {
        tests: "registry::",
        words: &["registry"],
        without: "nothing was pulled from a registry",
        provide: tools::registry,
    },
    Requirement {
        tests: "faults::namespaces",
        words: &["faults", "namespaces", "disk", "permissions"],
        without: "no disk was full and no file unwritable",
        provide: tools::namespaces,
    },
];

impl Requirement {
    /// Returns true if a run with these filters may select a test that needs this.
    fn selected(&self, filters: &[&String]) -> bool {
        let selects = |filter: &&String| {
            self.tests.contains(filter.as_str())
                || self.words.iter().any(|word| filter.contains(word))
        };
        filters.is_empty() || filters.iter().any(selects)
    }
}

fn run(arguments: &[String]) -> Result<()> {
    let (long, filters): (Vec<&String>, Vec<&String>) =
        arguments.iter().partition(|it| *it == "--long");
    plugins::build(&[("plugins", "plugins"), ("tests/guests", "guests")])?;
    // The tests of the command line run the program as it ships. It is built with the features of
    // the whole workspace, so that the tests use the same library.
    workspace::run(
        workspace::cargo()
            .args(["build", "--workspace", "--bin", "regulars"])
            .args(build::CATALOGUE),
    )?;
    let mut missing = Vec::new();
    let mut tests = workspace::cargo();
    tests.args(["test", "--workspace"]).args(build::CATALOGUE);
    tests.arg("--").args(&filters);
    for requirement in REQUIREMENTS {
        if requirement.selected(&filters) {
            let provided = (requirement.provide)();
            if tools::optional(provided, requirement.without, &mut missing)?.is_none() {
                tests.args(["--skip", requirement.tests]);
            }
        }
    }
    if !long.is_empty() {
        tests.env(LONG, "1");
    }
    workspace::run(&mut tests)?;
    if !long.is_empty() && filters.is_empty() {
        let ready = tools::optional(fuzz::ready(), "fuzzing", &mut missing)?;
        if let Some(cargo_fuzz) = ready {
            fuzz::all(&cargo_fuzz)?;
        }
    }
    // Embedding must work without the features of the server and the program. `check` is enough:
    // building all dependencies again with other features takes minutes.
    workspace::run(workspace::cargo().args([
        "check",
        "--package",
        "regulars",
        "--no-default-features",
        "--example",
        "embed",
    ]))?;
    for missing in missing {
        eprintln!("NOT RUN: {missing}");
    }
    Ok(())
}
