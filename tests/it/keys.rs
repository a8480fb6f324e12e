//! API keys: scopes, expiry, and the end of their streams.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};

use jiff::SignedDuration;
use regulars::host::NewKey;
use regulars::model::KeyScope;
use serde_json::{Value, json};

use crate::program::Program;
use crate::served::{Answer, Served, until_closed};
use crate::world::{Moves, World, comes};

/// The operations that each scope opens; `admin` opens these and all others.
const STAFF: &[&str] = &[
    "listCustomers",
    "createCustomer",
    "getCustomer",
    "updateCustomer",
    "listContactPoints",
    "addContactPoint",
    "removeContactPoint",
    "listInteractions",
    "recordInteraction",
    "recordInteractions",
    "getTimeline",
    "explainCustomer",
    "getDesk",
    "closeCard",
    "getQuestion",
    "answerQuestion",
    "dismissQuestion",
    "listTasks",
    "getTask",
    "closeTask",
    "listMessages",
    "getPageLink",
    "getMessage",
    "cancelMessage",
    "getPreferences",
    "putPreferences",
    "listConsents",
    "recordConsent",
    "listComplaints",
    "closeComplaint",
    "getSuppression",
    "suppress",
    "unsuppress",
    "exportCustomer",
    "followEvents",
    "callAction",
];
const APP: &[&str] = &[
    "listCustomers",
    "createCustomer",
    "getCustomer",
    "updateCustomer",
    "listContactPoints",
    "addContactPoint",
    "removeContactPoint",
    "recordInteraction",
    "recordInteractions",
    "getPreferences",
    "putPreferences",
    "listConsents",
    "recordConsent",
    "callAction",
];
/// With `nobody` in the path, which is the installation of the key below.
const PLUGIN: &[&str] = &["callAction"];
const METRICS: &[&str] = &["getMetrics"];
/// Operations that need no key.
const OPEN: &[&str] = &["getHealth", "getOpenApi"];

fn with(served: &Served, secret: &str, method: &str, path: &str, body: Option<&str>) -> Answer {
    let bearer = format!("Bearer {secret}");
    served.send(method, path, body, &[("authorization", &bearer)])
}

fn key(served: &Served, scope: &str) -> String {
    let new = NewKey::new(scope, [scope.parse().unwrap()]);
    served.world.host.create_key(new).unwrap().1
}

fn gym() -> Served {
    let world = World::new();
    world.install("overheard");
    world.hostile("nobody", json!({ "mode": "ok" }));
    Served::new(world)
}

#[test]
fn only_staff_and_the_customer_raise_a_level() {
    let served = gym();
    let (app, staff) = (key(&served, "app"), key(&served, "staff"));
    let json = |secret: &str, method: &str, path: &str, body: Value| {
        let bearer = format!("Bearer {secret}");
        let headers = [
            ("authorization", &*bearer),
            ("content-type", "application/json"),
        ];
        served.send(method, path, Some(&body.to_string()), &headers)
    };
    let refused = json(&app, "POST", "/v1/customers", json!({ "level": "medium" }));
    assert_eq!(refused.status, 403, "{}", refused.text);
    let made = json(
        &app,
        "POST",
        "/v1/customers",
        json!({ "given_name": "Ada" }),
    )
    .json();
    let path = format!("/v1/customers/{}", made["id"].as_str().unwrap());
    let refused = json(&app, "PATCH", &path, json!({ "level": "high" }));
    assert_eq!(refused.status, 403);
    assert_eq!(refused.json()["allowed"], json!(["staff", "admin"]));
    assert!(
        refused
            .text
            .contains("cannot raise the level: only staff and the customer, in the portal, can"),
        "{}",
        refused.text
    );
    assert_eq!(
        json(&staff, "PATCH", &path, json!({ "level": "high" })).status,
        200
    );
    let raised = served.get("/v1/audit").json();
    let raised = raised["items"].as_array().unwrap().iter();
    let raised: Vec<_> = raised.filter(|it| it["act"] == "level-raised").collect();
    assert_eq!(raised.len(), 1);
    assert_eq!(raised[0]["actor"]["name"], "staff");
    assert_eq!(
        json(
            &app,
            "PATCH",
            &path,
            json!({ "level": "high", "language": "de" })
        )
        .status,
        200
    );
    assert_eq!(
        json(&app, "PATCH", &path, json!({ "level": "low" })).status,
        200
    );
}

