//! `cargo xtask test`: runs every test.

use anyhow::Result;

use crate::{Command, build, fuzz, plugins, tools, workspace};

pub const COMMAND: Command = Command {
    name: "test",
    arguments: "[--long] [FILTER …]",
    summary: "build plugins and hostile guests, then run every test; words select tests by name; \
              --long: more rounds of the tests that search for rare faults",
    run,
};

/// Environment variable that `--long` sets for tests with a long mode.
const LONG: &str = "REGULARS_LONG";

/// Prefix of the tests that need a mail server.
const MAIL: &str = "delivery::mail";

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
    let mut without_schemathesis = false;
    let mut without_mail = false;
    // A filter for other tests skips tools that they do not need.
    let mail = |it: &&String| MAIL.contains(it.as_str()) || it.contains("delivery");
    if filters.is_empty() || filters.iter().any(mail) {
        let what = "tests with a mail server";
        without_mail = tools::optional(tools::aiosmtpd(), what, &mut missing)?.is_none();
    }
    if filters.is_empty() || filters.iter().any(|it| it.contains("schemathesis")) {
        let what = "tests of the HTTP API against its OpenAPI document";
        let tool = tools::optional(tools::schemathesis(), what, &mut missing)?;
        without_schemathesis = tool.is_none();
    }
    let mut without_browser = false;
    if filters.is_empty()
        || filters
            .iter()
            .any(|it| it.contains("browser") || it.contains("own_page"))
    {
        let what = "tests of the customer's own page in a browser";
        let tool = tools::optional(tools::browser(), what, &mut missing)?;
        without_browser = tool.is_none();
    }
    let mut without_registry = false;
    if filters.is_empty() || filters.iter().any(|it| it.contains("registry")) {
        let what = "tests with a registry";
        without_registry = tools::optional(tools::registry(), what, &mut missing)?.is_none();
    }
    let mut tests = workspace::cargo();
    tests.args(["test", "--workspace"]).args(build::CATALOGUE);
    tests.arg("--").args(&filters);
    if without_schemathesis {
        tests.args(["--skip", "schemathesis"]);
    }
    if without_mail {
        tests.args(["--skip", MAIL]);
    }
    if without_browser {
        tests.args(["--skip", "own_page::browser"]);
    }
    if without_registry {
        tests.args(["--skip", "registry::"]);
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
