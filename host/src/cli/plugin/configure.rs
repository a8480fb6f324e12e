//! What an installed plugin is set to, and what it is granted.

use std::process::ExitCode;

use anyhow::Result;
use clap::Args;
use serde_json::json;

use super::granting::Granting;
use super::json_argument;
use crate::cli::Global;
use crate::cli::output::{Out, safe};
use crate::model::{Grants, Installation, InstallationId};

/// Show a plugin's settings, or set them
#[derive(Args)]
#[command(after_help = "\
What is given replaces all settings, but for secrets: one that is not given stays, and null
forgets it. Secrets are never shown. A server that runs on this database takes it up within a
second or two.

Examples:
  regulars plugin settings coach-referral
  regulars plugin settings coach-referral '{\"visits\": 8}'
  regulars plugin settings coach-referral @settings.json")]
pub struct Settings {
    id: InstallationId,
    /// All its settings, as JSON or @FILE
    #[arg(value_name = "JSON|@FILE")]
    settings: Option<String>,
}

/// Show what a plugin is granted, or grant it less
#[derive(Args)]
#[command(after_help = "\
It holds from the next run on. An upgrade keeps to it.

Examples:
  regulars plugin grant overheard
  regulars plugin grant overheard --without birthday --history-days visit=30
  regulars plugin grant overheard --all --without effect:message")]
pub struct Grant {
    id: InstallationId,
    /// Begin with all that it asks for, also what was refused before
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    granting: Granting,
}

impl Settings {
    pub fn run(self, global: &Global, out: &mut Out) -> Result<ExitCode> {
        let given = self.settings.as_ref();
        let given = given.map(|text| json_argument("settings", text));
        let given = given.transpose()?;
        let host = global.open_existing()?;
        let installed = match given {
            Some(settings) => host.set_plugin_settings(&self.id, settings)?,
            None => host.installation(&self.id)?,
        };
        let (settings, secrets) = (&installed.settings, &installed.secrets);
        if out.json {
            out.document(&json!({ "settings": settings, "secrets": secrets }))?;
            return Ok(ExitCode::SUCCESS);
        }
        for (name, value) in settings.as_object().into_iter().flatten() {
            let name = out.paint.bold(&safe(name, 100));
            out.line(format!("{name}  {}", safe(&value.to_string(), 1000)))?;
        }
        for name in secrets {
            let name = out.paint.bold(&safe(name, 100));
            out.line(format!("{name}  a secret, which is set"))?;
        }
        if secrets.is_empty() && settings.as_object().is_none_or(serde_json::Map::is_empty) {
            out.line("Nothing is set: its own defaults hold.")?;
        }
        Ok(ExitCode::SUCCESS)
    }
}

impl Grant {
    pub fn run(self, global: &Global, out: &mut Out) -> Result<ExitCode> {
        let host = global.open_existing()?;
        let mut installed = host.installation(&self.id)?;
        if self.all || self.granting.says() {
            let grants = match self.all {
                true => installed.grants.raised_to(&installed.manifest),
                false => installed.grants.clone(),
            };
            let grants = self.granting.apply(grants)?;
            installed = host.set_plugin_grants(&self.id, grants, Some(installed.version))?;
        }
        if out.json {
            out.document(&installed.grants)?;
            return Ok(ExitCode::SUCCESS);
        }
        show(out, &installed)?;
        Ok(ExitCode::SUCCESS)
    }
}

/// What is granted of what is asked for.
fn show(out: &mut Out, installed: &Installation) -> Result<()> {
    let asked = Grants::all_requested(&installed.manifest);
    let granted = &installed.grants;
    let parts = [
        ("It is granted", granted.diff(&Grants::default())),
        ("It asks for more, which is refused", asked.diff(granted)),
    ];
    for (heading, lines) in parts {
        if lines.is_empty() {
            continue;
        }
        out.line(out.paint.bold(heading))?;
        for line in lines {
            out.line(format!("  {}", safe(&line, super::inspect::WHOLE)))?;
        }
    }
    if *granted == Grants::default() {
        out.line("It is granted nothing.")?;
    }
    Ok(())
}
