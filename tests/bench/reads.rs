use std::time::Instant;

use regulars::Host;
use regulars::host::{NewCustomer, NewInteraction};
use regulars::model::CustomerId;
use regulars::store::{PageRequest, TimelineQuery};

use crate::REPETITIONS;
use crate::table::{Table, percentile};

const READS: usize = 2000;

/// Timeline and desk of one customer, with few and with many interactions in the file.
pub fn measure(table: &mut Table) -> anyhow::Result<()> {
    let dir = tempfile::tempdir()?;
    let host = Host::builder()
        .sqlite(dir.path().join("bench.db"))
        .build()?;
    let mut written = 0;
    let mut medians = Vec::new();
    for size in [10_000_usize, 1_000_000] {
        fill(&host, &mut written, size)?;
        // Customers from all over the file.
        let customers: Vec<CustomerId> = (0..READS).map(|n| id(n * (size / 100) / READS)).collect();
        for (what, read) in [("timeline", timeline as Read), ("desk", desk as Read)] {
            let mut medians_of = Vec::new();
            let mut all = Vec::new();
            for _ in 0..REPETITIONS {
                let mut times = Vec::new();
                for customer in &customers {
                    let started = Instant::now();
                    read(&host, *customer)?;
                    times.push(started.elapsed().as_secs_f64() * 1e6);
                }
                medians_of.push(percentile(&mut times, 50.0));
                all.extend(times);
            }
            let p99 = percentile(&mut all, 99.0);
            let name = format!("{what}, {size} interactions in the file");
            medians.push(table.add_with_p99(&name, "µs", &medians_of, Some(p99), "50 newest"));
        }
    }
    table.add(
        "timeline, 1,000,000 to 10,000",
        "ratio",
        &[medians[2] / medians[0]],
        "aim: ≤ 1.5",
    );
    table.add(
        "desk, 1,000,000 to 10,000",
        "ratio",
        &[medians[3] / medians[1]],
        "aim: ≤ 1.5",
    );
    Ok(())
}

type Read = fn(&Host, CustomerId) -> anyhow::Result<()>;

fn timeline(host: &Host, customer: CustomerId) -> anyhow::Result<()> {
    host.timeline(customer, &TimelineQuery::default(), PageRequest::first(50))?;
    Ok(())
}

fn desk(host: &Host, customer: CustomerId) -> anyhow::Result<()> {
    host.desk(customer)?;
    Ok(())
}

fn id(n: usize) -> CustomerId {
    CustomerId(uuid::Uuid::from_u128(n as u128 + 1))
}

/// A hundred interactions for each customer.
fn fill(host: &Host, written: &mut usize, size: usize) -> anyhow::Result<()> {
    while *written < size {
        let customer = id(*written / 100);
        host.create_customer(NewCustomer {
            id: Some(customer),
            ..NewCustomer::default()
        })?;
        let now = host.now();
        let new = (0..100)
            .map(|n| NewInteraction {
                occurred_at: Some(now - jiff::SignedDuration::from_hours(7 * n)),
                body: Some("Came by in the morning, as nearly every day.".to_owned()),
                ..NewInteraction::new(customer, "visit")
            })
            .collect();
        host.import(new)?;
        *written += 100;
    }
    Ok(())
}
