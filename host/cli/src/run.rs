use std::process::ExitCode;

use anyhow::Result;
use clap::{Args, Subcommand};
use jiff::tz::TimeZone;

use super::explain::{ids_of, proposals};
use super::output::{Out, safe};
use super::{Global, customer, transcript, words};
use regulars::host::{DeferredEvent, Host};
use regulars::model::*;
use regulars::store::{PageRequest, RetryQuery, RunQuery};

/// List, show and export runs: the calls of plugins
#[derive(Subcommand)]
pub enum Runs {
    List(List),
    Show(Show),
    Export(transcript::Export),
    Deferred(Deferred),
}

/// List runs, newest first
#[derive(Args)]
#[command(after_help = "Example:\n  regulars run list --plugin coach-referral --failed")]
pub struct List {
    /// Only runs of this plugin
    #[arg(long, value_name = "ID")]
    plugin: Option<InstallationId>,
    /// Only runs about this customer: id, external id, email address or name
    #[arg(long)]
    customer: Option<String>,
    /// Only failed runs
    #[arg(long)]
    failed: bool,
    /// Maximum number of runs
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=1000))]
    limit: u32,
}

/// Show a run: trigger, costs, logs, proposals and results
#[derive(Args)]
#[command(after_help = "Example:\n  regulars run show 01970000-0000-7000-8000-000000000001")]
pub struct Show {
    id: RunId,
}

/// List deferred events: a plugin failed on them, or cannot be called now
#[derive(Args)]
#[command(after_help = "\
Events that were given up are listed by `regulars dead-letter list`.

Example:
  regulars run deferred --json")]
pub struct Deferred {
    /// Maximum number of events
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=1000))]
    limit: u32,
}

impl Runs {
    pub fn run(self, global: &Global, out: &mut Out) -> Result<ExitCode> {
        match self {
            Runs::List(it) => it.run(global, out),
            Runs::Show(it) => it.run(global, out),
            Runs::Export(it) => it.run(global, out),
            Runs::Deferred(it) => it.run(global, out),
        }
    }
}

impl List {
    fn run(self, global: &Global, out: &mut Out) -> Result<ExitCode> {
        let host = global.open_existing()?;
        let customer = match &self.customer {
            Some(named) => Some(customer::find(&host, named)?.id),
            None => None,
        };
        if let Some(plugin) = &self.plugin {
            host.installation(plugin)?;
        }
        let query = RunQuery {
            installation: self.plugin,
            customer,
            event: None,
            failed_only: self.failed,
        };
        let zone = TimeZone::get(host.time_zone())?;
        let runs = host.runs(&query, PageRequest::first(self.limit))?;
        if runs.items.is_empty() && !out.json {
            out.note("No runs.");
        }
        for run in &runs.items {
            if out.json {
                out.document(run)?;
                continue;
            }
            let made = words::counted(run.proposals.len() as u64, "proposal", "proposals");
            let result_text = match &run.outcome {
                RunOutcome::Completed => made,
                RunOutcome::Failed { detail, .. } => out.paint.red(&safe(detail, 80)),
            };
            out.line(format!(
                "{}  {}  {} on {}  {}  {result_text}",
                run.id,
                words::moment(run.started_at, &zone),
                run.installation,
                trigger(&run.trigger),
                words::duration(run.micros),
            ))?;
        }
        if runs.next.is_some() {
            out.note(format!("More runs exist: use --limit {}", self.limit * 2));
        }
        Ok(ExitCode::SUCCESS)
    }
}

impl Show {
    fn run(self, global: &Global, out: &mut Out) -> Result<ExitCode> {
        let host = global.open_existing()?;
        let run = host.run(self.id)?;
        if out.json {
            let mut document = serde_json::to_value(&run)?;
            document["transcript"] = transcript::has_transcript(&host, run.id)?.into();
            out.document(&document)?;
            return Ok(ExitCode::SUCCESS);
        }
        let (about, zone) = customer_and_zone(&host, &run)?;
        out.line(format!(
            "{} on {}{}",
            out.paint.bold(run.installation.as_str()),
            trigger(&run.trigger),
            about,
        ))?;
        let when = words::moment(run.started_at, &zone);
        out.line(format!("{when} · try {} · {}", run.attempt, run.digest))?;
        out.line(format!(
            "fuel {} · {} · {} of memory",
            words::count(run.fuel),
            words::duration(run.micros),
            words::bytes(run.peak_memory)
        ))?;
        let transcript_line = safe(&transcript::describe_transcript(&host, run.id)?, 500);
        out.line(out.paint.dim(&transcript_line))?;
        if let RunOutcome::Failed { failure, detail } = &run.outcome {
            let kind = safe(&serde_json::to_string(failure)?, 40);
            let detail = safe(detail, 500);
            let text = format!("failed ({}): {detail}", kind.trim_matches('"'));
            out.line(out.paint.red(&text))?;
        }
        for log in &run.logs {
            let severity = format!("{:?}", log.severity).to_lowercase();
            out.line(format!("  {severity}: {}", safe(&log.text, 500)))?;
        }
        let evidence = host.evidence(&run)?;
        proposals(out, "", &run, &evidence, &zone, ids_of(true))?;
        Ok(ExitCode::SUCCESS)
    }
}

impl Deferred {
    fn run(self, global: &Global, out: &mut Out) -> Result<ExitCode> {
        let host = global.open_existing()?;
        let zone = TimeZone::get(host.time_zone())?;
        let query = RetryQuery {
            dead: Some(false),
            ..RetryQuery::default()
        };
        let page = host.deferred(&query, PageRequest::first(self.limit))?;
        let (events, more) = (page.items, page.next.is_some());
        if events.is_empty() && !out.json {
            out.note("No deferred events.");
        }
        for event in events.into_iter().map(DeferredEvent::from) {
            if out.json {
                out.document(&event)?;
                continue;
            }
            let next = match event.due_at {
                Some(_) if event.attempts == 0 => {
                    "first try when the plugin can be called".to_owned()
                }
                Some(at) => format!("next try {}", words::moment(at, &zone)),
                None => "waits for an earlier event".to_owned(),
            };
            let tries = words::counted(event.attempts.into(), "try", "tries");
            out.line(format!(
                "{}  {}  {} on {}  {}  {tries}, {next}",
                event.event,
                words::moment(event.time, &zone),
                out.paint.bold(event.plugin.as_str()),
                safe(&event.kind, 64),
                words::name_of(&host.customer(event.customer)?),
            ))?;
            if !event.error.is_empty() {
                out.line(format!("    {}", safe(&event.error, 300)))?;
            }
        }
        if more {
            out.note(format!("More events exist: use --limit {}", self.limit * 2));
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// Describes the trigger of a run.
pub fn trigger(trigger: &Trigger) -> String {
    match trigger {
        Trigger::Event { kind, .. } => safe(kind, 64),
        Trigger::Action { action } => format!("the action “{}”", safe(action, 64)),
    }
}

/// Returns the customer of a run, as “, about Ada”, and the time zone for its times. The first is
/// empty if the run has no customer.
pub fn customer_and_zone(host: &Host, run: &regulars::model::Run) -> Result<(String, TimeZone)> {
    let Some(id) = run.customer else {
        return Ok((String::new(), TimeZone::get(host.time_zone())?));
    };
    let customer = host.customer(id)?;
    let about = format!(", about {}", words::name_of(&customer));
    Ok((about, host.zone_of(&customer)))
}
