use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;

use super::output::Out;
use super::{Global, words};
use regulars::host;
use regulars::store::sqlite::{Contents, Copying};

/// Copy the database into a file, also while a server runs
#[derive(Args)]
#[command(after_help = "\
The copy holds one moment, with everything that was acknowledged before it. The file appears once
it is complete and checked. `regulars restore` restores it.

Examples:
  regulars backup /backups/crm-2026-11-22.db
  regulars backup latest.db --force --json")]
pub struct Backup {
    /// File to create
    file: PathBuf,
    /// Replace an existing file
    #[arg(long)]
    force: bool,
}

impl Backup {
    pub fn run(self, global: &Global, out: &mut Out) -> Result<ExitCode> {
        let bar = progress_bar();
        let made = host::backup(global.db(), &self.file, self.force, |at| {
            show_progress(&bar, at)
        });
        bar.finish_and_clear();
        let contents = made.with_context(|| format!("cannot back up {}", global.db().display()))?;
        if out.json {
            out.document(&json!({ "file": self.file, "contents": contents }))?;
        } else {
            out.line(format!(
                "{} holds {}",
                self.file.display(),
                describe(&contents, global)
            ))?;
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// Describes the contents of a database on one line.
pub fn describe(contents: &Contents, global: &Global) -> String {
    let zone = jiff::tz::TimeZone::get(&global.time_zone).unwrap_or(jiff::tz::TimeZone::UTC);
    let until = contents.newest_event_at.map_or(String::new(), |at| {
        format!(", up to {}", words::moment(at, &zone))
    });
    format!(
        "{}, {}, {}{until}: {}",
        words::counted(contents.customers, "customer", "customers"),
        words::counted(contents.interactions, "interaction", "interactions"),
        words::counted(contents.events, "event", "events"),
        words::bytes(contents.bytes)
    )
}

/// Returns a progress bar. It hides itself if standard error is no terminal.
pub fn progress_bar() -> ProgressBar {
    let style = ProgressStyle::with_template("{bar:30} {percent:>3} %  {msg}  {elapsed} elapsed");
    let bar = ProgressBar::new(0);
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar
}

pub fn show_progress(bar: &ProgressBar, at: Copying) {
    match at {
        Copying::Copied { done, of } => {
            bar.set_length(of);
            bar.set_position(done);
            bar.set_message(format!("{} of {}", words::bytes(done), words::bytes(of)));
        }
        Copying::Checking => {
            bar.set_position(bar.length().unwrap_or(0));
            bar.set_message("checking the copy");
        }
    }
}
