//! The host's metrics for Prometheus. Plugins are labels, customers never are.

use prometheus::core::Collector;
use prometheus::{
    Histogram, HistogramOpts, HistogramVec, IntCounterVec, IntGauge, IntGaugeVec, Opts, Registry,
    TextEncoder,
};

use crate::model::{FailureKind, InstallationId};
use crate::store::Stats;

/// Runs take microseconds, and at most a second.
const RUN_SECONDS: [f64; 9] = [
    0.000_02, 0.000_05, 0.000_1, 0.000_5, 0.001, 0.005, 0.025, 0.1, 1.0,
];
/// Up to the default budget of a run, and beyond.
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
                "Events in the store that are not handled: pending, deferred to be tried again, dead.",
            ),
            queue: gauges("regulars_queue", "Jobs in memory: queued, or in flight."),
            database_bytes: registered(
                &registry,
                IntGauge::new("regulars_database_bytes", "The size of the database."),
            ),
            registry,
        }
    }

    /// Counts a run.
    pub fn run_completed(
        &self,
        plugin: &InstallationId,
        failure: Option<FailureKind>,
        micros: u64,
        fuel: u64,
    ) {
        let plugin = plugin.as_str();
        let outcome = match failure {
            None => "completed".to_owned(),
            Some(kind) => match serde_json::to_value(kind) {
                Ok(serde_json::Value::String(word)) => word,
                _ => "failed".to_owned(),
            },
        };
        self.runs
            .with_label_values(&[plugin, outcome.as_str()])
            .inc();
        self.run_seconds
            .with_label_values(&[plugin])
            .observe(micros as f64 / 1e6);
        self.run_fuel
            .with_label_values(&[plugin])
            .observe(fuel as f64);
    }

    /// Counts a committed changeset, in a group of `group` that became durable together.
    pub fn committed(&self, seconds: f64, group: usize) {
        self.commit_seconds.observe(seconds);
        self.commit_group.observe(group as f64);
    }

    /// Returns all counts in the text format of Prometheus, with the store's and the dispatcher's current state.
    pub fn encode(&self, depths: &Stats, queued: usize, in_flight: usize) -> String {
        let set = |gauges: &IntGaugeVec, state: &str, value: u64| {
            let value = i64::try_from(value).unwrap_or(i64::MAX);
            gauges.with_label_values(&[state]).set(value);
        };
        set(&self.events, "pending", depths.pending);
        set(&self.events, "deferred", depths.deferred);
        set(&self.events, "dead", depths.dead);
        set(&self.queue, "queued", queued as u64);
        set(&self.queue, "in-flight", in_flight as u64);
        self.database_bytes
            .set(i64::try_from(depths.bytes).unwrap_or(i64::MAX));
        let text = TextEncoder::new().encode_to_string(&self.registry.gather());
        // Encoding cannot fail: `Metrics::new` made all metrics.
        text.unwrap_or_default()
    }
}

/// Registers a metric.
///
/// # Panics
/// Panics if two metrics have the same name, or a name is malformed. All names are constants.
pub fn registered<M: Collector + Clone + 'static>(
    registry: &Registry,
    metric: prometheus::Result<M>,
) -> M {
    let metric = metric.expect("the metric is well-formed");
    registry
        .register(Box::new(metric.clone()))
        .expect("the metric is registered once");
    metric
}
