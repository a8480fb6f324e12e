use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context, ensure};
use regulars::model::*;
use regulars::runtime::{CustomerView, HistoryEntry, Plugin, PluginView, Runtime, RuntimeConfig};
use serde_json::json;

use crate::table::{Table, percentile};
use crate::{REPETITIONS, component};

const CALLS: usize = 20_000;

/// One run of a plugin: event in, ten interactions read, a memory read, two effects out.
pub fn measure(table: &mut Table) -> anyhow::Result<()> {
    let runtime = Runtime::new(RuntimeConfig::default())?;
    let full = runtime.load(&Component::new(component("bench-plugin")?))?;
    let empty = runtime.load(&Component::new(component("empty")?))?;
    let (slice, event) = (Arc::new(slice()?), event()?);
    let call = runtime.handle(&full, &slice, &event);
    let effects = call
        .result
        .map_err(|failure| anyhow::anyhow!("{failure:?}"))?;
    ensure!(
        effects.len() == 2,
        "the plugin does not do its work: {effects:?}"
    );

    let native = native(&slice, &event)?;
    table.add(
        "run, the same function natively",
        "µs",
        &native,
        "no sandbox, no conversion",
    );
    let reused: Vec<f64> = (0..REPETITIONS)
        .map(|_| percentile(&mut runtime.time_reused(&full, &slice, &event, CALLS), 50.0) * 1e6)
        .collect();
    table.add(
        "run, reused instance",
        "µs",
        &reused,
        "for comparison: the host never does this",
    );
    single(table, "run, empty call", &runtime, &empty, &slice, &event);
    let p50 = single(table, "run, fresh sandbox", &runtime, &full, &slice, &event);
    let note = format!(
        "aim: p50 ≤ 12; {} fuel, {} KiB",
        call.fuel,
        call.peak_memory / 1024
    );
    table.add("run, aim", "µs", &[p50], &note);

    let one = throughput(&runtime, &full, &slice, &event, 1);
    let two = throughput(&runtime, &full, &slice, &event, 2);
    let one = table.add("runs, one thread", "runs/s", &one, "");
    let two = table.add("runs, two threads", "runs/s", &two, "");
    table.add(
        "runs, two threads to one",
        "ratio",
        &[two / one],
        "aim: ≥ 1.7",
    );
    Ok(())
}

fn single(
    table: &mut Table,
    what: &str,
    runtime: &Runtime,
    plugin: &Plugin,
    slice: &Arc<PluginView>,
    event: &Event,
) -> f64 {
    let (mut medians, mut all) = (Vec::new(), Vec::new());
    for _ in 0..REPETITIONS {
        let mut times: Vec<f64> = (0..CALLS)
            .map(|_| {
                let begun = Instant::now();
                std::hint::black_box(runtime.handle(plugin, slice, event));
                begun.elapsed().as_secs_f64() * 1e6
            })
            .collect();
        medians.push(percentile(&mut times, 50.0));
        all.extend(times);
    }
    let p99 = percentile(&mut all, 99.0);
    table.add_with_p99(what, "µs", &medians, Some(p99), "p50 of each repetition")
}

fn throughput(
    runtime: &Runtime,
    plugin: &Plugin,
    slice: &Arc<PluginView>,
    event: &Event,
    threads: usize,
) -> Vec<f64> {
    (0..REPETITIONS)
        .map(|_| {
            let begun = Instant::now();
            std::thread::scope(|scope| {
                for _ in 0..threads {
                    scope.spawn(|| {
                        for _ in 0..CALLS {
                            std::hint::black_box(runtime.handle(plugin, slice, event));
                        }
                    });
                }
            });
            (CALLS * threads) as f64 / begun.elapsed().as_secs_f64()
        })
        .collect()
}

/// The guest's own function on the guest's own types.
fn native(slice: &PluginView, event: &Event) -> anyhow::Result<Vec<f64>> {
    use regulars_sdk as sdk;
    let convert = |interaction: &Interaction| sdk::Interaction {
        id: interaction.id.to_string(),
        kind: interaction.kind.clone(),
        direction: sdk::Direction::Inbound,
        occurred_at: interaction.occurred_at.as_millisecond(),
        channel: interaction.channel.clone(),
        subject: interaction.subject.clone(),
        body: interaction.body.clone(),
        data: interaction.data.to_string(),
    };
    let EventData::InteractionRecorded { interaction } = &event.data else {
        anyhow::bail!("not an interaction");
    };
    let visit = convert(interaction);
    let recent: Vec<sdk::Interaction> = slice.history.iter().map(|past| convert(past)).collect();
    Ok((0..REPETITIONS)
        .map(|_| {
            let mut times: Vec<f64> = (0..CALLS)
                .map(|_| {
                    let begun = Instant::now();
                    // As the guest does, it gets its own copy of what it reads.
                    let recent = std::hint::black_box(recent.clone());
                    std::hint::black_box(bench_plugin::native("Ada", &visit, &recent, Some(41)));
                    begun.elapsed().as_secs_f64() * 1e6
                })
                .collect();
            percentile(&mut times, 50.0)
        })
        .collect())
}

fn interaction(n: i64) -> anyhow::Result<Interaction> {
    Ok(Interaction {
        id: InteractionId(uuid::Uuid::from_u128(n as u128 + 1)),
        customer: CustomerId(uuid::Uuid::from_u128(7)),
        kind: "visit".to_owned(),
        direction: Direction::Inbound,
        occurred_at: "2026-03-01T08:00:00Z".parse::<Timestamp>()?
            - jiff::SignedDuration::from_hours(24 * n),
        channel: Some("gate".to_owned()),
        subject: None,
        body: Some(
            "Came by in the morning and stayed for an hour and a half, as nearly every day."
                .to_owned(),
        ),
        data: json!({ "amount": 12.5, "gate": 3, "minutes": 90, "lines": [{ "category": "class", "name": "Rowing" }] }),
    })
}

fn event() -> anyhow::Result<Event> {
    Ok(Event {
        seq: 1,
        id: EventId(uuid::Uuid::from_u128(1)),
        customer: CustomerId(uuid::Uuid::from_u128(7)),
        time: "2026-03-01T08:00:00Z".parse()?,
        cause: None,
        depth: 0,
        as_of: 10,
        data: EventData::InteractionRecorded {
            interaction: interaction(0)?,
        },
    })
}

fn slice() -> anyhow::Result<PluginView> {
    let history: anyhow::Result<Vec<Arc<HistoryEntry>>> = (0..10)
        .map(|n| Ok(Arc::new(HistoryEntry::new(interaction(n)?))))
        .collect();
    Ok(PluginView {
        now: "2026-03-01T08:00:00Z".parse()?,
        today: "2026-03-01".parse().context("a date")?,
        time_zone: "Europe/Berlin".to_owned(),
        seed: 7,
        settings: "{}".into(),
        grants: Arc::default(),
        customer: Some(CustomerView {
            id: CustomerId(uuid::Uuid::from_u128(7)),
            display_name: None,
            given_name: Some("Ada".to_owned()),
            language: None,
            birthday: None,
            level: Level::Low,
            topics: Vec::new(),
            tags: Vec::new(),
            since: "2025-01-01T00:00:00Z".parse()?,
        }),
        history: history?,
        customer_memory: Arc::new([("seen".to_owned(), json!(41))].into_iter().collect()),
        plugin_memory: Arc::default(),
    })
}
