//! `cargo xtask test`: every test there is.

use anyhow::Result;

use crate::{Command, build, fuzz, plugins, tools, workspace};

pub const COMMAND: Command = Command {
    name: "test",
    arguments: "[--long] [FILTER …]",
    summary: "build plugins and hostile guests, then run every test; words select tests by name; \
              --long: more rounds of those that search for rare faults",
    run,
};

/// Set for the tests by `--long`: whoever has a long mode reads it.
const LONG: &str = "REGULARS_LONG";

/// What the names of tests have in common that need a mail server.
const MAIL: &str = "delivery::mail";

fn run(arguments: &[String]) -> Result<()> {
    let (long, filters): (Vec<&String>, Vec<&String>) =
        arguments.iter().partition(|it| *it == "--long");
    plugins::build(&[("plugins", "plugins"), ("tests/guests", "guests")])?;
    // The tests of the command line run the program itself, as it ships. With the features that the workspace asks for
    // together, so that the tests are built on the same library.
    workspace::run(
        workspace::cargo()
            .args(["build", "--workspace", "--bin", "regulars"])
            .args(build::CATALOGUE),
    )?;
    let mut missing = Vec::new();
    let mut without_schemathesis = false;
    let mut without_mail = false;
    // Whoever filters for something else does not wait for what it does not need.
    let mail = |it: &&String| MAIL.contains(it.as_str()) || it.contains("delivery");
    if filters.is_empty() || filters.iter().any(mail) {
        let what = "no mail was sent to a mail server";
        without_mail = tools::or_without(tools::aiosmtpd(), what, &mut missing)?.is_none();
    }
    if filters.is_empty() || filters.iter().any(|it| it.contains("schemathesis")) {
        let what = "the HTTP API was not tried against its own OpenAPI document";
        let tool = tools::or_without(tools::schemathesis(), what, &mut missing)?;
        without_schemathesis = tool.is_none();
    }
    let mut without_browser = false;
    if filters.is_empty()
        || filters
            .iter()
            .any(|it| it.contains("browser") || it.contains("own_page"))
    {
        let what = "the customer's own page was looked at in no browser";
        let tool = tools::or_without(tools::browser(), what, &mut missing)?;
        without_browser = tool.is_none();
    }
    let mut without_registry = false;
    if filters.is_empty() || filters.iter().any(|it| it.contains("registry")) {
        let what = "nothing was pulled from a registry";
        without_registry = tools::or_without(tools::registry(), what, &mut missing)?.is_none();
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
        let ready = tools::or_without(fuzz::ready(), "nothing was fuzzed", &mut missing)?;
        if let Some(cargo_fuzz) = ready {
            fuzz::all(&cargo_fuzz)?;
        }
    }
    // Embedding must work without what the server and the program need. Whether it does is known when it is checked:
    // to build all that it stands on once more, with other features, takes minutes.
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
