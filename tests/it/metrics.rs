//! The metrics at `/metrics`.

use std::collections::BTreeSet;

use prometheus_parse::{Sample, Scrape, Value};
use regulars::host::NewKey;
use regulars::model::KeyScope;
use serde_json::json;

use crate::served::{Served, until_closed};
use crate::world::World;

fn scrape(served: &Served, secret: &str) -> (String, Scrape) {
    let bearer = format!("Bearer {secret}");
    let answer = served.send("GET", "/metrics", None, &[("authorization", &bearer)]);
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert!(
        answer.content_type.starts_with("text/plain; version=0.0.4"),
        "{}",
        answer.content_type
    );
    // The format allows braces in a label’s value, this parser does not.
    let lines = answer.text.lines();
    let lines = lines.map(|line| Ok(line.replace("{id}", ":id").replace("{action}", ":action")));
    let scrape = Scrape::parse(lines).unwrap();
    (answer.text, scrape)
}

/// The samples of a metric whose labels are these.
fn samples<'s>(scrape: &'s Scrape, metric: &str, labels: &[(&str, &str)]) -> Vec<&'s Sample> {
    let fits = |sample: &&Sample| {
        sample.metric == metric
            && labels
                .iter()
                .all(|(name, value)| sample.labels.get(name) == Some(value))
    };
    scrape.samples.iter().filter(fits).collect()
}

fn number(scrape: &Scrape, metric: &str, labels: &[(&str, &str)]) -> f64 {
    let found = samples(scrape, metric, labels);
    assert_eq!(found.len(), 1, "{metric} {labels:?}: {found:?}");
    match &found[0].value {
        Value::Counter(value) | Value::Gauge(value) | Value::Untyped(value) => *value,
        Value::Histogram(buckets) => buckets.last().unwrap().count,
        Value::Summary(_) => panic!("{metric} is a summary"),
    }
}

#[test]
fn metrics_count_events_and_name_no_customer() {
    let world = World::new();
    world.install("overheard");
    world.hostile("card", json!({ "mode": "ok" }));
    world.hostile("trap", json!({ "mode": "panic" }));
    let ada = world.customer("Ada Lovelace").id;
    let served = Served::new(world);
    let (_, secret) = served
        .world
        .host
        .create_key(NewKey::new("scraper", [KeyScope::Metrics]))
        .unwrap();
    for _ in 0..3 {
        let path = format!("/v1/customers/{ada}/interactions?wait=30s");
        assert!(served.post(&path, json!({ "kind": "visit" })).status < 300);
    }
    served.world.host.settle().unwrap();
    assert_eq!(served.get("/v1/customers/nobody").status, 400);
    assert_eq!(
        served
            .send(
                "GET",
                "/v1/tasks",
                None,
                &[("authorization", "Bearer reg_x")]
            )
            .status,
        401
    );
    let (text, scrape) = scrape(&served, &secret);

    let record = [
        ("method", "POST"),
        ("route", "/v1/customers/:id/interactions"),
    ];
    let answered: f64 = samples(&scrape, "regulars_http_requests_total", &record)
        .iter()
        .map(|sample| match sample.value {
            Value::Counter(value) => value,
            _ => panic!("{sample:?}"),
        })
        .sum();
    assert_eq!(answered, 3.0);
    assert_eq!(
        number(
            &scrape,
            "regulars_http_request_seconds",
            &[("route", record[1].1)]
        ),
        3.0
    );
    assert_eq!(
        number(
            &scrape,
            "regulars_http_problems_total",
            &[("type", "invalid-id")]
        ),
        1.0
    );
    assert_eq!(
        number(
            &scrape,
            "regulars_http_problems_total",
            &[("type", "unauthorized")]
        ),
        1.0
    );
    assert!(number(&scrape, "regulars_http_connections", &[]) >= 1.0);
    assert_eq!(number(&scrape, "regulars_http_event_streams", &[]), 0.0);

    assert_eq!(
        number(
            &scrape,
            "regulars_runs_total",
            &[("plugin", "card"), ("outcome", "completed")]
        ),
        3.0
    );
    assert_eq!(
        number(&scrape, "regulars_run_fuel", &[("plugin", "card")]),
        3.0
    );
    assert_eq!(
        number(&scrape, "regulars_run_seconds", &[("plugin", "card")]),
        3.0
    );
    // The first is tried again, the others wait behind it.
    assert_eq!(
        number(
            &scrape,
            "regulars_runs_total",
            &[("plugin", "trap"), ("outcome", "trap")]
        ),
        1.0
    );
    assert_eq!(
        number(&scrape, "regulars_events", &[("state", "deferred")]),
        3.0
    );
    assert_eq!(
        number(&scrape, "regulars_events", &[("state", "pending")]),
        0.0
    );
    assert_eq!(
        number(&scrape, "regulars_events", &[("state", "dead")]),
        0.0
    );
    assert_eq!(
        number(&scrape, "regulars_queue", &[("state", "in-flight")]),
        0.0
    );
    assert!(number(&scrape, "regulars_commit_seconds", &[]) >= 6.0);
    assert!(number(&scrape, "regulars_commit_group_size", &[]) >= 6.0);
    assert!(number(&scrape, "regulars_database_bytes", &[]) > 10_000.0);
    assert_eq!(
        number(
            &scrape,
            "regulars_build_info",
            &[("version", env!("CARGO_PKG_VERSION"))]
        ),
        1.0
    );

    for secret in ["Ada", &ada.to_string(), "visit", "scraper", &served.key] {
        assert!(!text.contains(secret), "the metrics say {secret}");
    }
    // Every metric is told apart and explained.
    let typed: Vec<&str> = text
        .lines()
        .filter_map(|line| line.strip_prefix("# TYPE "))
        .collect();
    let names: BTreeSet<&str> = typed
        .iter()
        .map(|line| line.split(' ').next().unwrap())
        .collect();
    assert_eq!(typed.len(), names.len(), "a metric comes twice");
    for name in names {
        assert!(
            text.contains(&format!("# HELP {name} ")),
            "{name} is not explained"
        );
    }
}

#[test]
fn client_input_is_never_a_label() {
    let served = Served::new(World::new());
    for index in 0..50 {
        served.get(&format!("/v1/nothing-{index}"));
        let odd =
            format!("METHOD{index} /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
        assert!(until_closed(served.raw(&odd)).starts_with("HTTP/1.1 405 "));
    }
    let (text, _) = scrape(&served, &served.key);
    assert!(
        !text.contains("nothing-") && !text.contains("METHOD"),
        "{text}"
    );
}
