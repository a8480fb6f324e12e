//! The HTTP API as a client meets it.

use std::collections::BTreeSet;

use regulars::model::*;
use serde_json::{Value, json};

use crate::served::Served;
use crate::world::World;

fn gym() -> (Served, String) {
    let world = World::new();
    for plugin in [
        "considerate-birthday",
        "coach-referral",
        "ask-once",
        "overheard",
    ] {
        world.install(plugin);
    }
    let ada = world.customer("Ada Lovelace").id.to_string();
    (Served::new(world), ada)
}

/// Asserts a problem+json with this status, type and field.
fn refused(answer: &crate::served::Answer, status: u16, kind: &str, field: Option<&str>) {
    assert_eq!(answer.status, status, "{}", answer.text);
    assert_eq!(
        answer.content_type, "application/problem+json",
        "{}",
        answer.text
    );
    let problem = answer.json();
    assert_eq!(
        problem["type"],
        format!("urn:regulars:problem:{kind}"),
        "{problem}"
    );
    assert_eq!(problem["status"], status, "{problem}");
    assert!(
        problem["detail"]
            .as_str()
            .is_some_and(|detail| !detail.is_empty()),
        "{problem}"
    );
    assert_eq!(
        problem.get("field").and_then(Value::as_str),
        field,
        "{problem}"
    );
}

#[test]
fn recording_returns_the_desk_in_one_round_trip() {
    let world = World::new();
    world.hostile("card", json!({ "mode": "ok" }));
    let ada = world.customer("Ada Lovelace").id;
    let served = Served::new(world);
    let path = format!("/v1/customers/{ada}/interactions?wait=10s");
    let answer = served.post(&path, json!({ "kind": "visit" }));
    assert_eq!(answer.status, 201, "{}", answer.text);
    let written = answer.json();
    assert_eq!(written["processed"], true);
    assert_eq!(
        written["desk"]["cards"].as_array().unwrap().len(),
        1,
        "{written}"
    );
    let visit = &written["interaction"]["id"];
    assert_eq!(
        written["desk"]["cards"][0]["because"]["evidence"][0],
        *visit
    );

    // Put away, it is gone.
    let card = written["desk"]["cards"][0]["id"].as_str().unwrap();
    let closed = served.post(
        &format!("/v1/cards/{card}/close"),
        json!({ "state": "done" }),
    );
    assert_eq!(closed.status, 200, "{}", closed.text);
    let desk = served.get(&format!("/v1/customers/{ada}/desk")).json();
    assert_eq!(desk["cards"], json!([]));
    let again = served.post(
        &format!("/v1/cards/{card}/close"),
        json!({ "state": "done" }),
    );
    refused(&again, 409, "conflict", None);
}

#[test]
fn request_sent_twice_records_once() {
    let (served, ada) = gym();
    let path = format!("/v1/customers/{ada}/interactions");
    let body = json!({ "kind": "visit" }).to_string();
    for key in [
        "01970000-0000-7000-8000-000000000009",
        "till 3, receipt 4711",
    ] {
        let headers = [("idempotency-key", key)];
        let first = served.send("POST", &path, Some(&body), &headers);
        let second = served.send("POST", &path, Some(&body), &headers);
        assert_eq!((first.status, second.status), (201, 200), "{}", second.text);
        assert_eq!(first.json()["interaction"], second.json()["interaction"]);
        let other = json!({ "kind": "purchase" }).to_string();
        let third = served.send("POST", &path, Some(&other), &headers);
        assert_eq!(third.status, 409, "{}", third.text);
    }
    let page = served.get(&path).json();
    assert_eq!(page["items"].as_array().unwrap().len(), 2);
}

#[test]
fn requests_without_a_key_are_unauthorized() {
    let (served, ada) = gym();
    for path in [
        "/v1/customers",
        "/v1/runs",
        "/v1/events",
        "/v1/tasks",
        &format!("/v1/customers/{ada}/desk"),
    ] {
        for header in ["", "Bearer ", "Bearer reg_wrong", "Basic YTpi"] {
            let answer = served.send("GET", path, None, &[("authorization", header)]);
            refused(&answer, 401, "unauthorized", Some("authorization"));
            assert!(answer.headers.contains_key("www-authenticate"));
        }
    }
    for path in ["/healthz", "/openapi.json"] {
        assert_eq!(
            served
                .send("GET", path, None, &[("authorization", "")])
                .status,
            200
        );
    }
}

