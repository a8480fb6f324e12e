use std::process::ExitCode;

use anyhow::{Result, bail};
use clap::Args;
use jiff::tz::TimeZone;

use super::granting::GrantArgs;
use super::settings;
use crate::Global;
use crate::output::{Out, safe};
use crate::words;
use regulars::error::Error;
use regulars::host::{Host, LeftMemory, RollbackRequest, is_meant};
use regulars::model::{Grants, Installation, InstallationId};

/// Roll a plugin back to an earlier version, with its memories of then
#[derive(Args)]
#[command(after_help = "\
Grants, settings and memories return as they were when that version was replaced. The current ones
are kept with the version that is replaced now, so you can return to it. If the earlier version
had more grants than the installed one, someone has to accept that, or grant less.

Examples:
  regulars plugin rollback overheard
  regulars plugin rollback overheard --to 0.1.0
  regulars plugin rollback overheard --without effect:message")]
pub struct Rollback {
    id: InstallationId,
    /// Version of `regulars plugin history`, or its digest [default: the newest]
    #[arg(long, value_name = "VERSION")]
    to: Option<String>,
    /// New settings, as JSON or @FILE
    #[arg(long, value_name = "JSON|@FILE")]
    settings: Option<String>,
    #[command(flatten)]
    granting: GrantArgs,
    /// Accept everything that it was granted beyond the installed version
    #[arg(long, short)]
    yes: bool,
}

/// List the installed version of a plugin and the earlier ones that are kept
#[derive(Args)]
#[command(after_help = "\
The last three versions are kept. `regulars audit` tells who installed, replaced and configured
it.

Example:
  regulars plugin history overheard")]
pub struct History {
    id: InstallationId,
}

/// Uninstall a plugin
#[derive(Args)]
#[command(after_help = "\
Its settings, secrets, grants, kept versions, schedules, timers and deferred events are removed.
Its open cards and questions are dismissed, and its queued messages are cancelled. Tasks and the
record of its runs stay. Its memories stay too, unless --purge is given, now or later: a plugin
installed under the same id finds them. At a terminal you are asked first.

Examples:
  regulars plugin uninstall overheard
  regulars plugin uninstall overheard --purge --yes")]
pub struct Uninstall {
    id: InstallationId,
    /// Delete its memories permanently
    #[arg(long, conflicts_with = "keep_memory")]
    purge: bool,
    /// Keep its memories for a later install [default]
    #[arg(long)]
    keep_memory: bool,
    /// Skip the confirmation
    #[arg(long, short)]
    yes: bool,
}

impl Rollback {
    pub fn run(self, global: &Global, out: &mut Out) -> Result<ExitCode> {
        let host = global.open_existing()?;
        let before = host.installation(&self.id)?;
        let mut request = RollbackRequest {
            to: self.to.clone(),
            accept_wider: self.yes,
            settings: settings(self.settings.as_ref())?,
            decided_on: Some(before.version),
            ..RollbackRequest::default()
        };
        if self.granting.is_given() {
            request.grants = self.reduced_grants(&host)?;
        }
        let back = match host.rollback(&self.id, request.clone()) {
            Err(Error::WiderAsks { asks, .. }) => {
                self.confirm_wider(out, &before, &asks)?;
                request.accept_wider = true;
                host.rollback(&self.id, request)?
            }
            other => other?,
        };
        if out.json {
            out.document(&back)?;
            return Ok(ExitCode::SUCCESS);
        }
        let (old, new) = (&before.manifest.version, &back.manifest.version);
        let (old, new) = (safe(old, 64), safe(new, 64));
        out.line(format!(
            "{} is {new} again, with its memories of then.",
            self.id
        ))?;
        out.line(format!(
            "To return to {old}: regulars plugin rollback {} --to {old}",
            self.id
        ))?;
        Ok(ExitCode::SUCCESS)
    }
}

impl Rollback {
    /// Returns the version's grants, reduced by the options. `None` if there is no such version.
    fn reduced_grants(&self, host: &Host) -> Result<Option<Grants>> {
        let mut versions = host.plugin_versions(&self.id)?.into_iter().skip(1);
        let version = versions.find(|it| is_meant(self.to.as_deref(), &it.version, it.digest));
        version.map(|it| self.granting.apply(it.grants)).transpose()
    }