#[test]
fn operations_are_open_to_their_scopes_alone() {
    let served = gym();
    let document = served
        .send("GET", "/openapi.json", None, &[("authorization", "")])
        .text;
    assert!(
        !document.contains("overheard/actions"),
        "strangers see what is installed"
    );
    let document: Value =
        serde_json::from_str(&served.send("GET", "/openapi.json", None, &[]).text).unwrap();
    let scopes: BTreeMap<&str, &[&str]> = [
        ("staff", STAFF),
        ("app", APP),
        ("plugin:nobody", PLUGIN),
        ("plugin:overheard", &[]),
        ("metrics", METRICS),
    ]
    .into();
    let keys: BTreeMap<&str, String> = scopes
        .keys()
        .map(|scope| (*scope, key(&served, scope)))
        .collect();
    let mut walked = 0;
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let id = operation["operationId"].as_str().unwrap();
            if OPEN.contains(&id) || id.starts_with("act.") {
                continue;
            }
            walked += 1;
            let mut url = path
                .replace("/plugins/{id}", "/plugins/nobody")
                .replace("{id}", "01970000-0000-7000-8000-00000000dead")
                .replace("{action}", "nothing");
            if id == "listCustomers" {
                url += "?external=4711";
            }
            let named: Vec<&str> = operation["security"]
                .as_array()
                .unwrap()
                .iter()
                .map(|one| one["key"][0].as_str().unwrap())
                .collect();
            assert!(named.contains(&"admin"), "{id}: {named:?}");
            let description = operation["description"].as_str().unwrap();
            assert!(
                description.contains(&format!("Scope: {}.", named.join(", "))),
                "{id}: {description}"
            );
            for (scope, opens) in &scopes {
                let expected = opens.contains(&id);
                let general = scope.split(':').next().unwrap();
                let documented = named.iter().any(|name| name.starts_with(general));
                assert_eq!(
                    documented,
                    expected || (general == "plugin" && id == "callAction"),
                    "{id} names {named:?}, not {scope}"
                );
                if id == "followEvents" && expected {
                    continue;
                }
                let body = (method != "get").then_some("{}");
                let answer = with(&served, &keys[scope], &method.to_uppercase(), &url, body);
                if expected {
                    assert!(
                        ![401, 403].contains(&answer.status),
                        "{scope} {id}: {}",
                        answer.text
                    );
                } else {
                    assert_eq!(
                        answer.status, 403,
                        "{scope} {method} {url}: {}",
                        answer.text
                    );
                    let problem = answer.json();
                    assert_eq!(problem["type"], "urn:regulars:problem:forbidden");
                    let allowed = problem["allowed"].as_array().unwrap();
                    assert!(allowed.contains(&json!("admin")), "{problem}");
                    for name in &named {
                        assert!(
                            allowed.contains(&json!(name)),
                            "{problem} does not name {name}"
                        );
                    }
                }
            }
            if id != "followEvents" {
                let body = (method != "get").then_some("{}");
                let answer = with(&served, &served.key, &method.to_uppercase(), &url, body);
                assert!(
                    ![401, 403].contains(&answer.status),
                    "admin {id}: {}",
                    answer.text
                );
            }
        }
    }
    assert!(walked > 30, "the document lost its operations");
}

