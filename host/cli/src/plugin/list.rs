use std::process::ExitCode;

use anyhow::Result;
use clap::Args;
use jiff::tz::TimeZone;

use crate::Global;
use crate::output::{Out, safe};
use crate::words;
use regulars::model::{InstallationId, InstallationState};

/// List installed plugins
#[derive(Args)]
#[command(after_help = "\
Examples:
  regulars plugin list --json
  regulars plugin list --available")]
pub struct List {
    /// List the plugins of the catalogue, which `regulars plugin install NAME` installs
    #[arg(long)]
    available: bool,
}

/// Enable a plugin
#[derive(Args)]
#[command(after_help = "\
A server that runs on this database applies the change within two seconds.

Example:
  regulars plugin enable ask-once")]
pub struct Enable {
    id: InstallationId,
}

/// Disable a plugin; its proposals and memory stay
#[derive(Args)]
#[command(after_help = "\
A server that runs on this database applies the change within two seconds.

Example:
  regulars plugin disable ask-once")]
pub struct Disable {
    id: InstallationId,
}

/// Resume a quarantined plugin
#[derive(Args)]
#[command(after_help = "\
A plugin that fails repeatedly is quarantined: `regulars plugin list` prints the reason. Its
events are deferred meanwhile, and reach it once it is resumed. A server that runs on this
database applies the change within two seconds.

Example:
  regulars plugin resume ask-once")]
pub struct Resume {
    id: InstallationId,
}

impl List {
    pub fn run(self, global: &Global, out: &mut Out) -> Result<ExitCode> {
        if self.available {
            return super::available::list(out);
        }
        let host = global.open_existing()?;
        let zone = TimeZone::get(host.time_zone())?;
        let installed = host.installations();
        if installed.is_empty() && !out.json {
            out.note("No plugins. Install one with: regulars plugin install FILE");
        }
        for it in installed {
            if out.json {
                out.document(&it)?;
                continue;
            }
            let state = match it.state {
                InstallationState::Enabled => out.paint.green("enabled    "),
                InstallationState::Disabled => out.paint.yellow("disabled   "),
                InstallationState::Quarantined => out.paint.red("quarantined"),
                InstallationState::Broken => out.paint.red("broken     "),
            };
            let name = out.paint.bold(it.id.as_str());
            let version = safe(&it.manifest.version, 30);
            let title = safe(&it.manifest.title, 60);
            out.line(format!("{state}  {name} {version}  {title}"))?;
            let source = safe(&it.source, 200);
            out.line(
                out.paint
                    .dim(&format!("             {} from {source}", it.digest)),
            )?;
            if let Some(trouble) = &it.trouble {
                let since = words::moment(trouble.since, &zone);
                let next = trouble.next_trial.map_or(String::new(), |at| {
                    format!("; next trial {}", words::moment(at, &zone))
                });
                let reason = safe(&trouble.reason, 300);
                out.line(format!("             since {since}: {reason}{next}"))?;
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

impl Enable {
    pub fn run(self, global: &Global, out: &mut Out) -> Result<ExitCode> {
        set_state(global, out, &self.id, InstallationState::Enabled, "enabled")
    }
}

impl Disable {
    pub fn run(self, global: &Global, out: &mut Out) -> Result<ExitCode> {
        set_state(
            global,
            out,
            &self.id,
            InstallationState::Disabled,
            "disabled",
        )
    }
}

impl Resume {
    pub fn run(self, global: &Global, out: &mut Out) -> Result<ExitCode> {
        let installed = global.open_existing()?.resume_plugin(&self.id)?;
        if out.json {
            out.document(&installed)?;
        } else {
            out.line(format!("{} is resumed.", self.id))?;
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn set_state(
    global: &Global,
    out: &mut Out,
    id: &InstallationId,
    state: InstallationState,
    word: &str,
) -> Result<ExitCode> {
    let installed = global.open_existing()?.set_plugin_state(id, state)?;
    if out.json {
        out.document(&installed)?;
    } else {
        out.line(format!("{id} is {word}."))?;
    }
    Ok(ExitCode::SUCCESS)
}
