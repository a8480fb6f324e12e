use std::process::ExitCode;

use anyhow::Result;
use clap::Args;

use crate::Global;
use crate::output::Out;
use crate::words;
use regulars::model::{InstallationId, PluginLimits};

/// Show or set a plugin's rate, concurrency and fuel limits
#[derive(Args)]
#[command(after_help = "\
A call beyond a limit waits, without delaying other plugins. Limits that are not named stay as
they are.

Examples:
  regulars plugin limits coach-referral
  regulars plugin limits coach-referral --runs-per-second 100
  regulars plugin limits coach-referral --default --concurrent-runs 1")]
pub struct Limits {
    id: InstallationId,
    /// Maximum calls per second; up to ten seconds' worth at once
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    runs_per_second: Option<u32>,
    /// Maximum concurrent calls
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    concurrent_runs: Option<u32>,
    /// Maximum fuel per minute; up to ten seconds' worth at once
    #[arg(long, value_name = "FUEL", value_parser = clap::value_parser!(u64).range(1..))]
    fuel_per_minute: Option<u64>,
    /// First reset all limits to the host's defaults
    #[arg(long)]
    default: bool,
}

impl Limits {
    pub fn run(self, global: &Global, out: &mut Out) -> Result<ExitCode> {
        let host = global.open_existing()?;
        let before = host.installation(&self.id)?;
        let given = PluginLimits {
            runs_per_second: self.runs_per_second,
            concurrent_runs: self.concurrent_runs,
            fuel_per_minute: self.fuel_per_minute,
        };
        let base = match self.default {
            true => PluginLimits::default(),
            false => before.limits,
        };
        let installed = host.set_plugin_limits(&self.id, given.or(base))?;
        if out.json {
            out.document(&installed.limits)?;
            return Ok(ExitCode::SUCCESS);
        }
        let limits = installed.limits;
        for (name, set) in [
            ("runs per second", limits.runs_per_second.map(u64::from)),
            ("concurrent runs", limits.concurrent_runs.map(u64::from)),
            ("fuel per minute", limits.fuel_per_minute),
        ] {
            let set = set.map_or("the host’s default".to_owned(), words::count);
            out.line(format!("{name}: {set}"))?;
        }
        Ok(ExitCode::SUCCESS)
    }
}
