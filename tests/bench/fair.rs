use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use regulars::host::{InstallRequest, NewCustomer, NewInteraction};
use regulars::model::{CustomerId, Grants, HistoryGrant};
use regulars::{Config, Host};
use serde_json::json;

use crate::table::{Table, percentile};
use crate::{REPETITIONS, component};

/// Events of the good plugin that are measured, and how far apart they come.
const EVENTS: usize = 300;
const PAUSE: Duration = Duration::from_millis(10);
/// The flood: so many visits at once, and how far apart.
const FLOOD: usize = 20;
const FLOOD_PAUSE: Duration = Duration::from_millis(50);

/// The plugin beside the measured one.
#[derive(Clone, Copy, PartialEq)]
enum Beside {
    Nothing,
    /// Visits that nobody wants.
    Flood,
    /// Visits, and a plugin that never returns from any of them.
    Looper,
}

/// From recording a feedback until its plugin has run and its effects are durable, while another plugin
/// is at its limits with other customers' visits.
pub fn measure(table: &mut Table) -> anyhow::Result<()> {
    let kinds = [
        (Beside::Nothing, "a good plugin's event, alone"),
        (
            Beside::Flood,
            "the same, 400 other events/s that nobody wants",
        ),
        (Beside::Looper, "the same, a plugin loops on those events"),
    ];
    // In turn, so that what else goes on is the same for all.
    let (mut medians, mut high) = ([(); 3].map(|()| Vec::new()), [(); 3].map(|()| Vec::new()));
    for _ in 0..REPETITIONS {
        for (index, (beside, _)) in kinds.iter().enumerate() {
            let mut times = once(*beside)?;
            medians[index].push(percentile(&mut times, 50.0));
            high[index].push(percentile(&mut times, 99.0));
        }
    }
    for (index, (_, what)) in kinds.iter().enumerate() {
        let p99 = percentile(&mut high[index].clone(), 50.0);
        let note = "recorded to handled, durable; p99: the median of each round's";
        table.add_with_p99(what, "ms", &medians[index], Some(p99), note);
    }
    let ratios = high[2].iter().zip(&high[1]);
    let ratios: Vec<f64> = ratios.map(|(looper, flood)| looper / flood).collect();
    table.add(
        "p99 beside the looper to p99 beside the flood",
        "times",
        &ratios,
        "at most 2",
    );
    Ok(())
}

fn once(beside: Beside) -> anyhow::Result<Vec<f64>> {
    let dir = tempfile::tempdir()?;
    let host = Host::builder()
        .sqlite(dir.path().join("bench.db"))
        .config(Config {
            // It is at its limits, and stays there.
            quarantine_after: u32::MAX,
            ..Config::default()
        })
        .build()?;
    host.install(InstallRequest::new(component("overheard")?, "overheard"))?;
    if beside == Beside::Looper {
        install_looper(&host)?;
    }
    let customers = |count: usize| -> Result<Vec<CustomerId>, regulars::Error> {
        let new = |_| host.create_customer(NewCustomer::default());
        (0..count).map(|n| new(n).map(|it| it.id)).collect()
    };
    let (ours, others) = (customers(100)?, customers(1000)?);
    host.settle()?;
    let over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let flood = scope.spawn(|| -> anyhow::Result<()> {
            let mut next = others.iter().cycle();
            while beside != Beside::Nothing && !over.load(Ordering::Relaxed) {
                let visits = next.by_ref().take(FLOOD);
                let new = visits.map(|customer| NewInteraction::new(*customer, "visit"));
                for recorded in host.record_all(new.collect()) {
                    recorded?;
                }
                std::thread::sleep(FLOOD_PAUSE);
            }
            Ok(())
        });
        let times = good_events(&host, &ours);
        over.store(true, Ordering::Relaxed);
        match flood.join() {
            Ok(flooded) => flooded?,
            Err(_) => anyhow::bail!("the flood panicked"),
        }
        times
    })
}

/// Milliseconds of each.
fn good_events(host: &Host, customers: &[CustomerId]) -> anyhow::Result<Vec<f64>> {
    let mut times = Vec::with_capacity(EVENTS);
    for customer in customers.iter().cycle().take(EVENTS) {
        let new = NewInteraction {
            body: Some("The tomatoes were unripe again.".to_owned()),
            ..NewInteraction::new(*customer, "feedback")
        };
        let started = Instant::now();
        let (_, processed) = host.record_and_follow(new)?;
        processed.wait();
        times.push(started.elapsed().as_secs_f64() * 1e3);
        std::thread::sleep(PAUSE);
    }
    Ok(times)
}

/// Installs a plugin that never ends its calls, with visits alone granted.
fn install_looper(host: &Host) -> anyhow::Result<()> {
    let wasm = component("hostile")?;
    let mut grants = Grants::all_requested(&host.inspect(wasm.clone())?.manifest);
    grants.history = vec![HistoryGrant {
        kinds: ["visit".to_owned()].into(),
        days: 30,
        limit: 10,
    }];
    let mut request = InstallRequest::new(wasm, "hostile");
    request.grants = Some(grants);
    request.settings = Some(json!({ "mode": "loop" }));
    host.install(request)?;
    Ok(())
}
