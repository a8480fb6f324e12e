use std::process::ExitCode;

use anyhow::{Result, bail};
use clap::{Args, Subcommand};
use jiff::tz::TimeZone;
use serde_json::json;

use super::output::{Out, safe};
use super::{Global, customer, usage, words};
use regulars::host::{DeferredEvent, Host};
use regulars::model::*;
use regulars::store::PageRequest;

/// List, show, redrive and drop dead letters: events that were given up for a plugin
#[derive(Subcommand)]
pub enum DeadLetters {
    List(List),
    Show(Show),
    Redrive(Redrive),
    Drop(Discard),
}

/// List dead letters, oldest event first
#[derive(Args)]
#[command(after_help = "\
An event becomes a dead letter for a plugin that failed on it too often or could not take it in
time.

Examples:
  regulars dead-letter list
  regulars dead-letter list --plugin coach-referral --json")]
pub struct List {
    /// Only dead letters of this plugin
    #[arg(long, value_name = "ID")]
    plugin: Option<InstallationId>,
    /// Only dead letters of this customer: id, external id, email address or name
    #[arg(long)]
    customer: Option<String>,
    /// Maximum number of dead letters
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=1000))]
    limit: u32,
    /// Cursor of the next page, as printed after the page before
    #[arg(long, value_name = "CURSOR")]
    after: Option<Cursor>,
}

/// Show a dead letter: the event, and each attempt with its failure and logs
#[derive(Args)]
#[command(after_help = "\
Example:
  regulars dead-letter show 01970000-0000-7000-8000-000000000001 coach-referral")]
pub struct Show {
    event: EventId,
    plugin: InstallationId,
}

/// Retry dead letters
#[derive(Args)]
#[command(after_help = "\
A redriven event has as many attempts as a new one. It runs before later events of the same
customer that still wait for the plugin. The plugin sees the customer as of the event. A server
that runs on this database picks it up within two seconds.

Examples:
  regulars dead-letter redrive 01970000-0000-7000-8000-000000000001 coach-referral
  regulars dead-letter redrive --plugin coach-referral --dry-run
  regulars dead-letter redrive --all")]
pub struct Redrive {
    #[command(flatten)]
    selection: Selection,
    /// Only print the number of events
    #[arg(long)]
    dry_run: bool,
}

/// Drop dead letters: the plugin never sees these events, and they stay in the log
#[derive(Args)]
#[command(after_help = "\
Examples:
  regulars dead-letter drop 01970000-0000-7000-8000-000000000001 coach-referral
  regulars dead-letter drop --plugin coach-referral --yes")]
pub struct Discard {
    #[command(flatten)]
    selection: Selection,
    /// Skip the confirmation
    #[arg(long, short)]
    yes: bool,
}

#[derive(Args)]
struct Selection {
    /// One event …
    #[arg(value_name = "EVENT", requires = "of")]
    event: Option<EventId>,
    /// … and the plugin that gave it up
    #[arg(value_name = "PLUGIN")]
    of: Option<InstallationId>,
    /// All dead letters of this plugin
    #[arg(long, value_name = "ID", conflicts_with = "event")]
    plugin: Option<InstallationId>,
    /// All dead letters
    #[arg(long, conflicts_with_all = ["event", "plugin"])]
    all: bool,
}

/// The dead letters that the command line selects.
enum Selected {
    One(EventId, InstallationId),
    Of(InstallationId),
    All,
}

impl Selection {
    fn selected(self) -> Result<Selected> {
        match (self.event, self.of, self.plugin, self.all) {
            (Some(event), Some(plugin), ..) => Ok(Selected::One(event, plugin)),
            (_, _, Some(plugin), _) => Ok(Selected::Of(plugin)),
            (_, _, _, true) => Ok(Selected::All),
            _ => usage!("no dead letters selected: expected EVENT PLUGIN, --plugin ID or --all"),
        }
    }
}

impl DeadLetters {
    pub fn run(self, global: &Global, out: &mut Out) -> Result<ExitCode> {
        let host = global.open_existing()?;
        match self {
            DeadLetters::List(it) => it.run(&host, out)?,
            DeadLetters::Show(it) => it.run(&host, out)?,
            DeadLetters::Redrive(it) => it.run(&host, out)?,
            DeadLetters::Drop(it) => it.run(&host, out)?,
        }
        Ok(ExitCode::SUCCESS)
    }
}