    fn confirm_wider(&self, out: &mut Out, before: &Installation, asks: &[String]) -> Result<()> {
        let version = safe(&before.manifest.version, 64);
        if !out.json {
            let heading = format!("Granted then, but not to {version}");
            out.line(out.paint.bold(&heading))?;
            for ask in asks {
                let line = format!("  + {}", safe(ask, super::inspect::MAX_ASK_CHARS));
                out.line(out.paint.yellow(&line))?;
            }
            out.flush()?;
        }
        let refusal = format!(
            "cannot ask for consent: no terminal; the earlier version had grants that {version} has not, and {version} stays active ({}); \
             add --yes to grant them, or remove them with --without or --history-days",
            safe(&asks.join("; "), super::inspect::MAX_ASK_CHARS)
        );
        if !out.confirm("\nGrant that again, and roll back?", &refusal)? {
            bail!("not rolled back: {version} stays active");
        }
        Ok(())
    }
}

impl History {
    pub fn run(self, global: &Global, out: &mut Out) -> Result<ExitCode> {
        let host = global.open_existing()?;
        let zone = TimeZone::get(host.time_zone())?;
        for it in host.plugin_versions(&self.id)? {
            if out.json {
                out.document(&it)?;
                continue;
            }
            let version = out.paint.bold(&safe(&it.version, 64));
            let state = match (it.replaced_at, it.remembered) {
                (Some(at), remembered) => format!(
                    "replaced {}, kept with {} memories",
                    words::moment(at, &zone),
                    remembered.unwrap_or(0)
                ),
                (None, _) => out.paint.green("installed"),
            };
            out.line(format!("{version}  {state}"))?;
            let from = format!("  {} from {}", it.digest, safe(&it.source, 200));
            out.line(out.paint.dim(&from))?;
        }
        Ok(ExitCode::SUCCESS)
    }
}

impl Uninstall {
    pub fn run(self, global: &Global, out: &mut Out) -> Result<ExitCode> {
        let host = global.open_existing()?;
        let id = &self.id;
        let installed = match host.installation(id) {
            Ok(installed) => Some(installed),
            // Memories of an uninstalled plugin can still be purged.
            Err(Error::NotFound { .. }) if self.purge => None,
            Err(error) => return Err(error.into()),
        };
        if let Some(installed) = &installed
            && !out.json
        {
            self.print_plan(out, &host, installed)?;
        }
        if self.purge && !self.yes {
            let question = format!("Delete all memories of {id} permanently?");
            let refusal = "cannot ask before deleting the memories: no terminal; add --yes to skip the question";
            if !out.confirm(&question, refusal)? {
                bail!("not uninstalled");
            }
        } else if !self.yes && out.is_interactive() && !out.confirm("Uninstall it?", "")? {
            bail!("not uninstalled");
        }
        let memory = match self.purge {
            true => LeftMemory::Purge,
            false => LeftMemory::Keep,
        };
        host.uninstall(id, memory)?;
        if out.json {
            let memory = if self.purge { "purged" } else { "kept" };
            out.document(&serde_json::json!({ "uninstalled": id, "memory": memory }))?;
            return Ok(ExitCode::SUCCESS);
        }
        let left = match (self.purge, host.orphaned_memories(id)?) {
            (true, _) => "Its memories are deleted.".to_owned(),
            (false, None) => "It had no memories.".to_owned(),
            (false, Some(_)) => format!(
                "Its memories stay for a later install under this id. To delete them: \
                 regulars plugin uninstall {id} --purge"
            ),
        };
        match installed {
            Some(_) => out.line(format!("{id} is uninstalled. {left}"))?,
            None => out.line(format!("{id} was already uninstalled. {left}"))?,
        }
        Ok(ExitCode::SUCCESS)
    }

    /// Prints what is removed and what stays.
    fn print_plan(&self, out: &mut Out, host: &Host, installed: &Installation) -> Result<()> {
        let version = safe(&installed.manifest.version, 64);
        let secrets = match installed.secrets.len() {
            0 => String::new(),
            1 => ", one of them a secret".to_owned(),
            more => format!(", {more} of them secrets"),
        };
        let versions = match host.plugin_versions(&self.id)?.len() {
            0 | 1 => String::new(),
            2 => ", the earlier version that is kept, with its memories".to_owned(),
            more => format!(
                ", the {} earlier versions that are kept, with their memories",
                more - 1
            ),
        };
        let (goes, stays) = match self.purge {
            true => (", its memories", ""),
            false => ("", ", its memories"),
        };
        out.line(out.paint.bold(&format!("{} {version}", self.id)))?;
        out.line(format!(
            "  removed   its settings{secrets}, its grants{versions}{goes}, its schedules, its timers, its deferred events"
        ))?;
        out.line("  ended     its open cards and questions are dismissed, its queued messages are cancelled")?;
        out.line(format!(
            "  stays     its tasks, the record of its runs{stays}"
        ))?;
        out.flush()
    }
}
