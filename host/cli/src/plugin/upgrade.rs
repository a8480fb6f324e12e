use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};

use super::granting::GrantArgs;
use super::inspect::show_source;
use super::obtain::{Purpose, RegistryArgs, obtain};
use super::settings;
use crate::Global;
use crate::output::{Out, safe};
use regulars::host::UpgradeRequest;
use regulars::model::{Grants, Installation, InstallationId, InstallationState};
use regulars::plugin::{AskDirection, VersionDiff};

/// Upgrade a plugin to another version
#[derive(Args)]
#[command(after_help = "\
Prints how this version's asks differ. If it asks for more, someone has to accept that; until then
the installed version stays active. Memories, settings and the grants that are still asked for
carry over. Refused asks stay refused, unless --grant-all is given. The last three versions are
kept: regulars plugin rollback.

Examples:
  regulars plugin upgrade overheard overheard-0.2.0.wasm
  regulars plugin upgrade overheard oci://ghcr.io/acme/overheard:0.2.0
  regulars plugin upgrade overheard overheard-0.2.0.wasm --yes --without birthday")]
pub struct Upgrade {
    /// Plugin, as `regulars plugin list` names it
    id: InstallationId,
    /// New version: a file, a plugin of the catalogue, or oci://HOST/REPOSITORY:VERSION
    source: String,
    #[command(flatten)]
    registry: RegistryArgs,
    /// New settings, as JSON or @FILE
    #[arg(long, value_name = "JSON|@FILE")]
    settings: Option<String>,
    #[command(flatten)]
    granting: GrantArgs,
    /// Grant everything that it asks for, including what was refused before
    #[arg(long)]
    grant_all: bool,
    /// Accept everything that it asks for beyond the installed version
    #[arg(long, short)]
    yes: bool,
}

impl Upgrade {
    pub fn run(self, global: &Global, out: &mut Out) -> Result<ExitCode> {
        let obtained = obtain(&self.source, Purpose::Install, &self.registry, global, out)?;
        let settings = settings(self.settings.as_ref())?;
        let host = global.open_existing()?;
        let installed = host.installation(&self.id)?;
        let inspection = host
            .inspect(obtained.wasm.clone())
            .with_context(|| format!("{} is not a valid plugin", safe(&self.source, 200)))?;
        obtained.check(&inspection)?;
        let difference = host.compare(&self.id, obtained.wasm.clone())?;
        if !out.json {
            print_difference(out, &installed, &difference)?;
            show_source(out, &obtained)?;
            out.flush()?;
        }
        obtained.warn(&inspection, out);
        let new = &inspection.manifest;
        let mut grants = installed.grants.widened_to(&installed.manifest, new);
        if self.grant_all {
            grants = grants.raised_to(new);
        }
        let grants = self.granting.apply(grants)?;
        let grants = match difference.wider && !self.yes {
            true => match self.ask_for_wider(out, &installed, grants)? {
                Some(grants) => grants,
                None => bail!(
                    "not upgraded: {} stays active",
                    safe(&installed.manifest.version, 64)
                ),
            },
            false => grants,
        };
        let upgraded = obtained.install_with(|wasm, source| {
            let bar = bar();
            let mut request = UpgradeRequest::new(wasm, source);
            request.settings = settings;
            request.grants = Some(grants);
            // The decision was made on this record; the grants may have changed since.
            request.decided_on = Some(installed.version);
            let upgraded = host.upgrade_telling(&self.id, request, |done, all| {
                bar.set_length(all);
                bar.set_position(done);
            });
            bar.finish_and_clear();
            Ok(upgraded?)
        })?;
        if out.json {
            out.document(
                &serde_json::json!({ "difference": difference, "installation": upgraded }),
            )?;
        } else {
            let version = safe(&upgraded.manifest.version, 64);
            let state = match upgraded.state {
                InstallationState::Enabled => "It runs on new events.",
                _ => "It is disabled: enable it with `regulars plugin enable`.",
            };
            out.line(format!("\n{} is now {version}. {state}", self.id))?;
            let back = safe(&installed.manifest.version, 64);
            out.line(format!(
                "Back to {back}: regulars plugin rollback {}",
                self.id
            ))?;
        }
        Ok(ExitCode::SUCCESS)
    }

    fn ask_for_wider(
        &self,
        out: &mut Out,
        installed: &Installation,
        grants: Grants,
    ) -> Result<Option<Grants>> {
        let version = safe(&installed.manifest.version, 64);
        let question = "Accept that, and upgrade?";
        let instead = format!(
            "this version asks for more, and {version} stays active; read what it asks for, then add --yes"
        );
        GrantArgs::ask(out, question, &instead, grants)
    }
}

/// Prints how a version's asks differ.
fn print_difference(
    out: &mut Out,
    installed: &Installation,
    difference: &VersionDiff,
) -> Result<()> {
    let title = out.paint.bold(&safe(&installed.manifest.title, 100));
    let (from, to) = (&difference.from, &difference.to);
    let (old, new) = (safe(&from.version, 64), safe(&to.version, 64));
    out.line(format!("{title} ({}): {old} → {new}", installed.id))?;
    out.line(format!("installed {}", from.digest))?;
    out.line(format!("upgrade   {}", to.digest))?;
    let parts = [
        (AskDirection::Wider, "It asks for more", "+"),
        (AskDirection::Narrower, "It no longer asks for", "-"),
    ];
    for (direction, heading, sign) in parts {
        let mut changes = difference.changes.iter();
        if !changes.any(|change| change.direction == direction) {
            continue;
        }
        out.line(format!("\n{}", out.paint.bold(heading)))?;
        for change in difference
            .changes
            .iter()
            .filter(|it| it.direction == direction)
        {
            let line = format!(
                "  {sign} {}",
                safe(&change.to_string(), super::inspect::MAX_ASK_CHARS)
            );
            out.line(match direction {
                AskDirection::Wider => out.paint.yellow(&line),
                AskDirection::Narrower => out.paint.dim(&line),
            })?;
        }
    }
    if !difference.refused.is_empty() {
        let heading = "Refused before, and still refused (--grant-all grants it)";
        out.line(format!("\n{}", out.paint.bold(heading)))?;
        for refused in &difference.refused {
            out.line(out.paint.dim(&format!(
                "  = {}",
                safe(refused, super::inspect::MAX_ASK_CHARS)
            )))?;
        }
    }
    if difference.changes.is_empty() {
        out.line("\nIts asks are the same.")?;
    }
    out.line(match difference.migrates {
        true => "\nThe new version migrates its memories.",
        false => "\nIts memories stay as they are.",
    })
}

fn bar() -> ProgressBar {
    let style = ProgressStyle::with_template("{bar:30} {pos}/{len} memories migrated, {eta} left");
    let bar = ProgressBar::new(0);
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar
}
