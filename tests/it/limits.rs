//! Limits on requests and connections, and the answers beyond them.

use std::io::{BufRead, BufReader, Read};
use std::time::Duration;

use jiff::SignedDuration;
use regulars::host::NewKey;
use regulars::model::KeyScope;
use regulars_server::{Limits, Rate};
use serde_json::{Value, json};

use crate::served::{Answer, Served, until_closed};
use crate::world::{World, comes};

const SHORT: Duration = Duration::from_millis(150);

fn served(change: impl FnOnce(&mut Limits)) -> Served {
    with(World::new(), change)
}

fn with(world: World, change: impl FnOnce(&mut Limits)) -> Served {
    let mut limits = Limits::default();
    limits.rate = None;
    change(&mut limits);
    Served::with(world, limits)
}

/// Asserts a problem+json with this status and type, and gives when to try again.
fn refused(answer: &Answer, status: u16, kind: &str) -> Option<u64> {
    assert_eq!(answer.status, status, "{}", answer.text);
    assert_eq!(answer.content_type, "application/problem+json");
    assert_eq!(
        answer.json()["type"],
        format!("urn:regulars:problem:{kind}"),
        "{}",
        answer.text
    );
    let retry = answer.headers.get("retry-after")?;
    Some(retry.to_str().unwrap().parse().unwrap())
}

fn health(close: bool) -> String {
    let end = if close {
        "connection: close\r\n\r\n"
    } else {
        "\r\n"
    };
    format!("GET /healthz HTTP/1.1\r\nhost: x\r\n{end}")
}

#[test]
fn rate_limited_key_gets_retry_after() {
    let served = served(|limits| {
        limits.rate = Some(Rate {
            per_second: 1,
            burst: 5,
        })
    });
    let (_, other) = served
        .world
        .host
        .create_key(NewKey::admin("other"))
        .unwrap();
    for _ in 0..5 {
        assert_eq!(served.get("/v1/tasks").status, 200);
    }
    let answer = served.get("/v1/tasks");
    assert_eq!(refused(&answer, 429, "too-many-requests"), Some(1));
    assert!(answer.text.contains("--rate"), "{}", answer.text);
    let bearer = format!("Bearer {other}");
    let others = served.send("GET", "/v1/tasks", None, &[("authorization", &bearer)]);
    assert_eq!(others.status, 200, "one key’s haste is not another’s");
    served.world.clock.advance(SignedDuration::from_secs(1));
    assert_eq!(served.get("/v1/tasks").status, 200);
    assert_eq!(served.get("/v1/tasks").status, 429);
}

#[test]
fn failed_logins_are_slowed_without_a_lockout() {
    let served = served(|limits| {
        limits.failed_rate = Some(Rate {
            per_second: 1,
            burst: 3,
        })
    });
    let guess = || {
        served.send(
            "GET",
            "/v1/tasks",
            None,
            &[("authorization", "Bearer reg_guess")],
        )
    };
    for _ in 0..3 {
        assert_eq!(guess().status, 401);
    }
    assert_eq!(refused(&guess(), 429, "too-many-requests"), Some(1));
    // Behind one proxy everybody has the same address.
    assert_eq!(served.get("/v1/tasks").status, 200);
    served.world.clock.advance(SignedDuration::from_secs(1));
    assert_eq!(guess().status, 401);
}

#[test]
fn body_has_a_limit_and_a_bulk_only_for_each_line() {
    let served = served(|limits| limits.max_body = 1000);
    let ada = served.world.customer("Ada Lovelace").id;
    let long = json!({ "display_name": "a".repeat(2000) });
    assert_eq!(
        refused(&served.post("/v1/customers", long), 413, "too-large"),
        None
    );
    let line = json!({ "customer": ada, "kind": "visit" }).to_string();
    let huge = json!({ "customer": ada, "kind": "note", "body": "a".repeat(2000) }).to_string();
    let body = format!("{}{huge}\n", format!("{line}\n").repeat(50));
    let headers = [("content-type", "application/x-ndjson")];
    let summary = served
        .send("POST", "/v1/interactions", Some(&body), &headers)
        .json();
    assert_eq!(
        (&summary["recorded"], &summary["refused"]),
        (&json!(50), &json!(1)),
        "{summary}"
    );
}

