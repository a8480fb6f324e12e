//! Settings and grants of an installed plugin.

use std::process::ExitCode;

use anyhow::Result;
use clap::Args;
use serde_json::json;

use super::granting::GrantArgs;
use super::json_argument;
use crate::Global;
use crate::output::{Out, safe};
use regulars::model::{Grants, Installation, InstallationId};

/// Show or replace a plugin's settings
#[derive(Args)]
#[command(after_help = "\
The new settings replace all old ones, except secrets: an omitted secret stays, and null deletes
it. Secrets are never printed. A server that runs on this database applies the change within two
seconds.

Examples:
  regulars plugin settings coach-referral
  regulars plugin settings coach-referral '{\"visits\": 8}'
  regulars plugin settings coach-referral @settings.json")]
pub struct Settings {
    id: InstallationId,
    /// New settings, as JSON or @FILE
    #[arg(value_name = "JSON|@FILE")]
    settings: Option<String>,
}

/// Show or reduce a plugin's grants
#[derive(Args)]
#[command(after_help = "\
The grants apply from the next run, and an upgrade keeps them.

Examples:
  regulars plugin grant overheard
  regulars plugin grant overheard --without birthday --history-days visit=30
  regulars plugin grant overheard --all --without effect:message")]
pub struct Grant {
    id: InstallationId,
    /// Start from everything that the plugin asks for, including what was refused before
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    granting: GrantArgs,
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
            out.line(format!("{name}  (secret, set)"))?;
        }
        if secrets.is_empty() && settings.as_object().is_none_or(serde_json::Map::is_empty) {
            out.line("No settings: the plugin’s defaults apply.")?;
        }
        Ok(ExitCode::SUCCESS)
    }
}

impl Grant {
    pub fn run(self, global: &Global, out: &mut Out) -> Result<ExitCode> {
        let host = global.open_existing()?;
        let mut installed = host.installation(&self.id)?;
        if self.all || self.granting.is_given() {
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

/// Prints the granted and the refused part of the manifest's asks.
fn show(out: &mut Out, installed: &Installation) -> Result<()> {
    let asked = Grants::all_requested(&installed.manifest);
    let granted = &installed.grants;
    let parts = [
        ("Granted", granted.diff(&Grants::default())),
        ("Asked for, but refused", asked.diff(granted)),
    ];
    for (heading, lines) in parts {
        if lines.is_empty() {
            continue;
        }
        out.line(out.paint.bold(heading))?;
        for line in lines {
            out.line(format!("  {}", safe(&line, super::inspect::MAX_ASK_CHARS)))?;
        }
    }
    if *granted == Grants::default() {
        out.line("Nothing is granted.")?;
    }
    Ok(())
}
