use std::process::ExitCode;

use anyhow::Result;
use clap::Args;

use crate::cli::Global;
use crate::cli::output::{Out, safe};
use crate::model::{InstallationId, InstallationState};

/// List what is installed
#[derive(Args)]
#[command(after_help = "Example:\n  regulars plugin list --json")]
pub struct List {}

/// Switch a plugin on
#[derive(Args)]
#[command(after_help = "\
A server that runs on this database notices when it is started again.

Example:
  regulars plugin enable ask-once")]
pub struct Enable {
    id: InstallationId,
}

/// Switch a plugin off; what it proposed and remembers stays
#[derive(Args)]
#[command(after_help = "\
A server that runs on this database notices when it is started again.

Example:
  regulars plugin disable ask-once")]
pub struct Disable {
    id: InstallationId,
}

impl List {
    pub fn run(self, global: &Global, out: &mut Out) -> Result<ExitCode> {
        let installed = global.open_existing()?.installations();
        if installed.is_empty() && !out.json {
            out.note("There are none: regulars plugin install FILE");
        }
        for it in installed {
            if out.json {
                out.document(&it)?;
                continue;
            }
            let state = match it.state {
                InstallationState::Enabled => out.paint.green("enabled "),
                _ => out.paint.yellow("disabled"),
            };
            let name = out.paint.bold(it.id.as_str());
            let version = safe(&it.manifest.version, 30);
            let title = safe(&it.manifest.title, 60);
            out.line(format!("{state}  {name} {version}  {title}"))?;
            let source = safe(&it.source, 200);
            out.line(
                out.paint
                    .dim(&format!("          {} from {source}", it.digest)),
            )?;
        }
        Ok(ExitCode::SUCCESS)
    }
}

impl Enable {
    pub fn run(self, global: &Global, out: &mut Out) -> Result<ExitCode> {
        switch(global, out, &self.id, InstallationState::Enabled, "on")
    }
}

impl Disable {
    pub fn run(self, global: &Global, out: &mut Out) -> Result<ExitCode> {
        switch(global, out, &self.id, InstallationState::Disabled, "off")
    }
}

fn switch(
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
        out.line(format!("{id} is switched {word}."))?;
    }
    out.flush()?;
    global.warn_of_server(out);
    Ok(ExitCode::SUCCESS)
}
