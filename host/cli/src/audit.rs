use std::process::ExitCode;

use anyhow::Result;
use clap::Args;
use jiff::tz::TimeZone;

use super::output::{Out, safe};
use super::{Global, words};
use regulars::model::{Actor, AuditEntry};
use regulars::store::PageRequest;

/// List administrative actions: keys, plugins, imports, backups
#[derive(Args)]
#[command(after_help = "\
Examples:
  regulars audit
  regulars audit --limit 1000 --json")]
pub struct Audit {
    /// Number of entries, newest first
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=1000))]
    limit: u32,
}

impl Audit {
    pub fn run(self, global: &Global, out: &mut Out) -> Result<ExitCode> {
        let host = global.open_existing()?;
        let zone = TimeZone::get(host.time_zone())?;
        let page = host.audit(PageRequest::first(self.limit))?;
        if page.items.is_empty() && !out.json {
            out.note("No administrative actions yet.");
        }
        for entry in &page.items {
            if out.json {
                out.document(entry)?;
            } else {
                out.line(describe(entry, &zone)?)?;
            }
        }
        if page.next.is_some() && !out.json {
            out.note("More entries exist: use a higher --limit.");
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn describe(entry: &AuditEntry, zone: &TimeZone) -> Result<String> {
    let who = match &entry.actor {
        Actor::Key { id, name } => format!("key {} ({id})", safe(name, 60)),
        Actor::Cli => "this program".to_owned(),
        Actor::Library => "the embedding program".to_owned(),
        Actor::Customer { id } => format!("the customer {id}, on their own page"),
    };
    let act = serde_json::to_value(entry.act)?;
    let act = act.as_str().unwrap_or_default().replace('-', " ");
    let details = match entry.details.as_object() {
        Some(details) if !details.is_empty() => {
            format!("  {}", safe(&entry.details.to_string(), 160))
        }
        _ => String::new(),
    };
    Ok(format!(
        "{}  {act}: {}  by {who}{details}",
        words::moment(entry.at, zone),
        safe(&entry.subject, 100),
    ))
}
