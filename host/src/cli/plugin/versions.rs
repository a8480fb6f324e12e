use std::process::ExitCode;

use anyhow::{Result, bail};
use clap::Args;
use jiff::tz::TimeZone;

use super::granting::Granting;
use super::settings;
use crate::cli::Global;
use crate::cli::output::{Out, safe};
use crate::cli::words;
use crate::error::Error;
use crate::host::{Host, LeftMemory, RollbackRequest, is_meant};
use crate::model::{Grants, Installation, InstallationId};

/// Return to a version of before, with what it remembered then
#[derive(Args)]
#[command(after_help = "\
Its grants and settings come back with it, and what it remembered when it was replaced: what was
remembered since is not there any more, but it is kept with the version that is replaced now, to
which you can return in turn. Where it was granted what the installed version is not, somebody has
to say yes, or to grant less.

Examples:
  regulars plugin rollback overheard
  regulars plugin rollback overheard --to 0.1.0
  regulars plugin rollback overheard --without effect:message")]
pub struct Rollback {
    id: InstallationId,
    /// A version that `regulars plugin history` lists, or its digest [default: the newest]
    #[arg(long, value_name = "VERSION")]
    to: Option<String>,
    /// Other settings than those of then, as JSON or @FILE
    #[arg(long, value_name = "JSON|@FILE")]
    settings: Option<String>,
    #[command(flatten)]
    granting: Granting,
    /// Accept whatever it was granted then beyond what the installed version is granted
    #[arg(long, short)]
    yes: bool,
}

/// List the versions of a plugin: the installed one, and those that are kept
#[derive(Args)]
#[command(after_help = "\
The last three versions are kept. Who installed, replaced and set it is in `regulars audit`.

Example:
  regulars plugin history overheard")]
pub struct History {
    id: InstallationId,
}

/// Take a plugin out
#[derive(Args)]
#[command(after_help = "\
Its settings, secrets, grants, kept versions, schedules, timers and what waits for it go; its open
cards and questions are dismissed, its messages that wait are cancelled. Tasks stay, and so does
the record of what it did. What it remembers stays, unless you say --purge, now or later:
installed again under the same id, it finds it, and another version takes it over. At a terminal
you are asked first.

Examples:
  regulars plugin uninstall overheard
  regulars plugin uninstall overheard --purge --yes")]
pub struct Uninstall {
    id: InstallationId,
    /// Forget what it remembers, for good
    #[arg(long, conflicts_with = "keep_memory")]
    purge: bool,
    /// Keep what it remembers, for when it is installed again [default]
    #[arg(long)]
    keep_memory: bool,
    /// Do not ask
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
        if self.granting.says() {
            request.grants = self.less(&host)?;
        }
        let back = match host.rollback(&self.id, request.clone()) {
            Err(Error::WiderAsks { asks, .. }) => {
                self.accepted(out, &before, &asks)?;
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
            "{} is {new} again, and remembers what it did then.",
            self.id
        ))?;
        out.line(format!(
            "Forward to {old}: regulars plugin rollback {} --to {old}",
            self.id
        ))?;
        Ok(ExitCode::SUCCESS)
    }
}

impl Rollback {
    /// Of what it was granted then, what is to be granted; none where there is no such version.
    fn less(&self, host: &Host) -> Result<Option<Grants>> {
        let mut kept = host.plugin_versions(&self.id)?.into_iter().skip(1);
        let version = kept.find(|it| is_meant(self.to.as_deref(), &it.version, it.digest));
        version.map(|it| self.granting.apply(it.grants)).transpose()
    }

    fn accepted(&self, out: &mut Out, before: &Installation, asks: &[String]) -> Result<()> {
        let version = safe(&before.manifest.version, 64);
        if !out.json {
            let heading = format!("It was granted then what {version} is not");
            out.line(out.paint.bold(&heading))?;
            for ask in asks {
                let line = format!("  + {}", safe(ask, super::inspect::WHOLE));
                out.line(out.paint.yellow(&line))?;
            }
            out.flush()?;
        }
        let nobody = format!(
            "nobody is there to say yes: it was granted then what {version} is not, and {version} works on ({}); \
             add --yes to grant that again, or leave it out with --without or --history-days",
            safe(&asks.join("; "), super::inspect::WHOLE)
        );
        if !out.confirmed("\nGrant that again, and go back?", &nobody)? {
            bail!("not rolled back: {version} works on");
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
            // What it remembered may still be there to be forgotten.
            Err(Error::NotFound { .. }) if self.purge => None,
            Err(error) => return Err(error.into()),
        };
        if let Some(installed) = &installed
            && !out.json
        {
            self.tell(out, &host, installed)?;
        }
        if self.purge && !self.yes {
            let question = format!("Forget everything that {id} remembers, for good?");
            let nobody = "nobody is there to say yes: add --yes to forget what it remembers";
            if !out.confirmed(&question, nobody)? {
                bail!("not uninstalled");
            }
        } else if !self.yes && out.is_heard() && !out.confirmed("Uninstall it?", "")? {
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
            (true, _) => "What it remembered is forgotten.".to_owned(),
            (false, None) => "It remembered nothing.".to_owned(),
            (false, Some(_)) => format!(
                "What it remembers stays: installed again under this id, it finds it. To forget it: \
                 regulars plugin uninstall {id} --purge"
            ),
        };
        match installed {
            Some(_) => out.line(format!("{id} is uninstalled. {left}"))?,
            None => out.line(format!("{id} was uninstalled before. {left}"))?,
        }
        Ok(ExitCode::SUCCESS)
    }

    /// What goes, and what stays.
    fn tell(&self, out: &mut Out, host: &Host, installed: &Installation) -> Result<()> {
        let version = safe(&installed.manifest.version, 64);
        let secrets = match installed.secrets.len() {
            0 => String::new(),
            1 => ", one of them a secret".to_owned(),
            more => format!(", {more} of them secrets"),
        };
        let kept = match host.plugin_versions(&self.id)?.len() {
            0 | 1 => String::new(),
            2 => ", the version of before that is kept, with what it remembered".to_owned(),
            more => format!(
                ", the {} versions of before that are kept, with what they remembered",
                more - 1
            ),
        };
        let (goes, stays) = match self.purge {
            true => (", all that it remembers", ""),
            false => ("", ", what it remembers"),
        };
        out.line(out.paint.bold(&format!("{} {version}", self.id)))?;
        out.line(format!(
            "  goes      its settings{secrets}, what it is granted{kept}{goes}, its schedules, its timers, and what \
             waits for it"
        ))?;
        out.line("  is ended  its open cards and questions are dismissed, its messages that wait are cancelled")?;
        out.line(format!(
            "  stays     its tasks, the record of what it did{stays}"
        ))?;
        out.flush()
    }
}