#[test]
fn headers_have_a_limit() {
    let served = served(|_| {});
    let many: Vec<String> = (0..80).map(|index| format!("x-{index}")).collect();
    let headers: Vec<(&str, &str)> = many.iter().map(|name| (name.as_str(), "1")).collect();
    refused(
        &served.send("GET", "/healthz", None, &headers),
        431,
        "headers-too-large",
    );
    let long = "a".repeat(20_000);
    refused(
        &served.send("GET", "/healthz", None, &[("cookie", &long)]),
        431,
        "headers-too-large",
    );
}

#[test]
fn unparsable_request_gets_bare_status() {
    let served = served(|_| {});
    let long = "a".repeat(1_000_000);
    let fine = health(false);
    for (sent, status) in [
        ("HELO mail.example\r\n\r\n".to_owned(), 400),
        ("GET /healthz HTTP/1.1\r\nno colon\r\n\r\n".to_owned(), 400),
        ("GET /healthz HTTP/9.9\r\n\r\n".to_owned(), 400),
        (format!("GET /{long} HTTP/1.1\r\n\r\n"), 431),
        (format!("GET /{} HTTP/1.1\r\n\r\n", &long[..66_000]), 414),
        (
            format!("GET / HTTP/1.1\r\nhost: x\r\ncookie: {long}\r\n\r\n"),
            431,
        ),
        (
            format!("GET / HTTP/1.1\r\n{}\r\n", "x: 1\r\n".repeat(200)),
            431,
        ),
        // After one that was answered.
        (format!("{fine}\r\nwhat?\r\n\r\n"), 400),
    ] {
        let begin = sent.chars().take(40).collect::<String>();
        let said = until_closed(served.raw(&sent));
        let at = said
            .rfind("HTTP/1.1 ")
            .unwrap_or_else(|| panic!("{begin}: {said}"));
        let (head, body) = said[at..].split_once("\r\n\r\n").unwrap();
        assert!(
            head.starts_with(&format!("HTTP/1.1 {status} ")),
            "{begin}: {said}"
        );
        assert!(head.contains("content-length: 0"), "{begin}: {said}");
        assert_eq!(body, "", "{begin}");
    }
}

#[test]
fn slow_clients_are_dropped() {
    let served = served(|limits| {
        limits.header_timeout = SHORT;
        limits.idle_timeout = SHORT;
        limits.body_timeout = SHORT;
    });
    // One that never says anything, one that never ends its request's head.
    assert_eq!(until_closed(served.raw("")), "");
    assert_eq!(
        until_closed(served.raw("GET /healthz HTTP/1.1\r\nhost:")),
        ""
    );
    // One that rests after an answer.
    let rested = until_closed(served.raw(&health(false)));
    assert!(rested.starts_with("HTTP/1.1 200 "), "{rested}");
    // One that never ends its body.
    let head = |path: &str, kind: &str, length: usize| {
        format!(
            "POST {path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\ncontent-type: {kind}\r\ncontent-length: {length}\r\n\r\n",
            served.key
        )
    };
    let torn = until_closed(served.raw(&(head("/v1/customers", "application/json", 100) + "{")));
    assert!(
        torn.starts_with("HTTP/1.1 408 ") && torn.contains("too-slow"),
        "{torn}"
    );
    // One that never ends its line: those before it are recorded.
    let ada = served.world.customer("Ada Lovelace").id;
    let line = json!({ "customer": ada, "kind": "visit" });
    let bulk = head("/v1/interactions", "application/x-ndjson", 1000) + &format!("{line}\n{{");
    let torn = until_closed(served.raw(&bulk));
    assert!(
        torn.contains("\"recorded\":1") && torn.contains("too-slow"),
        "{torn}"
    );
    assert_eq!(served.world.host.counts().unwrap().interactions, 1);
}

