use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::Args;
use jiff::tz::TimeZone;

use super::output::Out;
use super::plugin::read_component;
use super::transcript::{exit_with_2, print_replay};
use super::{Global, run, words};
use regulars::model::{Component, RunId};

/// Replay a run and compare its effects
#[derive(Args)]
#[command(after_help = "\
The plugin is called with the recorded input, and nothing is written. Its effects are compared
byte for byte, before any decision. Failed runs can be replayed, and a share of the others:
`regulars run show` says whether a run can.

Exit code: 0 same effects, 1 different effects, 2 cannot be replayed.

Examples:
  regulars replay 01970000-0000-7000-8000-000000000001
  regulars replay 01970000-0000-7000-8000-000000000001 --with target/plugins/coach-referral.wasm")]
pub struct Replay {
    /// Id of a run, as `regulars run list` prints it
    run: RunId,
    /// Replay with another version of the plugin
    #[arg(long, value_name = "FILE.wasm")]
    with: Option<PathBuf>,
}

impl Replay {
    pub fn run(self, global: &Global, out: &mut Out) -> Result<ExitCode> {
        let result = self.replay(global, out);
        exit_with_2(out, result)
    }

    fn replay(self, global: &Global, out: &mut Out) -> Result<ExitCode> {
        let host = global.open_existing()?;
        let with = match &self.with {
            None => None,
            Some(file) => Some(Component::new(read_component(file)?)),
        };
        let replay = host.replay(self.run, with)?;
        if out.json {
            out.document(&replay)?;
            return Ok(ExitCode::from(if replay.same { 0 } else { 1 }));
        }
        let recorded = host.run(self.run)?;
        let zone = TimeZone::get(host.time_zone())?;
        out.line(format!(
            "{} on {}, {}",
            out.paint.bold(recorded.installation.as_str()),
            run::trigger(&recorded.trigger),
            words::moment(recorded.started_at, &zone),
        ))?;
        if replay.replayed_with != replay.recorded_with {
            out.line(format!("recorded with {}", replay.recorded_with))?;
            out.line(format!("replayed with {}", replay.replayed_with))?;
        }
        print_replay(out, &replay)
    }
}
