//! Text that wants to be more than text: HTML, Markdown, SQL, terminal commands, characters that reorder
//! their neighbours, NUL. It is kept as text, and shown as text, wherever it comes out.

use regulars::model::*;
use serde_json::{Value, json};

use super::{assert_whole, hidden};
use crate::program::Program;
use crate::served::Served;
use crate::world::{World, component, target_dir};

const TEXT: &str = "<script>alert('x')</script> **b** [a](javascript:alert(1)) '; DROP TABLE runs; -- \
    \" OR 1=1\u{1b}[2J\u{1b}]0;owned\u{7}\r\nforged: line\u{0}\u{202e}kcab\u{202c}\u{feff} %s {{7*7}} 👩‍👩‍👧";
const KEY: &str = "<b>'; DROP TABLE tags; --";

/// The text as people see it: without control and reordering characters.
fn shown(text: &str) -> String {
    text.chars().filter(|&c| !hidden(c) || c == '\n').collect()
}

/// The same on one line.
fn line(text: &str) -> String {
    shown(text).replace('\n', " ")
}

fn graffiti(world: &World, id: &str, text: &str) -> InstallationId {
    let mut request =
        regulars::host::InstallRequest::new(component("graffiti"), format!("{KEY}\u{1b}[2J"));
    request.id = Some(id.parse().unwrap());
    request.settings = Some(json!({ "text": text, "key": KEY }));
    world.host.install(request).unwrap().id
}

#[test]
fn http_returns_plugin_text_unchanged_as_json() {
    let world = World::new();
    graffiti(&world, "graffiti", TEXT);
    let customer = world.customer(TEXT.split('\u{1b}').next().unwrap());
    world.record_with(customer.id, "visit", Some(TEXT), json!({ KEY: TEXT }));
    let served = Served::new(world);
    let get = |path: &str| {
        let answer = served.get(path);
        assert_eq!(answer.status, 200, "{path}: {}", answer.text);
        assert_eq!(answer.content_type, "application/json", "{path}");
        answer.json()
    };
    let id = customer.id;
    let runs = get("/v1/runs");
    let run = &runs["items"][0];
    assert_eq!(run["outcome"]["outcome"], "completed", "{run}");
    assert_eq!(run["proposals"].as_array().unwrap().len(), 10);
    assert_eq!(run["logs"][0]["text"], line_of_a_log(), "{run}");

    let desk = get(&format!("/v1/customers/{id}/desk"));
    let card = &desk["cards"][0];
    assert_eq!(card["title"], line(TEXT));
    assert_eq!(card["body"], shown(TEXT));
    assert_eq!(card["because"]["reason"], line(TEXT));
    let question = &desk["questions"][0];
    assert_eq!(question["text"], line(TEXT));
    assert_eq!(question["choices"], json!([line(TEXT), "other"]));
    let tasks = get("/v1/tasks");
    let task = tasks["items"]
        .as_array()
        .unwrap()
        .iter()
        .find(|task| task["body"] == shown(TEXT))
        .unwrap_or_else(|| panic!("{tasks}"));
    assert_eq!(task["title"], line(TEXT));
    assert_eq!(task["role"], KEY);

    // Data is data: what a plugin keeps for itself comes back to the byte.
    let said = json!({ KEY: TEXT, "list": [TEXT] });
    let kept = |kind: &str| -> Vec<Value> {
        let proposals = run["proposals"].as_array().unwrap().iter();
        let effects = proposals.map(|proposal| &proposal["effect"]);
        effects
            .filter(|effect| effect["effect"] == kind)
            .map(|effect| {
                effect
                    .get("value")
                    .or(effect.get("payload"))
                    .unwrap()
                    .clone()
            })
            .collect()
    };
    // What it keeps about nobody in particular stands in its memory alone, not in its runs.
    let elsewhere = json!("in the plugin's own memory");
    assert_eq!(kept("remember"), [said.clone(), elsewhere], "{run}");
    assert_eq!(kept("wake"), vec![said.clone()], "{run}");
    let past = get(&format!("/v1/customers/{id}/timeline"));
    let interaction = |kind: &str| {
        let items = past["items"].as_array().unwrap();
        let found = items.iter().find(|item| item["kind"] == kind);
        found.unwrap_or_else(|| panic!("no {kind}: {past}")).clone()
    };
    let visit = interaction("visit");
    assert_eq!(visit["body"], TEXT, "a customer's words are not a plugin's");
    assert_eq!(visit["data"], json!({ KEY: TEXT }));
    let entry = interaction("graffiti/tag");
    assert_eq!(entry["body"], shown(TEXT));
    assert_eq!(entry["subject"], line(TEXT));
    assert_eq!(entry["channel"], line(TEXT));
    assert_eq!(entry["data"], said);
    assert_eq!(get(&format!("/v1/customers/{id}"))["tags"], json!([KEY]));
    let installed = get("/v1/plugins/graffiti");
    assert_eq!(installed["settings"], json!({ "text": TEXT, "key": KEY }));
    get(&format!("/v1/customers/{id}/explain"));
    get("/openapi.json");

    // What an action says comes back as JSON too, and its refusal as a problem.
    let say = |text: &str| {
        served.post(
            "/v1/plugins/graffiti/actions/say",
            json!({ "input": { "text": text } }),
        )
    };
    assert_eq!(say(TEXT).json()["output"]["text"], TEXT);
    let refused = say(&format!("fail {TEXT}"));
    assert_eq!(refused.content_type, "application/problem+json");
    let problem = refused.json();
    let detail = problem["detail"].as_str().unwrap();
    assert!(
        detail.contains("<script>") && !detail.chars().any(hidden),
        "{problem}"
    );
    assert_whole(&served.world);
}

