//! Upgrades wait for running calls of the old version.

use std::time::Duration;

use regulars::config::Config;
use regulars::host::{InstallRequest, NewInteraction, UpgradeRequest};
use regulars::model::*;
use regulars::runtime::RuntimeConfig;
use serde_json::json;

use crate::hostile::guest::wat_with;
use crate::world::{World, at, builder, comes, target_dir};

fn version(version: u32) -> Vec<u8> {
    let manifest = json!({
        "name": "slow", "version": format!("1.0.{version}"), "title": "Slow", "summary": "Takes its time.",
        "reads": { "history": [{ "kinds": ["visit"], "days": 9, "because": "to be told" }] },
        "subscribes": [{ "event": "interaction.recorded", "kinds": ["visit"] }],
    });
    wat_with("takes-long", &manifest.to_string())
}

#[test]
fn running_calls_finish_before_a_version_is_replaced() {
    let dir = tempfile::tempdir().unwrap();
    let clock = regulars::clock::ManualClock::new(at("2026-03-01T08:00:00Z"));
    let runtime = RuntimeConfig {
        fuel: 3_000_000_000,
        timeout: Duration::from_secs(60),
        cache_dir: Some(target_dir().join("it-cache")),
        ..RuntimeConfig::default()
    };
    let config = Config {
        workers: 4,
        ..Config::default()
    };
    let host = builder(dir.path(), &clock)
        .config(config)
        .runtime(runtime)
        .build()
        .unwrap();
    let world = World { host, clock, dir };
    let id: InstallationId = "slow".parse().unwrap();
    let install = InstallRequest::new(version(0), "slow.wasm");
    let mut digest = world.host.install(install).unwrap().digest;
    let (ada, rosa) = (world.customer("Ada L").id, world.customer("Rosa P").id);
    let called = || {
        let metrics = world.host.metrics().unwrap();
        let mut lines = metrics
            .lines()
            .filter(|it| it.starts_with("regulars_runs_total{"));
        lines.try_fold(0, |sum, line| {
            let count: u64 = line.rsplit(' ').next()?.parse().ok()?;
            Some(sum + count)
        })
    };
    let in_flight = || {
        let metrics = world.host.metrics().unwrap();
        metrics.contains("regulars_queue{state=\"in-flight\"} 1")
    };
    for round in 1..=3 {
        // What it takes to load the other version is not to be waited for while the first one runs.
        world.host.inspect(version(round)).unwrap();
        let visit = world
            .host
            .record(NewInteraction::new(ada, "visit"))
            .unwrap();
        assert!(comes(in_flight));
        let request = UpgradeRequest::new(version(round), "slow.wasm");
        let upgraded = world.host.upgrade(&id, request).unwrap();
        // Another version is there only when the run has ended, and what it came to counts.
        assert_eq!(called(), Some(2 * u64::from(round) - 1));
        world.host.settle().unwrap();
        let run = world.last_run(&id);
        assert!(
            matches!(&run.trigger, Trigger::Event { event, .. } if Some(*event) == visit.event)
        );
        assert_eq!((run.digest, run.attempt), (digest, 1));
        digest = upgraded.digest;
        world.record(rosa, "visit");
        assert_eq!(world.last_run(&id).digest, digest);
        // None was done again.
        assert_eq!(called(), Some(2 * u64::from(round)));
        world.clock.advance(jiff::SignedDuration::from_secs(60));
    }
    assert!(world.deferred().is_empty());
    world.sound();
}