#[test]
fn slow_requests_get_an_answer() {
    let served = served(|limits| limits.request_timeout = SHORT);
    let head = format!(
        "POST /v1/customers HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\nconnection: close\r\n\
         content-type: application/json\r\ncontent-length: 100\r\n\r\n",
        served.key
    );
    let answer = until_closed(served.raw(&head));
    assert!(
        answer.starts_with("HTTP/1.1 503 ") && answer.contains("timed-out"),
        "{answer}"
    );
    assert!(answer.contains("retry-after: 1"), "{answer}");
}

#[test]
fn clients_that_do_not_read_are_disconnected() {
    let served = served(|limits| limits.write_timeout = SHORT);
    let ada = served.world.customer("Ada Lovelace").id;
    let line = json!({ "customer": ada, "kind": "note", "body": "a".repeat(9000) }).to_string();
    let body = format!("{line}\n").repeat(1000);
    let headers = [("content-type", "application/x-ndjson")];
    served.send(
        "POST",
        "/v1/interactions?historical=true",
        Some(&body),
        &headers,
    );
    // Several megabytes, more than sockets hold, that nobody takes.
    let path = format!("/v1/customers/{ada}/timeline?limit=1000");
    let request = format!(
        "GET {path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\n\r\n",
        served.key
    );
    let socket = served.raw(&request);
    let dropped = || {
        let metrics = served.get("/metrics").text;
        metrics.contains("regulars_http_connections_dropped_total{reason=\"slow-reader\"} 1")
    };
    assert!(comes(dropped));
    let text = until_closed(socket);
    assert!(text.len() < 9_000_000, "it was given everything");
}

#[test]
fn connection_limit_is_answered() {
    one_too_many("raise `serve --max-connections`", |limits| {
        limits.max_connections = 2;
    });
}

#[test]
fn connection_limit_per_address_is_answered() {
    one_too_many("raise `serve --max-connections-per-address`", |limits| {
        limits.max_connections_per_address = 2;
    });
}

fn one_too_many(flag: &str, change: impl FnOnce(&mut Limits)) {
    let served = served(change);
    let mut open = Vec::new();
    for _ in 0..2 {
        let mut socket = served.raw(&health(false));
        let mut first = [0; 12];
        socket.read_exact(&mut first).unwrap();
        assert_eq!(&first, b"HTTP/1.1 200");
        open.push(socket);
    }
    let refused = {
        let socket = served.raw(&health(true));
        socket.shutdown(std::net::Shutdown::Write).unwrap();
        until_closed(socket)
    };
    assert!(refused.starts_with("HTTP/1.1 503 "), "{refused}");
    assert!(
        refused.contains("retry-after: 1") && refused.contains("problem+json"),
        "{refused}"
    );
    let problem: Value = serde_json::from_str(refused.split("\r\n\r\n").nth(1).unwrap()).unwrap();
    let detail = problem["detail"].as_str().unwrap();
    assert!(detail.contains(flag), "{problem}");
    // A place that is given back is free.
    drop(open);
    let let_in = || until_closed(served.raw(&health(true))).starts_with("HTTP/1.1 200 ");
    assert!(comes(let_in));
}