/// A log is for terminals: escape sequences go as a whole.
fn line_of_a_log() -> String {
    let text = TEXT.replace("\u{1b}[2J\u{1b}]0;owned\u{7}", "");
    line(&text.replace('\r', " "))
}

#[test]
fn program_never_lets_a_plugin_write_to_the_terminal() {
    let world = World::new();
    let retrying = format!("retry {TEXT}");
    graffiti(&world, "graffiti", TEXT);
    graffiti(&world, "retrying", &retrying);
    let customer = world.customer(TEXT.split('\u{1b}').next().unwrap()).id;
    world.record_with(customer, "visit", Some(TEXT), json!({ KEY: TEXT }));
    let run = world.last_run(&"graffiti".parse().unwrap()).id.to_string();
    let failed = world.last_run(&"retrying".parse().unwrap()).id.to_string();
    let World { host, dir, .. } = world;
    host.stop();
    drop(host);
    let program = Program { dir };
    let file = target_dir().join("guests/graffiti.wasm");
    let customer = customer.to_string();
    let mut said = String::new();
    for arguments in [
        &["plugin", "inspect", file.to_str().unwrap()][..],
        &["plugin", "list"],
        &["explain", &customer, "--ids"],
        &["desk", &customer],
        &["run", "list"],
        &["run", "show", &run],
        &["run", "show", &failed],
        &["run", "deferred"],
        &["task", "list"],
        &["key", "list"],
    ] {
        for json in [false, true] {
            let mut arguments = arguments.to_vec();
            arguments.extend(json.then_some("--json"));
            let answer = program.run(&arguments).ok();
            for text in [&answer.out, &answer.err] {
                let obeyed = text.chars().find(|&c| hidden(c) && c != '\n');
                assert_eq!(obeyed, None, "{arguments:?}: {text:?}");
            }
            if json {
                for line in answer.out.lines() {
                    serde_json::from_str::<Value>(line)
                        .unwrap_or_else(|error| panic!("{arguments:?}: {error}: {line}"));
                }
            } else {
                said.push_str(&answer.out);
            }
        }
    }
    // It was there to be shown.
    assert!(
        said.matches("<script>alert('x')</script>").count() > 20,
        "{said}"
    );
    // What a plugin wrote stands on the line of what it is: no line is its own.
    assert!(
        !said
            .lines()
            .any(|line| line.trim_start().starts_with("forged: line")),
        "{said}"
    );
}

#[test]
fn very_long_text_is_cut_or_refused_and_never_kept_by_the_megabyte() {
    let world = World::new();
    let plugin = graffiti(&world, "graffiti", &"<b>".repeat(5_000));
    let customer = super::visit(&world);
    let RunOutcome::Failed { failure, detail } = world.last_run(&plugin).outcome else {
        panic!("a title of 15,000 characters");
    };
    assert_eq!(failure, FailureKind::MalformedEffect, "{detail}");
    assert!(detail.len() < 500, "{detail}");
    assert!(world.host.desk(customer).unwrap().cards.is_empty());
    let logged: usize = world
        .last_run(&plugin)
        .logs
        .iter()
        .map(|line| line.text.len())
        .sum();
    assert!(logged <= 1024, "{logged}");
}