/// Requests that are refused, one a line: method, path, body, status, kind of problem, and field.
///
/// ADA is a customer and NOBODY an id without one. `""` is the whole body, and `-` no field.
const REFUSED: &str = r#"
POST /v1/customers { => 400 malformed-json ""
POST /v1/customers {"colour":"red"} => 422 unknown-field /colour
POST /v1/customers {"birthday":"1990-02-30"} => 422 bad-date /birthday
POST /v1/customers {"since":"yesterday"} => 422 bad-date /since
POST /v1/customers {"given_name":7} => 422 wrong-type /given_name
POST /v1/customers {"level":"extreme"} => 422 invalid-value /level
POST /v1/customers {"time_zone":"Mars/Olympus"} => 422 invalid-value /time_zone
POST /v1/customers {"contact_points":[{"kind":"email","value":"ada"}]} => 422 invalid-value /contact_points/0/value
POST /v1/customers/ADA/interactions {} => 422 missing-field /kind
POST /v1/customers/ADA/interactions {"kind":"vist"} => 422 invalid-value /kind
POST /v1/customers/ADA/interactions {"kind":"visit","occurred_at":"2026-13-01T00:00:00Z"} => 422 bad-date /occurred_at
POST /v1/customers/ADA/interactions {"kind":"visit","data":[]} => 422 invalid-value /data
POST /v1/customers/ADA/interactions?wait=forever {"kind":"visit"} => 400 invalid-parameter wait
POST /v1/customers/NOBODY/interactions {"kind":"visit"} => 404 not-found id
GET /v1/customers/ada - => 400 invalid-id id
GET /v1/customers/NOBODY - => 404 not-found id
GET /v1/customers?limit=many - => 400 invalid-parameter limit
GET /v1/customers?after=here - => 400 invalid-parameter after
GET /v1/customers?colour=red - => 400 unknown-parameter colour
GET /v1/nothing - => 404 no-route -
DELETE /v1/customers - => 405 method-not-allowed -
"#;

#[test]
fn refusals_name_their_field_and_write_nothing() {
    let (served, ada) = gym();
    let nobody = "01970000-0000-7000-8000-00000000dead";
    let lines = REFUSED.trim().replace("ADA", &ada);
    for line in lines.replace("NOBODY", nobody).lines() {
        let (request, refusal) = line.split_once(" => ").unwrap();
        let request: Vec<&str> = request.splitn(3, ' ').collect();
        let body = (request[2] != "-").then_some(request[2]);
        let answer = served.send(request[0], request[1], body, &[]);
        let refusal: Vec<&str> = refusal.split(' ').collect();
        let field = match refusal[2] {
            "-" => None,
            "\"\"" => Some(""),
            field => Some(field),
        };
        refused(&answer, refusal[0].parse().unwrap(), refusal[1], field);
    }

    let customers = "/v1/customers";
    let text = [("content-type", "text/plain")];
    let answer = served.send("POST", customers, Some("{}"), &text);
    refused(&answer, 415, "unsupported-media-type", Some("content-type"));
    let post = |body: &str| served.send("POST", customers, Some(body), &[]);
    let large = format!(r#"{{"given_name":"{}"}}"#, "a".repeat(2 << 20));
    refused(&post(&large), 413, "too-large", Some(""));

    let id = r#"{"id":"01970000-0000-7000-8000-000000000001","given_name":"Grace"}"#;
    assert_eq!(post(id).status, 201);
    let other = r#"{"id":"01970000-0000-7000-8000-000000000001","given_name":"Ada"}"#;
    refused(&post(other), 409, "duplicate", Some("/id"));
    let counts = served.world.host.counts().unwrap();
    assert_eq!(counts.interactions, 0, "a refused interaction was written");
}

#[test]
fn untrusted_text_round_trips() {
    let (served, _) = gym();
    for name in [
        "Robert'); DROP TABLE customer;--",
        "<script>alert(1)</script>",
        "% _ * \" ' \\ OR 1=1",
        "name:* AND NOT NEAR(a b)",
        "أحمد 李小龍 🦀",
    ] {
        let created = served.post("/v1/customers", json!({ "display_name": name }));
        assert_eq!(created.status, 201, "{}", created.text);
        let id = created.json()["id"].as_str().unwrap().to_owned();
        assert_eq!(
            served.get(&format!("/v1/customers/{id}")).json()["display_name"],
            name
        );
        let encoded: String = name.bytes().map(|byte| format!("%{byte:02X}")).collect();
        let found = served.get(&format!("/v1/customers?search={encoded}"));
        assert_eq!(found.status, 200, "{}", found.text);
    }
    let found = served.get("/v1/customers?search=rob").json();
    assert_eq!(found["items"].as_array().unwrap().len(), 1, "{found}");
}

#[test]
fn pages_neither_skip_nor_repeat() {
    let (served, ada) = gym();
    let line = json!({ "customer": ada, "kind": "visit", "occurred_at": "2026-02-01T08:00:00Z" });
    let body: String = (0..250).map(|_| format!("{line}\n")).collect();
    let headers = [("content-type", "application/x-ndjson")];
    let answer = served.send(
        "POST",
        "/v1/interactions?historical=true",
        Some(&body),
        &headers,
    );
    assert_eq!(answer.status, 200, "{}", answer.text);
    let mut seen = BTreeSet::new();
    let mut path = format!("/v1/customers/{ada}/timeline?limit=40");
    for _ in 0..10 {
        let page = served.get(&path).json();
        for item in page["items"].as_array().unwrap() {
            assert!(
                seen.insert(item["id"].as_str().unwrap().to_owned()),
                "{item} came twice"
            );
        }
        match page["next"].as_str() {
            Some(next) => path = format!("/v1/customers/{ada}/timeline?limit=40&after={next}"),
            None => break,
        }
    }
    assert_eq!(seen.len(), 250);
}

#[test]
fn bulk_lines_are_accepted_or_refused_one_by_one() {
    let (served, ada) = gym();
    let body = format!(
        "{}\n\nnot json\n{}\n{}\n",
        json!({ "customer": ada, "kind": "visit" }),
        json!({ "customer": ada, "kind": "nonsense" }),
        json!({ "customer": ada, "kind": "purchase" }),
    );
    let headers = [("content-type", "application/x-ndjson")];
    let summary = served
        .send("POST", "/v1/interactions", Some(&body), &headers)
        .json();
    assert_eq!(summary["recorded"], 2, "{summary}");
    let lines: Vec<&Value> = summary["refusals"]
        .as_array()
        .unwrap()
        .iter()
        .map(|error| &error["line"])
        .collect();
    assert_eq!(lines, [&json!(3), &json!(4)], "{summary}");
    let page = served.get(&format!("/v1/customers/{ada}/timeline")).json();
    assert_eq!(page["items"].as_array().unwrap().len(), 2);
}

#[test]
fn action_is_checked_before_and_after() {
    let (served, ada) = gym();
    let path = "/v1/plugins/overheard/actions/record";
    let input = json!({ "remark": "The music is too loud.", "heard_by": "Anna" });
    let answer = served.post(path, json!({ "customer": ada, "input": input }));
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert_eq!(answer.json()["output"]["recorded"], true);
    served.world.host.settle().unwrap();
    let tasks = served.get("/v1/tasks?state=open&role=owner").json();
    assert_eq!(tasks["items"].as_array().unwrap().len(), 1, "{tasks}");

    let wrong = json!({ "customer": ada, "input": { "remark": 7, "heard_by": "Anna" } });
    let answer = served.post(path, wrong);
    refused(&answer, 422, "invalid-value", Some("/input/remark"));
    let answer = served.post(path, json!({ "input": input }));
    refused(&answer, 422, "invalid-value", Some("/customer"));
    assert_eq!(
        served
            .post(
                "/v1/plugins/overheard/actions/nothing",
                json!({ "input": {} })
            )
            .status,
        404
    );
    assert_eq!(
        served
            .post("/v1/plugins/nobody/actions/record", json!({ "input": {} }))
            .status,
        404
    );
}

#[test]
fn action_sent_twice_runs_once() {
    let (served, ada) = gym();
    let path = "/v1/plugins/overheard/actions/record";
    let body = |remark: &str| {
        json!({ "customer": ada, "input": { "remark": remark, "heard_by": "Anna" } }).to_string()
    };
    let headers = [("idempotency-key", "till 3, remark 7")];
    let send = |body: &str| served.send("POST", path, Some(body), &headers);
    // One that is refused leaves nothing behind.
    refused(
        &send(&json!({ "customer": ada, "input": {} }).to_string()),
        422,
        "invalid-value",
        Some("/input/remark"),
    );
    let loud = body("Too loud.");
    let answers: Vec<_> = std::thread::scope(|scope| {
        let sent: Vec<_> = (0..4).map(|_| scope.spawn(|| send(&loud))).collect();
        sent.into_iter().map(|sent| sent.join().unwrap()).collect()
    });
    for answer in &answers {
        assert_eq!(answer.status, 200, "{}", answer.text);
        assert_eq!(answer.json(), answers[0].json(), "it ran again");
    }
    refused(
        &send(&body("Too dark.")),
        409,
        "duplicate",
        Some("idempotency-key"),
    );
    served.world.host.settle().unwrap();
    let tasks = served.get("/v1/tasks").json();
    assert_eq!(tasks["items"].as_array().unwrap().len(), 1, "{tasks}");
    // Without the name it is another remark.
    assert_ne!(
        served
            .send("POST", path, Some(&body("Too loud.")), &[])
            .json(),
        answers[0].json()
    );
}

#[test]
fn tasks_and_questions_are_closed_over_http() {
    let (served, ada) = gym();
    let body = json!({ "kind": "feedback", "body": "Please open earlier." });
    served.post(&format!("/v1/customers/{ada}/interactions?wait=10s"), body);
    let tasks = served.get(&format!("/v1/tasks?customer={ada}")).json();
    let id = tasks["items"][0]["id"].as_str().unwrap();
    let close = format!("/v1/tasks/{id}/close");
    refused(
        &served.post(&close, json!({ "outcome": " " })),
        422,
        "invalid-value",
        Some("/outcome"),
    );
    let closed = served.post(&close, json!({ "outcome": "done", "note": "From May on." }));
    assert_eq!(closed.status, 200, "{}", closed.text);
    assert_eq!(closed.json()["state"], "closed");
    refused(
        &served.post(&close, json!({ "outcome": "done" })),
        409,
        "conflict",
        None,
    );
    assert_eq!(
        served.get(&format!("/v1/tasks/{id}")).json()["note"],
        "From May on."
    );
}

#[test]
fn explain_shows_proposals_and_reasons() {
    let (served, ada) = gym();
    let body = json!({ "kind": "feedback", "body": "Please open earlier." });
    served.post(&format!("/v1/customers/{ada}/interactions?wait=10s"), body);
    let story = served.get(&format!("/v1/customers/{ada}/explain")).json();
    let event = &story["items"][0];
    assert_eq!(event["type"], "interaction.recorded");
    let run = &event["runs"][0];
    assert_eq!(run["installation"], "overheard");
    assert_eq!(run["proposals"][0]["effect"]["effect"], "task", "{run}");
    assert_eq!(run["proposals"][0]["decision"]["outcome"], "allow");
    assert_eq!(run["evidence"][0]["body"], "Please open earlier.");
}

#[test]
fn customer_changes_need_the_newest_etag() {
    let (served, ada) = gym();
    let path = format!("/v1/customers/{ada}");
    let read = served.get(&path);
    let tag = read.headers["etag"].to_str().unwrap().to_owned();
    let patch = json!({ "language": "de-CH" }).to_string();
    let changed = served.send("PATCH", &path, Some(&patch), &[("if-match", &tag)]);
    assert_eq!(changed.status, 200, "{}", changed.text);
    assert_eq!(changed.json()["language"], "de-CH");
    let patch = json!({ "language": null }).to_string();
    let late = served.send("PATCH", &path, Some(&patch), &[("if-match", &tag)]);
    assert_eq!(late.status, 412, "{}", late.text);
    assert_eq!(served.send("PATCH", &path, Some(&patch), &[]).status, 200);
    assert_eq!(served.get(&path).json().get("language"), None);
}

#[test]
fn document_describes_every_route_and_every_installed_action() {
    let (served, _) = gym();
    let document = served.get("/openapi.json").json();
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1"));
    let record = &document["paths"]["/v1/plugins/overheard/actions/record"]["post"];
    assert!(record["operationId"].is_string(), "{record}");
    let schemas = &document["components"]["schemas"];
    let input = &schemas["action.overheard.record.input"];
    assert_eq!(input["properties"]["heard_by"]["type"], "string", "{input}");
    let output = &schemas["action.overheard.record.output"];
    assert!(
        output["properties"]["owner_answers_within_hours"].is_object(),
        "{output}"
    );
    // Every local reference leads somewhere.
    let mut references = Vec::new();
    collect(&document, &mut references);
    assert!(references.len() > 50);
    for reference in references {
        let pointer = reference.strip_prefix('#').unwrap();
        assert!(
            document.pointer(pointer).is_some(),
            "{reference} leads nowhere"
        );
    }
    // Switched off, it is not offered.
    let answer = served.send("POST", "/v1/plugins/overheard/disable", None, &[]);
    assert_eq!(answer.status, 200, "{}", answer.text);
    let document = served.get("/openapi.json").json();
    assert!(
        document["paths"]
            .get("/v1/plugins/overheard/actions/record")
            .is_none()
    );
}

fn collect(value: &Value, references: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                match member.as_str() {
                    Some(reference) if name == "$ref" => references.push(reference.to_owned()),
                    _ => collect(member, references),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, references)),
        _ => {}
    }
}

