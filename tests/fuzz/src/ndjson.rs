//! Bytes as a body of many interactions, sent to the router in pieces.

use std::cell::RefCell;

use axum::body::Body;
use axum::http::{Request, header};
use futures_util::stream;
use regulars::model::{InteractionId, Json, Timestamp};
use tower::ServiceExt;

use super::served::Served;
use super::shown::refusal;

const NDJSON: &str = "application/x-ndjson";

thread_local! {
    static SERVED: RefCell<Option<Served>> = const { RefCell::new(None) };
}

pub fn check(bytes: &[u8]) {
    let Some((size, body)) = bytes.split_first() else {
        return;
    };
    let served = SERVED.take().unwrap_or_else(Served::new);
    let host = &served.host;
    // The answer to each line first, then the summary of the same: where the pieces end changes nothing.
    let pieces = usize::from(*size) + 1;
    let lines = send(&served, body, pieces, Some(NDJSON));
    let summary = send(&served, body, body.len().max(1), None);

    let lines: Vec<Json> = lines
        .split(|byte| *byte == b'\n')
        .filter(|line| !line.is_empty())
        .map(|line| serde_json::from_slice(line).expect("a line of JSON"))
        .collect();
    let summary: Json = serde_json::from_slice(&summary).expect("a summary");
    let given = given(body);
    assert_eq!(summary["lines"], given.len());
    assert_eq!(lines.len(), given.len(), "one answer for each line");
    let count = |member: &str| summary[member].as_u64().expect("a number");
    assert_eq!(
        count("lines"),
        count("recorded") + count("repeated") + count("refused")
    );
    let mut refused = 0;
    for (answer, (number, line)) in lines.iter().zip(given) {
        assert_eq!(answer["line"], number, "in their order");
        if answer["problem"].is_null() {
            assert!([200, 201].contains(&answer["status"].as_u64().expect("a status")));
            recorded(host, answer, line);
        } else {
            refused += 1;
            problem(answer);
        }
    }
    assert_eq!(count("refused"), refused);
    for refusal in summary["refusals"].as_array().expect("a list") {
        problem(refusal);
    }
    SERVED.set(Some(served.renewed()));
}

/// The lines that have something on them, with their numbers.
fn given(body: &[u8]) -> Vec<(u64, &[u8])> {
    (1..)
        .zip(body.split(|byte| *byte == b'\n'))
        .filter(|(_, line)| !line.trim_ascii().is_empty())
        .collect()
}

fn problem(answer: &Json) {
    let problem = &answer["problem"];
    assert_eq!(problem["status"], answer["status"]);
    let status = answer["status"].as_u64().expect("a status");
    assert!((400..500).contains(&status), "{answer}");
    refusal(problem["detail"].as_str().expect("a detail"));
}

/// Asserts that a recorded interaction is that of its line.
fn recorded(host: &regulars::Host, answer: &Json, line: &[u8]) {
    let id = answer["id"].as_str().expect("an id");
    let id: InteractionId = id.parse().expect("an id");
    let interaction = host.interaction(id).expect("it is there");
    // Recorded by an earlier input, under an id of its own.
    if answer["status"] == 200 {
        return;
    }
    let said: Json = serde_json::from_slice(line).expect("it was JSON");
    let text = |member: &str| said[member].as_str();
    assert_eq!(Some(interaction.kind.as_str()), text("kind"));
    assert_eq!(interaction.channel.as_deref(), text("channel"));
    assert_eq!(interaction.subject.as_deref(), text("subject"));
    assert_eq!(interaction.body.as_deref(), text("body"));
    if let Some(at) = text("occurred_at") {
        let at: Timestamp = at.parse().expect("an instant");
        let at = at.as_millisecond();
        let kept = interaction.occurred_at.as_millisecond();
        assert!((at - kept).abs() <= 1, "{at} {kept}");
    }
    if said["data"].is_object() {
        assert_eq!(interaction.data, said["data"]);
    }
}

fn send(served: &Served, body: &[u8], piece: usize, accept: Option<&str>) -> Vec<u8> {
    let pieces: Vec<Result<Vec<u8>, std::io::Error>> =
        body.chunks(piece).map(|piece| Ok(piece.to_vec())).collect();
    let mut request = Request::post("/v1/interactions")
        .header(header::AUTHORIZATION, format!("Bearer {}", served.key))
        .header(header::CONTENT_TYPE, NDJSON);
    if let Some(accept) = accept {
        request = request.header(header::ACCEPT, accept);
    }
    let request = request.body(Body::from_stream(stream::iter(pieces)));
    let router = regulars_server::router(&served.host);
    runtime().block_on(async {
        let answer = router.oneshot(request.expect("a request")).await;
        let answer = answer.expect("the router never fails");
        assert_eq!(answer.status(), 200);
        let read = axum::body::to_bytes(answer.into_body(), usize::MAX).await;
        read.expect("an answer").to_vec()
    })
}

fn runtime() -> &'static tokio::runtime::Runtime {
    static RUNTIME: std::sync::OnceLock<tokio::runtime::Runtime> = std::sync::OnceLock::new();
    RUNTIME.get_or_init(|| {
        tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_time()
            .build()
            .expect("a runtime")
    })
}
