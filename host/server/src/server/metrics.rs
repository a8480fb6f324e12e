//! The metrics of the server. Labels are routes, plugins and closed sets of words, never
//! anything that a client chooses.

use std::time::Duration;

use axum::http::{Method, StatusCode};
use prometheus::{
    HistogramOpts, HistogramVec, IntCounterVec, IntGauge, Opts, Registry, TextEncoder,
};

use crate::extract::problem::ProblemKind;

/// Histogram buckets in seconds, from memory reads to disk waits.
const SECONDS: [f64; 10] = [
    0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.5, 2.5, 10.0,
];

/// Metrics of the HTTP server.
pub(crate) struct Metrics {
    registry: Registry,
    requests: IntCounterVec,
    seconds: HistogramVec,
    problems: IntCounterVec,
    dropped: IntCounterVec,
    pub connections: IntGauge,
    pub streams: IntGauge,
}

impl Metrics {
    pub fn new() -> Metrics {
        let registry = Registry::new();
        let counters = |name: &str, help: &str, labels: &[&str]| {
            let counters = IntCounterVec::new(Opts::new(name, help), labels);
            regulars::metrics::registered(&registry, counters)
        };
        let gauge = |name: &str, help: &str| {
            regulars::metrics::registered(&registry, IntGauge::new(name, help))
        };
        let seconds = HistogramOpts::new(
            "regulars_http_request_seconds",
            "Seconds until the response started, by route.",
        );
        let seconds = HistogramVec::new(seconds.buckets(SECONDS.to_vec()), &["route"]);
        Metrics {
            requests: counters(
                "regulars_http_requests_total",
                "Requests with a response, by method, route and status.",
                &["method", "route", "status"],
            ),
            seconds: regulars::metrics::registered(&registry, seconds),
            problems: counters(
                "regulars_http_problems_total",
                "Requests rejected, by problem type.",
                &["type"],
            ),
            dropped: counters(
                "regulars_http_connections_dropped_total",
                "Connections rejected or closed because the client was too slow, by reason.",
                &["reason"],
            ),
            connections: gauge("regulars_http_connections", "Open connections."),
            streams: gauge("regulars_http_event_streams", "Open event streams."),
            registry,
        }
    }

    pub fn answered(&self, method: &Method, route: &str, status: StatusCode, took: Duration) {
        // A client may send any word as a method.
        let method = match method.as_str() {
            method @ ("GET" | "POST" | "PUT" | "PATCH" | "DELETE" | "HEAD" | "OPTIONS") => method,
            _ => "other",
        };
        let labels = [method, route, status.as_str()];
        self.requests.with_label_values(&labels).inc();
        self.seconds
            .with_label_values(&[route])
            .observe(took.as_secs_f64());
    }

    pub fn refused(&self, kind: ProblemKind) {
        self.problems.with_label_values(&[kind.slug()]).inc();
    }

    pub fn dropped(&self, reason: &str) {
        self.dropped.with_label_values(&[reason]).inc();
    }

    /// Returns all of them in the text format of Prometheus.
    pub fn encode(&self) -> prometheus::Result<String> {
        TextEncoder::new().encode_to_string(&self.registry.gather())
    }
}
