use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::Args;
use serde_json::json;

use super::obtain::RegistryArgs;
use super::situation::Situation;
use super::{FoundPlugin, find_plugin, json_argument, recorded};
use crate::explain::{ids_of, proposals};
use crate::open::Scratch;
use crate::output::{Out, safe};
use crate::transcript::{exit_with_2, failure_name, print_costs};
use crate::{Global, customer, usage, words};
use regulars::clock::ManualClock;
use regulars::host::{Host, InstallRequest};
use regulars::model::*;
use regulars::runtime::{RunLimits, RuntimeConfig};
use regulars::store::{PageRequest, RunQuery};
use regulars::transcript::Transcript;

/// Run a plugin on one event or a recorded call, and show its proposals and costs
#[derive(Args)]
#[command(
    after_help = r#"The run passes through the same steps as a real one (grants, checks, rules), on a temporary host:
nothing is written to the database. An installed plugin keeps its grants; another one gets
everything that it asks for.

The event file is JSON. Only "event" is required:
  {
    "now": "2026-05-04T06:52:00+02:00",
    "time_zone": "Europe/Berlin",
    "customer": {"given_name": "Ada", "level": "medium", "birthday": "--02-29"},
    "event": {"kind": "interaction-recorded", "interaction": {"kind": "visit"}},
    "history": [{"kind": "visit", "occurred_at": "2026-05-02T04:41:00Z"}],
    "memory": {"customer": {}, "plugin": {}},
    "settings": {}
  }
Other events: {"kind": "customer-created"}, {"kind": "customer-changed", "fields": ["level"]},
{"kind": "schedule-due", "schedule": "birthday", "date": "2026-02-28"},
{"kind": "timer-due", "key": "…", "payload": {}}. For a complete one, see
host/examples/events/visit.json.

A file of `regulars run export` is replayed with its recorded input and limits, and the results
are compared. This needs neither a database nor a customer, and no decision is made. The exit code
is 0 for the same results, 1 for different ones, 2 if it cannot be replayed.

Examples:
  regulars plugin run target/plugins/coach-referral.wasm --event host/examples/events/visit.json
  regulars plugin run coach-referral --event visit.json --customer "Ada Berger"
  regulars plugin run target/plugins/coach-referral.wasm run.json"#
)]
pub struct Run {
    /// Component file, id of an installed plugin, or name of a plugin of the catalogue
    #[arg(value_name = "FILE|ID")]
    plugin: String,
    /// File with an event, or a transcript
    #[arg(
        value_name = "EVENT|TRANSCRIPT",
        required_unless_present = "event",
        conflicts_with = "event"
    )]
    file: Option<PathBuf>,
    /// File with an event, as an option
    #[arg(long, value_name = "FILE")]
    event: Option<PathBuf>,
    /// Settings as JSON or @FILE, in place of those in the event file
    #[arg(long, value_name = "JSON|@FILE")]
    settings: Option<String>,
    /// History as JSON lines, in place of that in the event file
    #[arg(long, value_name = "FILE")]
    history: Option<PathBuf>,
    /// Customer of the database with their history and the plugin's memories, in place of the one
    /// in the event file; the event happens now
    #[arg(long, conflicts_with = "history")]
    customer: Option<String>,
}

/// The plugin to run, with its configuration.
struct Subject {
    wasm: Vec<u8>,
    id: InstallationId,
    grants: Option<Grants>,
    settings: Option<Json>,
    priority: i32,
}

impl Run {
    pub fn run(self, global: &Global, out: &mut Out) -> Result<ExitCode> {
        let Some(file) = self.event.as_deref().or(self.file.as_deref()) else {
            usage!("no event given: expected a file with an event, or a transcript");
        };
        let text = std::fs::read_to_string(file)
            .with_context(|| format!("cannot read {}", file.display()))?;
        if Transcript::is_meant(&text) {
            let result = self.recorded(file, &text, global, out);
            return exit_with_2(out, result);
        }
        let config = RuntimeConfig::default();
        let scratch = Scratch::new()?;
        let mut subject = self.subject(global, &scratch, out)?;
        // A history from the database ends today.
        let now = self.customer.as_ref().map(|_| Timestamp::now());
        let mut situation = Situation::read(file, &text, &subject.id, now)?;
        if let Some(file) = &self.history {
            situation.replace_history(file)?;
        }
        if let Some(named) = &self.customer {
            let host = global.open_existing()?;
            let customer = customer::find(&host, named)?;
            situation.use_customer(&host, &customer, &subject.id)?;
        }
        if let Some(text) = &self.settings {
            subject.settings = Some(json_argument("--settings", text)?);
        } else if situation.settings.is_some() {
            subject.settings = situation.settings.take();
        }
        let zone = situation
            .time_zone
            .as_deref()
            .unwrap_or(&global.time_zone)
            .to_owned();
        let host = scratch
            .builder(&zone)
            .clock(ManualClock::new(situation.now))
            .runtime(config.clone())
            .build()?;
        let id = subject.id.clone();
        let run = run_situation(&host, subject, situation)?;
        let evidence = host.evidence(&run)?;
        let code = if run.outcome == RunOutcome::Completed {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        };
        if out.json {
            out.document(&json!({
                "run": run,
                "limits": {
                    "fuel": config.fuel, "micros": config.timeout.as_micros() as u64,
                    "memory": config.max_memory, "effects": config.max_effects,
                },
            }))?;
            return Ok(code);
        }
        print_run(out, &id, &run, &evidence, &config, &zone)?;
        Ok(code)
    }