#[test]
fn event_stream_resumes_after_the_last_event() {
    use std::io::{BufRead, BufReader};
    let (served, ada) = gym();
    let visit = |kind: &str| {
        served
            .world
            .record(ada.parse().unwrap(), kind)
            .interaction
            .id
            .to_string()
    };
    let (first, second) = (visit("visit"), visit("purchase"));
    let read = |after: Option<&str>, count: usize| -> Vec<(String, Value)> {
        let mut request = ureq::get(format!("{}/v1/events?after=0", served.address))
            .header("authorization", format!("Bearer {}", served.key));
        if let Some(after) = after {
            request = request.header("last-event-id", after);
        }
        let mut response = request.call().unwrap();
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        let reader = BufReader::new(response.body_mut().as_reader());
        let (mut id, mut events) = (String::new(), Vec::new());
        for line in reader.lines() {
            let line = line.unwrap();
            if let Some(value) = line.strip_prefix("id:") {
                id = value.trim().to_owned();
            } else if let Some(data) = line.strip_prefix("data:") {
                events.push((id.clone(), serde_json::from_str(data).unwrap()));
            }
            if events.len() == count {
                break;
            }
        }
        events
    };
    let events = read(None, 3);
    let kinds: Vec<&str> = events
        .iter()
        .map(|(_, event)| event["type"].as_str().unwrap())
        .collect();
    assert_eq!(
        kinds,
        [
            "customer.created",
            "interaction.recorded",
            "interaction.recorded"
        ]
    );
    for (_, event) in &events {
        assert_eq!(event["specversion"], "1.0");
        assert_eq!(event["subject"], ada);
        assert!(
            event["id"].is_string() && event["source"].is_string() && event["time"].is_string()
        );
    }
    assert_eq!(events[1].1["data"]["interaction"]["id"], first);
    let rest = read(Some(&events[1].0), 1);
    assert_eq!(
        rest[0].1["data"]["interaction"]["id"], second,
        "it goes on after the last one seen"
    );
}

