use std::time::Instant;

use regulars::Host;
use regulars::host::{InstallRequest, NewCustomer, NewInteraction};
use regulars::model::CustomerId;

use crate::table::Table;
use crate::{REPETITIONS, component};

const CUSTOMERS: usize = 1000;
const INTERACTIONS: usize = 20_000;
const PLUGINS: [&str; 4] = [
    "considerate-birthday",
    "coach-referral",
    "overheard",
    "ask-once",
];

/// Interactions per second, from recording until every plugin has run and its effects are durable.
pub fn measure(table: &mut Table) -> anyhow::Result<()> {
    let without = repeat(&[])?;
    let with = repeat(&PLUGINS)?;
    let base = table.add(
        "pipeline, no plugins",
        "interactions/s",
        &without,
        "one SQLite file, synchronous=FULL, bulk of 500",
    );
    let median = table.add(
        "pipeline, four plugins",
        "interactions/s",
        &with,
        "visits; two of the four want them",
    );
    table.add(
        "pipeline, cost of the plugins",
        "µs each",
        &[1e6 / median - 1e6 / base],
        "",
    );
    Ok(())
}

fn repeat(plugins: &[&str]) -> anyhow::Result<Vec<f64>> {
    (0..REPETITIONS).map(|_| once(plugins)).collect()
}

fn once(plugins: &[&str]) -> anyhow::Result<f64> {
    let dir = tempfile::tempdir()?;
    let host = Host::builder()
        .sqlite(dir.path().join("bench.db"))
        .build()?;
    for plugin in plugins {
        host.install(InstallRequest::new(component(plugin)?, *plugin))?;
    }
    let customers: Vec<CustomerId> = (0..CUSTOMERS)
        .map(|_| {
            host.create_customer(NewCustomer::default())
                .map(|customer| customer.id)
        })
        .collect::<Result<_, _>>()?;
    host.settle()?;
    let started = Instant::now();
    for chunk in 0..INTERACTIONS / 500 {
        let new = (0..500)
            .map(|n| NewInteraction::new(customers[(chunk * 500 + n) % CUSTOMERS], "visit"))
            .collect();
        for recorded in host.record_all(new) {
            recorded?;
        }
    }
    host.settle()?;
    Ok(INTERACTIONS as f64 / started.elapsed().as_secs_f64())
}