    /// Replays a transcript, which already has settings, history and customer.
    fn recorded(
        &self,
        file: &Path,
        text: &str,
        global: &Global,
        out: &mut Out,
    ) -> Result<ExitCode> {
        if self.settings.is_some() || self.history.is_some() || self.customer.is_some() {
            usage!(
                "a transcript has its own settings, history and customer: remove --settings, --history and --customer"
            );
        }
        let wasm = self.find_plugin(global, out)?.wasm;
        recorded::run(file, text, wasm, out)
    }

    fn subject(&self, global: &Global, scratch: &Scratch, out: &Out) -> Result<Subject> {
        let FoundPlugin { wasm, installation } = self.find_plugin(global, out)?;
        if let Some(installed) = installation {
            return Ok(Subject {
                wasm,
                id: installed.id,
                grants: Some(installed.grants),
                settings: Some(installed.settings),
                priority: installed.priority,
            });
        }
        // On the run's own database, so that the component is compiled once.
        let host = scratch.builder("UTC").without_workers().build()?;
        let inspection = host
            .inspect(wasm.clone())
            .with_context(|| format!("{} is not a valid plugin", safe(&self.plugin, 200)))?;
        Ok(Subject {
            wasm,
            id: inspection.manifest.name.parse()?,
            grants: None,
            settings: None,
            priority: 0,
        })
    }

    fn find_plugin(&self, global: &Global, out: &Out) -> Result<FoundPlugin> {
        let registry = RegistryArgs::default();
        find_plugin(&self.plugin, &registry, global, out, || {
            global.open_existing()
        })
    }
}

/// Installs the plugin, imports the customer with history and memories, appends the event, and
/// returns the run.
fn run_situation(
    host: &Host,
    subject: Subject,
    situation: Situation,
) -> Result<regulars::model::Run> {
    let id = subject.id.clone();
    let mut request = InstallRequest::new(subject.wasm, "a file");
    request.id = Some(subject.id);
    request.grants = subject.grants;
    request.settings = subject.settings;
    request.priority = Some(subject.priority);
    host.install(request)?;

    let customer = situation.customer.id.context("the customer has no id")?;
    for created in host.import_customers(vec![situation.customer]) {
        created.context("customer")?;
    }
    for batch in situation.history.chunks(1000) {
        host.import(batch.to_vec()).context("history")?;
    }
    let memories = [
        (Some(customer), situation.memory.customer),
        (None, situation.memory.plugin),
    ];
    for (whose, entries) in memories {
        host.write_memory(&id, whose, entries.into_iter().collect())?;
    }

    let kind = situation.event.kind().to_owned();
    let (event, processed) = host.append_event(customer, situation.event)?;
    processed.wait();
    let query = RunQuery {
        event: Some(event),
        ..RunQuery::default()
    };
    let runs = host.runs(&query, PageRequest::first(1))?;
    runs.items.into_iter().next().with_context(|| {
        format!("{id} does not subscribe to this {kind}: `regulars plugin inspect` lists its subscriptions")
    })
}

fn print_run(
    out: &mut Out,
    id: &InstallationId,
    run: &regulars::model::Run,
    evidence: &[Interaction],
    config: &RuntimeConfig,
    zone: &str,
) -> Result<()> {
    let zone = jiff::tz::TimeZone::get(zone)?;
    let paint = out.paint;
    let proposed = words::counted(run.proposals.len() as u64, "proposal", "proposals");
    match &run.outcome {
        RunOutcome::Completed => out.line(format!("{}: {proposed}", paint.bold(id.as_str())))?,
        RunOutcome::Failed { failure, detail } => {
            let text = format!("failed ({}): {}", failure_name(*failure), safe(detail, 500));
            out.line(format!("{} {}", paint.bold(id.as_str()), paint.red(&text)))?;
        }
    }
    proposals(out, "", run, evidence, &zone, ids_of(false))?;
    for log in &run.logs {
        let severity = format!("{:?}", log.severity).to_lowercase();
        out.line(paint.dim(&format!("log {severity}: {}", safe(&log.text, 500))))?;
    }
    let limits = RunLimits::of(config);
    print_costs(out, run.fuel, run.micros, run.peak_memory, &limits)
}
