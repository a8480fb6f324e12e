use std::process::ExitCode;

use anyhow::{Result, bail};
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;

use super::output::{Out, safe};
use super::{Global, words};
use regulars::clock::{Clock, SystemClock};
use regulars::host::{DoctorOptions, examine};
use regulars::model::{Finding, FindingState};

/// Check the database, the plugins, the clock and the disk, and advise
#[derive(Args)]
#[command(after_help = "\
Nothing is written, so it works beside a running server, and if no server starts. The exit code is
1 if there is an error, else 0.

Examples:
  regulars doctor --db /var/lib/regulars/crm.db
  regulars doctor --quick --json")]
pub struct Doctor {
    /// Skip the checks that read every row
    #[arg(long)]
    quick: bool,
}

impl Doctor {
    pub fn run(self, global: &Global, out: &mut Out) -> Result<ExitCode> {
        let db = global.db();
        if !db.exists() {
            bail!(
                "no database {}: name one with --db or REGULARS_DB",
                db.display()
            );
        }
        let checkup = DoctorOptions {
            time_zone: &global.time_zone,
            now: SystemClock.now(),
            quick: self.quick,
        };
        let bar = bar();
        let findings = examine(db, &checkup, |check, done, of| {
            bar.set_length(of);
            bar.set_position(done);
            bar.set_message(check.to_owned());
        });
        bar.finish_and_clear();
        let count = |state| findings.iter().filter(|it| it.state == state).count() as u64;
        let errors = count(FindingState::Error);
        let warnings = count(FindingState::Warning);
        if out.json {
            out.document(&json!({
                "db": db, "ok": errors == 0, "errors": errors, "warnings": warnings,
                "findings": findings,
            }))?;
        } else {
            for finding in &findings {
                show(finding, out)?;
            }
            out.line(format!(
                "{}, {}.",
                words::counted(errors, "error", "errors"),
                words::counted(warnings, "warning", "warnings")
            ))?;
        }
        Ok(ExitCode::from(u8::from(errors > 0)))
    }
}

fn show(finding: &Finding, out: &mut Out) -> Result<()> {
    let state = match finding.state {
        FindingState::Ok => out.paint.green("ok     "),
        FindingState::Warning => out.paint.yellow("warning"),
        FindingState::Error => out.paint.red("error  "),
    };
    let check = out.paint.bold(&safe(&finding.check, 80));
    out.line(format!("{state}  {check}: {}", safe(&finding.found, 500)))?;
    if let Some(advice) = &finding.advice {
        out.line(format!("         → {}", safe(advice, 500)))?;
    }
    Ok(())
}

/// Returns a progress bar. It hides itself if standard error is no terminal.
fn bar() -> ProgressBar {
    let style = ProgressStyle::with_template("{bar:30} {pos} of {len}  {msg}  {elapsed} elapsed");
    let bar = ProgressBar::new(0);
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar.enable_steady_tick(std::time::Duration::from_millis(200));
    bar
}
