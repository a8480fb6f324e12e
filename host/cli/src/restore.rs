use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::Args;
use serde_json::json;

use super::output::Out;
use super::{Global, backup};
use regulars::clock::{Clock, SystemClock};
use regulars::host;

/// Restore the database from a backup
#[derive(Args)]
#[command(after_help = "\
Stop the server first. The backup is checked before anything is replaced. The replaced database is
kept as <database>.before-restore-<time>: everything recorded since the backup is only there.

Examples:
  regulars restore /backups/crm-2026-11-22.db --dry-run
  regulars restore /backups/crm-2026-11-22.db --db /var/lib/regulars/crm.db")]
pub struct Restore {
    /// Backup file
    file: PathBuf,
    /// Only check the backup and print what would be replaced
    #[arg(long)]
    dry_run: bool,
}

impl Restore {
    pub fn run(self, global: &Global, out: &mut Out) -> Result<ExitCode> {
        let bar = backup::progress_bar();
        let now = SystemClock.now();
        let db = global.db();
        let done = host::restore(&self.file, db, now, self.dry_run, |at| {
            backup::show_progress(&bar, at);
        });
        bar.finish_and_clear();
        let done = done.with_context(|| format!("cannot restore {}", db.display()))?;
        if out.json {
            out.document(&json!({
                "file": self.file, "db": db, "dry_run": self.dry_run,
                "contents": done.contents, "replaced": done.replaced,
            }))?;
            return Ok(ExitCode::SUCCESS);
        }
        let contents = backup::describe(&done.contents, global);
        let (verb, is_kept) = match self.dry_run {
            true => ("would hold", "would be kept as"),
            false => ("holds", "is kept as"),
        };
        out.line(format!("{} {verb} {contents}", db.display()))?;
        if let Some(replaced) = &done.replaced {
            out.line(format!(
                "The previous database {is_kept} {}",
                replaced.display()
            ))?;
        }
        if self.dry_run {
            out.note("Nothing was written.");
        }
        Ok(ExitCode::SUCCESS)
    }
}
