//! What the host counts, in the terms of Prometheus. Plugins are labels, customers never.

use prometheus::core::Collector;
use prometheus::{
    Histogram, HistogramOpts, HistogramVec, IntCounterVec, IntGauge, IntGaugeVec, Opts, Registry,
    TextEncoder,
};

use crate::dispatch::Ran;
use crate::error::Error;
use crate::host::Host;

/// A run takes microseconds, and a second at the most.
const RUN_SECONDS: [f64; 9] = [
    0.000_02, 0.000_05, 0.000_1, 0.000_5, 0.001, 0.005, 0.025, 0.1, 1.0,
];
/// Up to what a run is allowed by default, and beyond.
const FUEL: [f64; 7] = [1e4, 1e5, 1e6, 1e7, 5e7, 1e8, 1e9];
const COMMIT_SECONDS: [f64; 9] = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.5, 2.5];
const GROUP: [f64; 9] = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0];

pub(crate) struct Metrics {
    registry: Registry,
    runs: IntCounterVec,
    run_seconds: HistogramVec,
    run_fuel: HistogramVec,
    commit_seconds: Histogram,
    commit_group: Histogram,
    events: IntGaugeVec,
    queue: IntGaugeVec,
    database_bytes: IntGauge,
}

impl Metrics {
    pub fn new() -> Metrics {
        let registry = Registry::new();
        let by_plugin = |name: &str, help: &str, buckets: &[f64]| {
            let options = HistogramOpts::new(name, help).buckets(buckets.to_vec());
            registered(&registry, HistogramVec::new(options, &["plugin"]))
        };
        let histogram = |name: &str, help: &str, buckets: &[f64]| {
            let options = HistogramOpts::new(name, help).buckets(buckets.to_vec());
            registered(&registry, Histogram::with_opts(options))
        };
        let gauges = |name: &str, help: &str| {
            registered(
                &registry,
                IntGaugeVec::new(Opts::new(name, help), &["state"]),
            )
        };
        let runs = Opts::new(
            "regulars_runs_total",
            "Calls of plugins, by plugin and what came of them.",
        );
        let build = Opts::new("regulars_build_info", "Which program this is.")
            .const_label("version", env!("CARGO_PKG_VERSION"));
        registered(&registry, IntGauge::with_opts(build)).set(1);
        Metrics {
            runs: registered(&registry, IntCounterVec::new(runs, &["plugin", "outcome"])),
            run_seconds: by_plugin("regulars_run_seconds", "What calls took.", &RUN_SECONDS),
            run_fuel: by_plugin("regulars_run_fuel", "The fuel that calls used.", &FUEL),
            commit_seconds: histogram(
                "regulars_commit_seconds",
                "From handing a changeset to the store until it is durable.",
                &COMMIT_SECONDS,
            ),
            commit_group: histogram(
                "regulars_commit_group_size",
                "For each changeset, how many were made durable together with it, itself included.",
                &GROUP,
            ),
            events: gauges(
                "regulars_events",
                "Events in the store that are not handled: pending, parked to be tried again, dead.",
            ),
            queue: gauges("regulars_queue", "Jobs in memory: queued, or in flight."),
            database_bytes: registered(
                &registry,
                IntGauge::new("regulars_database_bytes", "The size of the database."),
            ),
            registry,
        }
    }

    /// A call was made, and looked at.
    pub fn ran(&self, ran: &Ran) {
        let plugin = ran.active.installation.id.as_str();
        let outcome = match &ran.failure {
            None => "completed".to_owned(),
            Some((kind, _)) => match serde_json::to_value(kind) {
                Ok(serde_json::Value::String(word)) => word,
                _ => "failed".to_owned(),
            },
        };
        self.runs
            .with_label_values(&[plugin, outcome.as_str()])
            .inc();
        self.run_seconds
            .with_label_values(&[plugin])
            .observe(ran.micros as f64 / 1e6);
        self.run_fuel
            .with_label_values(&[plugin])
            .observe(ran.fuel as f64);
    }

    /// A changeset was made durable, with so many in its group.
    pub fn committed(&self, seconds: f64, group: usize) {
        self.commit_seconds.observe(seconds);
        self.commit_group.observe(group as f64);
    }
}

impl Host {
    /// What the host counted since it started, and how it is now, in the text format of Prometheus.
    /// Served over HTTP, `/metrics` has the requests too.
    ///
    /// # Errors
    /// [`Error::Store`] where the storage cannot be looked at.
    pub fn metrics(&self) -> Result<String, Error> {
        let metrics = &self.core.metrics;
        let depths = self.core.store.depths()?;
        let set = |gauges: &IntGaugeVec, state: &str, value: u64| {
            let value = i64::try_from(value).unwrap_or(i64::MAX);
            gauges.with_label_values(&[state]).set(value);
        };
        set(&metrics.events, "pending", depths.pending);
        set(&metrics.events, "parked", depths.parked);
        set(&metrics.events, "dead", depths.dead);
        let (queued, in_flight) = self.core.dispatcher.depth();
        set(&metrics.queue, "queued", queued as u64);
        set(&metrics.queue, "in-flight", in_flight as u64);
        metrics
            .database_bytes
            .set(i64::try_from(depths.bytes).unwrap_or(i64::MAX));
        let text = TextEncoder::new().encode_to_string(&metrics.registry.gather());
        // What it writes it was given by `Metrics::new`.
        Ok(text.unwrap_or_default())
    }
}

/// A metric in a registry.
///
/// # Panics
/// Where two have the same name, or one has a name that is none: they are all constants.
pub(crate) fn registered<M: Collector + Clone + 'static>(
    registry: &Registry,
    metric: prometheus::Result<M>,
) -> M {
    let metric = metric.expect("the metric is well-formed");
    registry
        .register(Box::new(metric.clone()))
        .expect("the metric is registered once");
    metric
}