#[test]
fn refusals_do_not_reveal_whether_a_customer_exists() {
    let served = gym();
    let ada = served.world.customer("Ada Lovelace").id;
    let app = key(&served, "app");
    let nobody = "01970000-0000-7000-8000-00000000dead";
    let desk = |id: &str| {
        let answer = with(
            &served,
            &app,
            "GET",
            &format!("/v1/customers/{id}/desk"),
            None,
        );
        let mut problem = answer.json();
        problem["instance"].take();
        (answer.status, problem)
    };
    assert_eq!(desk(&ada.to_string()), desk(nobody));
    assert_eq!(desk(nobody).0, 403);

    // Nor does a key for apps list everybody, or see the desk by waiting.
    let all = with(&served, &app, "GET", "/v1/customers", None);
    assert_eq!(all.status, 403, "{}", all.text);
    let path = format!("/v1/customers/{ada}/interactions?wait=10s");
    let body = json!({ "kind": "visit" }).to_string();
    let written = with(&served, &app, "POST", &path, Some(&body)).json();
    assert_eq!(written["processed"], true, "{written}");
    assert!(written.get("desk").is_none(), "{written}");
}

#[test]
fn actions_are_called_with_the_keys_caller() {
    let served = gym();
    let ada = served.world.customer("Ada Lovelace").id;
    let input = json!({ "remark": "The music is too loud.", "heard_by": "Anna" });
    let body = json!({ "customer": ada, "input": input }).to_string();
    // Overheard is for staff alone.
    let path = "/v1/plugins/overheard/actions/record";
    assert_eq!(
        with(&served, &key(&served, "staff"), "POST", path, Some(&body)).status,
        200
    );
    for scope in ["app", "plugin:overheard"] {
        let refused = with(&served, &key(&served, scope), "POST", path, Some(&body));
        assert_eq!(refused.status, 403, "{scope}: {}", refused.text);
        assert_eq!(refused.json()["allowed"], json!(["staff", "admin"]));
    }
}

#[test]
fn expired_key_is_refused() {
    let served = gym();
    let now = regulars::clock::Clock::now(&served.world.clock);
    let mut new = NewKey::new("till", [KeyScope::App]);
    new.expires_at = Some(now);
    assert!(
        served.world.host.create_key(new.clone()).is_err(),
        "it is over already"
    );
    new.expires_at = Some(served.world.clock.now_plus_hours(1));
    let (_, secret) = served.world.host.create_key(new).unwrap();
    let status = || with(&served, &secret, "GET", "/v1/customers?external=1", None).status;
    assert_eq!(status(), 200);
    served.world.clock.advance(SignedDuration::from_mins(59));
    assert_eq!(status(), 200);
    served.world.clock.advance(SignedDuration::from_mins(1));
    assert_eq!(status(), 401);
}

#[test]
fn last_use_is_stored_once_a_minute() {
    let served = gym();
    let (key, secret) = served
        .world
        .host
        .create_key(NewKey::new("till", [KeyScope::App]))
        .unwrap();
    let used = || {
        // Behind whatever was queued before.
        served.world.customer("Ada");
        let keys = served.world.host.keys().unwrap();
        keys.into_iter()
            .find(|one| one.id == key.id)
            .unwrap()
            .last_used_at
    };
    assert_eq!(used(), None);
    let call = || {
        assert_eq!(
            with(&served, &secret, "GET", "/v1/customers?external=1", None).status,
            200
        )
    };
    call();
    let first = used().expect("the use was not stored");
    served.world.clock.advance(SignedDuration::from_secs(30));
    call();
    assert_eq!(used(), Some(first));
    served.world.clock.advance(SignedDuration::from_secs(30));
    call();
    assert_eq!(used(), Some(first + SignedDuration::from_secs(60)));
}

