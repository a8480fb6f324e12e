//! The HTTP API against its own OpenAPI document: schemathesis, which `cargo xtask test` installs,
//! makes up requests from the document, right ones and wrong ones, and looks whether the answers
//! are what it says.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};

use crate::program::{Program, path};
use crate::world::{long, target_dir};

/// The checks on every answer.
const CHECKS: &[&str] = &[
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "negative_data_rejection",
    "positive_data_acceptance",
    "missing_required_header",
    "unsupported_method",
    "allow_header_conformance",
    "use_after_free",
    "ensure_resource_availability",
    "ignored_auth",
];

/// A program that runs until it is dropped.
struct Running {
    child: Child,
    /// The JSON document that it begins with.
    said: Value,
}

impl Running {
    fn start(program: &Program, arguments: &[&str]) -> Running {
        let mut child = Command::new(path())
            .current_dir(program.dir.path())
            .args(["--json", "--db", "crm.db", "--time-zone", "Europe/Berlin"])
            .args(arguments)
            .args(["--listen", "127.0.0.1:0", "--plugins"])
            .arg(std::path::absolute(target_dir().join("plugins")).unwrap())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap())
            .read_line(&mut line)
            .unwrap();
        let said = serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}"));
        Running { child, said }
    }

    fn text(&self, member: &str) -> &str {
        self.said[member].as_str().unwrap()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

#[test]
fn schemathesis_finds_no_answer_that_breaks_the_document() {
    let schemathesis = target_dir().join("tools/schemathesis/bin/schemathesis");
    assert!(
        schemathesis.exists(),
        "there is no {}: `cargo xtask test` installs it",
        schemathesis.display()
    );
    let program = Program::new();
    // Two businesses with a past; then the server on them, as an operator starts it.
    let seeded = Running::start(&program, &["demo"]);
    let key = seeded.text("key").to_owned();
    drop(seeded);
    // The limits have tests of their own.
    let limits = ["--rate", "off", "--failed-rate", "off"];
    let links = ["--public-url", "https://crm.example.org"];
    let server = Running::start(&program, &[&["serve"], &limits[..], &links[..]].concat());
    let address = server.text("address");
    let config = program.file("schemathesis.toml", config(address, &key));

    let mut run = Command::new(std::path::absolute(schemathesis).unwrap());
    run.current_dir(program.dir.path())
        .arg("--config-file")
        .arg(config)
        .args(["--no-color", "run"])
        .arg(format!("{address}/openapi.json"))
        .args(["--header", &format!("Authorization: Bearer {key}")])
        // A stream without end.
        .args(["--exclude-path", "/v1/events"])
        .args(["--phases", "examples,coverage,fuzzing,stateful"])
        .args(["--checks", &CHECKS.join(",")])
        .args(["--max-examples", if long() { "200" } else { "10" }])
        .args(["--seed", "7", "--generation-database", "none"])
        .args(["--request-timeout", "60", "--continue-on-failure"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut run = run.spawn().unwrap();
    let mut said = String::new();
    run.stdout
        .take()
        .unwrap()
        .read_to_string(&mut said)
        .unwrap();
    let mut complained = String::new();
    run.stderr
        .take()
        .unwrap()
        .read_to_string(&mut complained)
        .unwrap();
    let status = run.wait().unwrap();
    assert!(status.success(), "{said}\n{complained}");
    // A run that tried nothing would have found nothing.
    let tested = said
        .lines()
        .find_map(|line| line.trim().strip_prefix("Tested: "))
        .unwrap_or_else(|| panic!("{said}"));
    assert!(tested.parse::<u32>().unwrap() >= 35, "{said}");
}

/// The configuration: values that the document cannot express, and existing ids, so that answers are not only 404.
fn config(address: &str, key: &str) -> String {
    let ada = get(address, key, "/v1/customers?search=Ada", "/items/0/id");
    let recorded = format!(
        "/v1/customers/{}/interactions?wait=30s",
        ada.as_str().unwrap()
    );
    let visit = json!({ "kind": "visit", "channel": "turnstile" });
    let feedback = json!({ "kind": "feedback", "body": "The door sticks." });
    let card = post(address, key, &recorded, &visit)["desk"]["cards"][0]["id"].clone();
    let task = post(address, key, &recorded, &feedback)["desk"]["tasks"][0]["id"].clone();
    let run = get(address, key, "/v1/runs", "/items/0/id");
    assert!(
        card.is_string() && task.is_string(),
        "nothing is at the desk"
    );

    // A rule about several fields, or about the clock, is no schema's: it is refused with 422.
    let fits = "200, 201, 202, 204, 401, 404, 409, 412, 422";
    let mut config = format!("[checks.positive_data_acceptance]\nexpected-statuses = [{fits}]\n");
    // One of several parameters; two names for one thing; an etag, of which schemathesis leaves out
    // the quotes.
    for (method, path) in [
        ("GET", "^/v1/customers$"),
        ("POST", "/interactions$"),
        ("PATCH", "^/v1/customers/"),
    ] {
        config += &format!(
            "[[operations]]\ninclude-path-regex = '{path}'\ninclude-method = '{method}'\n\
             checks = {{ positive_data_acceptance = {{ expected-statuses = [400, {fits}] }} }}\n"
        );
    }
    for (path, id) in [
        ("/v1/cards/{id}/close", card),
        ("/v1/customers/{id}/explain", ada),
        ("/v1/runs/{id}", run),
        ("/v1/tasks/{id}/close", task),
        ("/v1/plugins/{id}/settings", json!("overheard")),
        ("/v1/plugins/{id}/disable", json!("ask-once")),
        ("/v1/plugins/{id}/enable", json!("ask-once")),
    ] {
        config += &format!(
            "[[operations]]\ninclude-path = '{path}'\nparameters = {{ 'path.id' = {id} }}\n"
        );
    }
    config
}

fn get(address: &str, key: &str, path: &str, member: &str) -> Value {
    let answer = ureq::get(format!("{address}{path}"))
        .header("authorization", format!("Bearer {key}"))
        .call();
    let answer = answer.unwrap().body_mut().read_to_string().unwrap();
    let answer: Value = serde_json::from_str(&answer).unwrap();
    let found = answer.pointer(member);
    found.unwrap_or_else(|| panic!("{answer}")).clone()
}

fn post(address: &str, key: &str, path: &str, body: &Value) -> Value {
    let answer = ureq::post(format!("{address}{path}"))
        .header("authorization", format!("Bearer {key}"))
        .header("content-type", "application/json")
        .send(body.to_string());
    let answer = answer.unwrap().body_mut().read_to_string().unwrap();
    serde_json::from_str(&answer).unwrap()
}
