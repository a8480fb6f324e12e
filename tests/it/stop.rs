//! Graceful stop: open requests finish, and no acknowledged event is lost.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Read};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use regulars::store::PageRequest;
use regulars_server::Limits;
use serde_json::{Value, json};

use crate::program::{Program, Serving, wasm};
use crate::served::{Served, until_closed};
use crate::world::{World, comes};

#[test]
fn sigterm_under_load_loses_no_acknowledged_event() {
    let program = Program::new();
    program
        .run(&["plugin", "install", &wasm("overheard"), "--yes"])
        .ok();
    let serving = Serving::start(&program, &["--rate", "off"]);
    let bearer = format!("Bearer {}", serving.key);
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .http_status_as_error(false)
        .build()
        .into();
    let post = |path: &str, body: &Value| {
        agent
            .post(format!("{}{path}", serving.address))
            .header("authorization", &bearer)
            .header("content-type", "application/json")
            .send(body.to_string())
    };
    let made = post("/v1/customers", &json!({}))
        .unwrap()
        .body_mut()
        .read_to_string()
        .unwrap();
    let ada = serde_json::from_str::<Value>(&made).unwrap()["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let acknowledged: Mutex<BTreeSet<String>> = Mutex::default();
    let (answered, refused) = (AtomicUsize::new(0), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        for worker in 0..4 {
            let (post, ada, acknowledged, answered, refused) =
                (&post, &ada, &acknowledged, &answered, &refused);
            scope.spawn(move || {
                let wait = if worker % 2 == 0 { "?wait=30s" } else { "" };
                let path = format!("/v1/customers/{ada}/interactions{wait}");
                // Until the server is gone.
                while let Ok(mut response) =
                    post(&path, &json!({ "kind": "feedback", "body": "Too loud." }))
                {
                    let Ok(text) = response.body_mut().read_to_string() else {
                        break;
                    };
                    let json: Value = serde_json::from_str(&text).unwrap();
                    match response.status().as_u16() {
                        200..=202 => {
                            let id = json["interaction"]["id"].as_str().unwrap().to_owned();
                            acknowledged.lock().unwrap().insert(id);
                            answered.fetch_add(1, Ordering::Relaxed);
                        }
                        503 => {
                            assert_eq!(json["type"], "urn:regulars:problem:stopping", "{text}");
                            assert!(response.headers().contains_key("retry-after"));
                            refused.fetch_add(1, Ordering::Relaxed);
                        }
                        other => panic!("{other}: {text}"),
                    }
                }
            });
        }
        let loaded = comes(|| answered.load(Ordering::Relaxed) >= 50);
        serving.signal(if loaded { "-TERM" } else { "-KILL" });
    });
    let (code, said) = serving.ended();
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("Stopped."), "{said}");

    let acknowledged = acknowledged.into_inner().unwrap();
    let host = regulars::Host::builder()
        .sqlite(program.dir.path().join("crm.db"))
        .build()
        .unwrap();
    host.settle().unwrap();
    let mut page = PageRequest::first(1000);
    let mut stored = BTreeSet::new();
    loop {
        let found = host
            .timeline(ada.parse().unwrap(), &Default::default(), page)
            .unwrap();
        stored.extend(
            found
                .items
                .iter()
                .map(|interaction| interaction.id.to_string()),
        );
        match found.next {
            Some(next) => page.after = Some(next),
            None => break,
        }
    }
    assert!(
        acknowledged.is_subset(&stored),
        "some of what was acknowledged is lost"
    );
    // Each was handled once, before the stop or after it.
    let mut runs = 0;
    let mut page = PageRequest::first(1000);
    loop {
        let found = host.runs(&Default::default(), page).unwrap();
        runs += found.items.len();
        match found.next {
            Some(next) => page.after = Some(next),
            None => break,
        }
    }
    assert_eq!(runs, stored.len());
}

