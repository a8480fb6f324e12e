//! A host on a simulated clock, in a directory of its own.

use std::path::{Path, PathBuf};

use regulars::Host;
use regulars::clock::ManualClock;
use regulars::config::Config;
use regulars::host::{HostBuilder, InstallRequest, NewCustomer, NewInteraction, Recorded};
use regulars::model::*;
use regulars::runtime::RuntimeConfig;
use regulars::store::{PageRequest, RetryEntry, RetryQuery, RunQuery, TaskQuery};
use serde_json::json;

/// A component that `cargo xtask plugins --guests` built.
pub fn component(name: &str) -> Vec<u8> {
    let target = target_dir();
    for folder in ["plugins", "guests"] {
        let path = target.join(folder).join(format!("{name}.wasm"));
        if let Ok(wasm) = std::fs::read(path) {
            return wasm;
        }
    }
    panic!("there is no component {name}: run `cargo xtask plugins --guests` first");
}

/// The directory into which cargo builds.
pub fn target_dir() -> PathBuf {
    match std::env::var_os("CARGO_TARGET_DIR") {
        Some(directory) => PathBuf::from(directory),
        None => Path::new(env!("CARGO_MANIFEST_DIR")).join("../target"),
    }
}

pub fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// Instants relative to a clock.
pub trait Moves {
    fn now_plus_hours(&self, hours: i64) -> Timestamp {
        self.now_plus_minutes(60 * hours)
    }
    fn now_plus_minutes(&self, minutes: i64) -> Timestamp;
}

impl Moves for ManualClock {
    fn now_plus_minutes(&self, minutes: i64) -> Timestamp {
        use regulars::clock::Clock;
        self.now() + jiff::SignedDuration::from_mins(minutes)
    }
}

pub struct World {
    pub host: Host,
    pub clock: ManualClock,
    pub dir: tempfile::TempDir,
}

impl World {
    /// A host without plugins, in Berlin, on the morning of 1 March 2026.
    pub fn new() -> World {
        World::starting("2026-03-01T08:00:00Z")
    }

    pub fn starting(now: &str) -> World {
        let dir = tempfile::tempdir().unwrap();
        let clock = ManualClock::new(at(now));
        let host = builder(dir.path(), &clock).build().unwrap();
        World { host, clock, dir }
    }

    /// A world in which nothing is processed: no plugin runs, and what is recorded waits.
    pub fn without_workers() -> World {
        let dir = tempfile::tempdir().unwrap();
        let clock = ManualClock::new(at("2026-03-01T08:00:00Z"));
        let host = builder(dir.path(), &clock)
            .without_workers()
            .build()
            .unwrap();
        World { host, clock, dir }
    }

    /// Stops the host and starts another one on the same file.
    pub fn restart(self) -> World {
        let World { host, clock, dir } = self;
        // Its ids are seeded: at the same instant they would be those of before.
        clock.advance(jiff::SignedDuration::from_millis(1));
        host.stop();
        drop(host);
        let host = builder(dir.path(), &clock).build().unwrap();
        World { host, clock, dir }
    }

    pub fn install(&self, name: &str) -> Installation {
        self.host
            .install(InstallRequest::new(component(name), format!("{name}.wasm")))
            .unwrap()
    }

    /// The hostile guest, behaving as `mode` says.
    pub fn hostile(&self, id: &str, settings: Json) -> InstallationId {
        let mut request = InstallRequest::new(component("hostile"), "hostile.wasm");
        request.id = Some(id.parse().unwrap());
        request.settings = Some(settings);
        self.host.install(request).unwrap().id
    }

    pub fn customer(&self, name: &str) -> Customer {
        let new = NewCustomer {
            display_name: Some(name.to_owned()),
            given_name: name.split(' ').next().map(str::to_owned),
            ..NewCustomer::default()
        };
        self.host.create_customer(new).unwrap()
    }

    /// Records an interaction that happens now, and lets the plugins run.
    pub fn record(&self, customer: CustomerId, kind: &str) -> Recorded {
        self.record_with(customer, kind, None, json!({}))
    }

    pub fn record_with(
        &self,
        customer: CustomerId,
        kind: &str,
        body: Option<&str>,
        data: Json,
    ) -> Recorded {
        let new = NewInteraction {
            body: body.map(str::to_owned),
            data: Some(data),
            ..NewInteraction::new(customer, kind)
        };
        let recorded = self.host.record(new).unwrap();
        self.host.settle().unwrap();
        recorded
    }

    /// Moves the clock, and lets everything happen that is due meanwhile.
    pub fn go_to(&self, instant: Timestamp) {
        self.clock.set(instant);
        self.host.settle().unwrap();
    }

    pub fn runs(&self, plugin: &InstallationId) -> Vec<Run> {
        let query = RunQuery {
            installation: Some(plugin.clone()),
            ..RunQuery::default()
        };
        self.host
            .runs(&query, PageRequest::first(1000))
            .unwrap()
            .items
    }

    /// Deferred and dead events, in the order of the log.
    pub fn deferred(&self) -> Vec<RetryEntry> {
        let all = RetryQuery::default();
        let page = PageRequest::first(1000);
        self.host.deferred(&all, page).unwrap().items
    }

    /// The newest run of a plugin.
    pub fn last_run(&self, plugin: &InstallationId) -> Run {
        self.runs(plugin).remove(0)
    }

    pub fn tasks(&self, customer: CustomerId) -> Vec<Task> {
        let query = TaskQuery {
            customer: Some(customer),
            ..TaskQuery::default()
        };
        self.host
            .tasks(&query, PageRequest::first(1000))
            .unwrap()
            .items
    }
}

pub fn builder(dir: &Path, clock: &ManualClock) -> HostBuilder {
    let config = Config {
        time_zone: "Europe/Berlin".to_owned(),
        seed: Some(7),
        ..Config::default()
    };
    // Compiling is most of a test's time: what one test compiled, the next ones load.
    let runtime = RuntimeConfig {
        cache_dir: Some(target_dir().join("it-cache")),
        ..RuntimeConfig::default()
    };
    Host::builder()
        .config(config)
        .runtime(runtime)
        .sqlite(dir.join("crm.db"))
        .clock(clock.clone())
}

/// Returns true under `cargo xtask test --long`: searches for rare faults run more rounds.
pub fn long() -> bool {
    std::env::var_os("REGULARS_LONG").is_some()
}

/// Looks again and again until it is so; gives whether it was within a minute, so that what never
/// comes fails a test rather than hanging it.
#[must_use]
pub fn comes(mut so: impl FnMut() -> bool) -> bool {
    let begun = std::time::Instant::now();
    while begun.elapsed().as_secs() < 60 {
        if so() {
            return true;
        }
        std::thread::yield_now();
    }
    false
}