#[test]
fn beyond_the_limit_a_wait_is_answered_without_waiting() {
    // At rest nothing is ever processed: whoever waits waits for long.
    let served = with(World::without_workers(), |limits| limits.max_waits = 1);
    let ada = served.world.customer("Ada Lovelace").id;
    served.world.hostile("card", json!({ "mode": "ok" }));
    let body = json!({ "kind": "visit" }).to_string();
    let first = served.raw(&format!(
        "POST /v1/customers/{ada}/interactions?wait=30s HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        served.key,
        body.len()
    ));
    let recorded = || served.world.host.counts().unwrap().interactions;
    assert!(comes(|| recorded() > 0));
    let path = format!("/v1/customers/{ada}/interactions?wait=30s");
    let answer = served.post(&path, json!({ "kind": "purchase" }));
    assert_eq!(answer.status, 202, "{}", answer.text);
    let written = answer.json();
    assert!(
        written["notice"].as_str().unwrap().contains("--max-waits"),
        "{written}"
    );
    assert_eq!(
        (written["processed"].clone(), recorded()),
        (json!(false), 2)
    );
    drop(first);
}

#[test]
fn event_streams_are_limited_per_key() {
    let served = served(|limits| limits.max_streams = 1);
    served.world.customer("Ada Lovelace");
    let stream = |secret: &str| {
        let request = format!(
            "GET /v1/events?after=0 HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {secret}\r\n\r\n"
        );
        let mut reader = BufReader::new(served.raw(&request));
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        (line, reader)
    };
    let (first, open) = stream(&served.key);
    assert!(first.contains(" 200 "), "{first}");
    let (second, mut rest) = stream(&served.key);
    assert!(second.contains(" 429 "), "{second}");
    let mut headers = String::new();
    while !headers.ends_with("\r\n\r\n") {
        assert!(rest.read_line(&mut headers).unwrap() > 0, "{headers}");
    }
    assert!(headers.contains("retry-after"), "{headers}");
    let (_, other) = served
        .world
        .host
        .create_key(NewKey::new("desk", [KeyScope::Staff]))
        .unwrap();
    assert!(stream(&other).0.contains(" 200 "));
    drop(open);
    assert!(comes(|| {
        // The server hears of the end when it next sends.
        served.world.customer("Grace Hopper");
        stream(&served.key).0.contains(" 200 ")
    }));
}

#[test]
fn every_request_has_an_id_that_may_stand_anywhere() {
    let served = served(|_| {});
    let ask = |id: &str| served.send("GET", "/v1/customers/ada", None, &[("x-request-id", id)]);
    let answer = ask("till-7.42_a");
    assert_eq!(answer.headers["x-request-id"], "till-7.42_a");
    assert_eq!(
        answer.json()["instance"],
        "urn:regulars:request:till-7.42_a"
    );
    let long = "a".repeat(65);
    for unfit in ["a b", "<script>", "\"", long.as_str()] {
        let answer = ask(unfit);
        let id = answer.headers["x-request-id"].to_str().unwrap().to_owned();
        assert!(
            id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_hexdigit()),
            "{id}"
        );
        assert_eq!(
            answer.json()["instance"],
            format!("urn:regulars:request:{id}")
        );
    }
}

#[test]
fn concurrent_actions_are_limited_per_key() {
    let served = served(|limits| limits.max_actions = 1);
    let world = &served.world;
    world.hostile("ok", json!({ "mode": "ok" }));
    let path = "/v1/plugins/ok/actions/echo";
    let echo = || served.post(path, json!({ "input": { "text": "hello" } }));
    assert_eq!(echo().status, 200);
    // Nobody can write: who is let in stays until that is over.
    let db = rusqlite::Connection::open(world.dir.path().join("crm.db")).unwrap();
    db.execute_batch("BEGIN IMMEDIATE").unwrap();
    let (sender, answers) = std::sync::mpsc::channel();
    std::thread::scope(|scope| {
        for _ in 0..3 {
            let sender = sender.clone();
            scope.spawn(move || sender.send(echo()).unwrap());
        }
        for _ in 0..2 {
            let answer = answers.recv().unwrap();
            assert!(refused(&answer, 429, "too-many-requests").is_some());
            assert!(answer.text.contains("--max-actions"), "{}", answer.text);
        }
        db.execute_batch("ROLLBACK").unwrap();
        assert_eq!(answers.recv().unwrap().status, 200);
    });
    assert_eq!(echo().status, 200);
}