#[test]
fn keys_are_made_listed_and_revoked_over_http() {
    let served = gym();
    let made = served.post(
        "/v1/keys",
        json!({ "name": "till-2", "scopes": ["app", "plugin:overheard"] }),
    );
    assert_eq!(made.status, 201, "{}", made.text);
    let made = made.json();
    let (id, secret) = (
        made["id"].as_str().unwrap(),
        made["secret"].as_str().unwrap(),
    );
    let list = served.get("/v1/keys");
    assert!(
        !list.text.contains(secret) && !list.text.contains("hash"),
        "{}",
        list.text
    );
    let items = list.json()["items"].as_array().unwrap().clone();
    let listed = items.iter().find(|key| key["id"] == id).unwrap();
    assert_eq!(listed["scopes"], json!(["app", "plugin:overheard"]));
    for (body, field) in [
        (json!({ "name": "x", "scopes": [] }), "/scopes"),
        (json!({ "name": "x", "scopes": ["root"] }), "/scopes/0"),
        (
            json!({ "name": "x", "scopes": ["plugin:nothing"] }),
            "/scopes",
        ),
        (json!({ "name": " ", "scopes": ["app"] }), "/name"),
        (
            json!({ "name": "x", "scopes": ["app"], "expires_at": "2020-01-01T00:00:00Z" }),
            "/expires_at",
        ),
    ] {
        let refused = served.post("/v1/keys", body);
        assert_eq!(refused.status, 422, "{}", refused.text);
        assert_eq!(refused.json()["field"], field, "{}", refused.text);
    }
    let path = format!("/v1/keys/{id}");
    assert_eq!(served.send("DELETE", &path, None, &[]).status, 204);
    assert_eq!(served.send("DELETE", &path, None, &[]).status, 404);
    assert_eq!(
        with(&served, secret, "GET", "/v1/customers?external=1", None).status,
        401
    );
}

/// Follows the events with a key until the stream ends, in a thread of its own; gives when it began.
fn follow(served: &Served, secret: &str) -> std::thread::JoinHandle<usize> {
    let mut response = ureq::get(format!("{}/v1/events?after=0", served.address))
        .header("authorization", format!("Bearer {secret}"))
        .call()
        .unwrap();
    std::thread::spawn(move || {
        BufReader::new(response.body_mut().as_reader())
            .lines()
            .map_while(Result::ok)
            .count()
    })
}

#[test]
fn streams_end_with_their_key() {
    let served = gym();
    let program = Program::new();
    served.world.customer("Ada Lovelace");
    let staff = |name: &str| {
        served
            .world
            .host
            .create_key(NewKey::new(name, [KeyScope::Staff]))
            .unwrap()
    };
    let (here, first) = staff("here");
    let (there, second) = staff("there");
    let streams = [follow(&served, &first), follow(&served, &second)];
    served.world.host.revoke_key(here.id).unwrap();
    // By another process, on the same file.
    let db = served.world.dir.path().join("crm.db").display().to_string();
    program
        .run(&["--db", &db, "key", "revoke", &there.id.to_string()])
        .ok();
    for stream in streams {
        assert!(
            stream.join().unwrap() > 0,
            "it said nothing before it ended"
        );
    }
}

#[test]
fn wait_ends_with_its_key() {
    // At rest nothing is ever processed: whoever waits waits for long.
    let served = Served::new(World::without_workers());
    let ada = served.world.customer("Ada Lovelace").id;
    served.world.hostile("card", json!({ "mode": "ok" }));
    let (key, secret) = served
        .world
        .host
        .create_key(NewKey::new("till", [KeyScope::App]))
        .unwrap();
    let body = json!({ "kind": "visit" }).to_string();
    let waiting = served.raw(&format!(
        "POST /v1/customers/{ada}/interactions?wait=30s HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\
         authorization: Bearer {secret}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    ));
    assert!(comes(
        || served.world.host.counts().unwrap().interactions > 0
    ));
    served.world.host.revoke_key(key.id).unwrap();
    let answer = until_closed(waiting);
    assert!(
        answer.starts_with("HTTP/1.1 202 ") && answer.contains("\"processed\":false"),
        "{answer}"
    );
}