impl List {
    fn run(self, host: &Host, out: &mut Out) -> Result<()> {
        let zone = TimeZone::get(host.time_zone())?;
        let customer = match &self.customer {
            Some(named) => Some(customer::find(host, named)?.id),
            None => None,
        };
        let page = PageRequest {
            after: self.after,
            limit: self.limit,
        };
        let letters = host.dead_letters(self.plugin, customer, page)?;
        if letters.items.is_empty() && !out.json {
            out.note("No dead letters.");
        }
        for letter in &letters.items {
            if out.json {
                out.document(letter)?;
            } else {
                line(host, letter, &zone, out)?;
            }
        }
        if let Some(next) = letters.next {
            out.note(format!("More dead letters exist: use --after {next}"));
        }
        Ok(())
    }
}

fn line(host: &Host, letter: &DeferredEvent, zone: &TimeZone, out: &mut Out) -> Result<()> {
    let plugin = out.paint.bold(letter.plugin.as_str());
    out.line(format!(
        "{} {plugin}  {}  {}  {}  {}, dead since {}",
        letter.event,
        words::moment(letter.time, zone),
        safe(&letter.kind, 64),
        words::name_of(&host.customer(letter.customer)?),
        words::counted(letter.attempts.into(), "try", "tries"),
        words::moment(letter.since, zone),
    ))?;
    out.line(format!("    {}", out.paint.red(&safe(&letter.error, 300))))
}

impl Show {
    fn run(self, host: &Host, out: &mut Out) -> Result<()> {
        let letter = host.dead_letter(self.event, &self.plugin)?;
        if out.json {
            return out.document(&letter);
        }
        let zone = TimeZone::get(host.time_zone())?;
        line(host, &letter.deferred, &zone, out)?;
        out.line(format!("    {}", words::event(&letter.data)))?;
        for run in &letter.runs {
            let when = words::moment(run.started_at, &zone);
            let result_text = match &run.outcome {
                RunOutcome::Completed => "completed".to_owned(),
                RunOutcome::Failed { detail, .. } => safe(detail, 300),
            };
            out.line(format!(
                "  try {}  {when}  run {}  {result_text}",
                run.attempt, run.id
            ))?;
            for log in &run.logs {
                let severity = format!("{:?}", log.severity).to_lowercase();
                out.line(format!("    {severity}: {}", safe(&log.text, 500)))?;
            }
        }
        if letter.runs.is_empty() {
            out.line("  No attempts yet.")?;
        }
        Ok(())
    }
}

impl Redrive {
    fn run(self, host: &Host, out: &mut Out) -> Result<()> {
        let count = match self.selection.selected()? {
            Selected::One(event, plugin) => {
                host.dead_letter(event, &plugin)?;
                if !self.dry_run {
                    host.redrive(event, &plugin)?;
                }
                1
            }
            Selected::Of(plugin) => host.redrive_all(Some(&plugin), self.dry_run)?,
            Selected::All => host.redrive_all(None, self.dry_run)?,
        };
        if out.json {
            return out.document(&json!({ "events": count, "dry_run": self.dry_run }));
        }
        let events = words::counted(count, "event", "events");
        out.line(match self.dry_run {
            true => format!("{events} would be retried."),
            false => format!("{events} will be retried."),
        })
    }
}

impl Discard {
    fn run(self, host: &Host, out: &mut Out) -> Result<()> {
        let selected = self.selection.selected()?;
        let count = match &selected {
            Selected::One(event, plugin) => host.dead_letter(*event, plugin).map(|_| 1)?,
            Selected::Of(plugin) => host.drop_dead_letters(Some(plugin), true)?,
            Selected::All => host.drop_dead_letters(None, true)?,
        };
        let events = words::counted(count, "dead letter", "dead letters");
        if count > 0 && !self.yes && !confirm(out, &events)? {
            bail!("nothing was dropped");
        }
        let dropped = match &selected {
            Selected::One(event, plugin) => host.drop_dead_letter(*event, plugin).map(|()| 1)?,
            Selected::Of(plugin) => host.drop_dead_letters(Some(plugin), false)?,
            Selected::All => host.drop_dead_letters(None, false)?,
        };
        if out.json {
            return out.document(&json!({ "events": dropped }));
        }
        let events = words::counted(dropped, "dead letter", "dead letters");
        out.line(format!("{events} dropped."))
    }
}

fn confirm(out: &Out, what: &str) -> Result<bool> {
    out.confirm(
        &format!("Drop {what} permanently?"),
        &format!("cannot ask before dropping {what}: no terminal; add --yes to skip the question"),
    )
}