#[test]
fn second_signal_ends_at_once() {
    let program = Program::new();
    let serving = Serving::start(&program, &["--grace", "10m"]);
    let address = serving.address.trim_start_matches("http://").to_owned();
    // A request that never comes whole keeps it from ending.
    let head = format!(
        "POST /v1/customers HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\n\
         content-type: application/json\r\ncontent-length: 100\r\nexpect: 100-continue\r\n\r\n",
        serving.key
    );
    let mut socket = std::net::TcpStream::connect(address).unwrap();
    std::io::Write::write_all(&mut socket, head.as_bytes()).unwrap();
    // It is being handled once it asks for the body.
    let mut asked = [0; 12];
    socket.read_exact(&mut asked).unwrap();
    assert_eq!(&asked, b"HTTP/1.1 100");
    serving.signal("-TERM");
    let health = || {
        let agent: ureq::Agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .build()
            .into();
        let answer = agent.get(format!("{}/healthz", serving.address)).call();
        answer.unwrap().status().as_u16()
    };
    assert!(comes(|| health() == 503));
    serving.signal("-TERM");
    assert_eq!(serving.ended().0, Some(143));
}

fn stopping(world: World, grace: Duration) -> Served {
    let mut limits = Limits::default();
    limits.grace = grace;
    Served::with(world, limits)
}

#[test]
fn stopping_refuses_new_requests_and_answers_open_ones() {
    let mut served = stopping(World::without_workers(), Duration::from_secs(2));
    served.world.hostile("card", json!({ "mode": "ok" }));
    let ada = served.world.customer("Ada Lovelace").id;
    let auth = format!("host: x\r\nauthorization: Bearer {}\r\n", served.key);
    // A stream, a wait that nothing ends, and a request whose body is still to come.
    let stream = served.raw(&format!("GET /v1/events?after=0 HTTP/1.1\r\n{auth}\r\n"));
    let mut stream = BufReader::new(stream);
    let mut seen = String::new();
    while !seen.contains("customer.created") {
        assert!(stream.read_line(&mut seen).unwrap() > 0, "{seen}");
    }
    let post = |path: &str, body: &str, sent: usize| {
        served.raw(&format!(
            "POST {path} HTTP/1.1\r\n{auth}content-type: application/json\r\ncontent-length: {}\r\n\r\n{}",
            body.len(),
            &body[..sent]
        ))
    };
    let visit = json!({ "kind": "visit" }).to_string();
    let waiting = post(
        &format!("/v1/customers/{ada}/interactions?wait=30s"),
        &visit,
        visit.len(),
    );
    let grace = json!({ "given_name": "Grace" }).to_string();
    let mut torn = served.raw(&format!(
        "POST /v1/customers HTTP/1.1\r\n{auth}content-type: application/json\r\n\
         expect: 100-continue\r\ncontent-length: {}\r\n\r\n",
        grace.len()
    ));
    let mut asked = [0; 25];
    torn.read_exact(&mut asked).unwrap();
    assert!(comes(
        || served.world.host.counts().unwrap().interactions > 0
    ));
    served.tell_to_stop();

    // It ends as a chunked body does that is whole.
    let mut rest = String::new();
    while !rest.ends_with("\r\n0\r\n\r\n") {
        assert!(stream.read_line(&mut rest).unwrap() > 0, "{rest}");
    }
    let refused = until_closed(served.raw(&format!("GET /v1/tasks HTTP/1.1\r\n{auth}\r\n")));
    assert!(
        refused.starts_with("HTTP/1.1 503 ") && refused.contains("problem:stopping"),
        "{refused}"
    );
    assert!(
        refused.contains("retry-after: 5") && refused.contains("connection: close"),
        "{refused}"
    );
    let health = until_closed(served.raw("GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n"));
    assert!(health.starts_with("HTTP/1.1 503 "), "{health}");
    std::io::Write::write_all(&mut torn, grace.as_bytes()).unwrap();
    let created = until_closed(torn);
    assert!(created.starts_with("HTTP/1.1 201 "), "{created}");
    let waited = until_closed(waiting);
    assert!(
        waited.starts_with("HTTP/1.1 202 ") && waited.contains("\"processed\":false"),
        "{waited}"
    );
}

#[test]
fn requests_beyond_the_stop_timeout_are_cut() {
    let mut served = stopping(World::new(), Duration::from_millis(100));
    let never = served.raw(&format!(
        "POST /v1/customers HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\n\
         content-type: application/json\r\ncontent-length: 100\r\n\r\n{{",
        served.key
    ));
    served.tell_to_stop();
    let answer = until_closed(never);
    assert!(!answer.contains(" 201 "), "{answer}");
}