#[test]
fn answers_are_not_cached_and_not_sniffed() {
    let (served, ada) = gym();
    let answer = served.get(&format!("/v1/customers/{ada}"));
    assert_eq!(answer.headers["x-content-type-options"], "nosniff");
    assert_eq!(answer.headers["cache-control"], "no-store");
}

#[test]
fn health_is_ok_until_the_host_stops() {
    let (served, ada) = gym();
    let health = served
        .send("GET", "/healthz", None, &[("authorization", "")])
        .json();
    assert_eq!(health["status"], "ok", "{health}");
    served.world.host.stop();
    let late = served.post(
        &format!("/v1/customers/{ada}/interactions"),
        json!({ "kind": "visit" }),
    );
    refused(&late, 503, "stopping", None);
    assert!(late.headers.contains_key("retry-after"));
    assert_eq!(KINDS.len(), 12);
}

#[test]
fn invalid_plugin_id_is_refused_with_the_allowed_form() {
    let served = Served::new(World::new());
    let answer = served.get("/v1/plugins/Ask%20once");
    assert_eq!(answer.status, 400, "{}", answer.text);
    let detail = answer.json()["detail"].as_str().unwrap().to_owned();
    assert!(detail.contains("lower-case letters"), "{detail}");
    assert!(!detail.contains("UUID"), "{detail}");
}
