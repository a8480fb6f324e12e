use std::process::ExitCode;

use anyhow::{Context, Result, anyhow, bail};
use clap::Args;

use super::granting::Granting;
use super::inspect::{show, show_source};
use super::obtain::{Purpose, RegistryArgs, obtain};
use super::settings;
use crate::cli::Global;
use crate::cli::open::Scratch;
use crate::cli::output::{Out, safe};
use crate::error::Error;
use crate::host::{Host, InstallRequest};
use crate::model::{Grants, InstallationId, InstallationState};
use crate::plugin::{Inspection, own_id};

/// Install a plugin, granting what it asks for
#[derive(Args)]
#[command(after_help = "\
Shows what the plugin asks for, and asks whether that is all right; --yes has read it. You may
grant less, at the question too. A plugin of the same id is not touched: see regulars plugin
upgrade. A server that runs on this database takes it up within a second or two.

What comes from a registry must be signed by a key that is trusted here (`regulars plugin trust`),
and is pinned: the same version must be the same component for ever. The pins are in regulars.lock
beside the database.

Examples:
  regulars plugin install target/plugins/ask-once.wasm
  regulars plugin install considerate-birthday
  regulars plugin install oci://ghcr.io/acme/overheard:1.2.0
  regulars plugin install ask-once.wasm --without birthday,history:message --history-days visit=30
  regulars plugin install coach-referral.wasm --settings '{\"visits\": 8}' --yes")]
pub struct Install {
    /// A WebAssembly component: a file, the name of a plugin that ships (`regulars plugin list --available`), or
    /// oci://HOST/REPOSITORY:VERSION
    source: String,
    /// What it is called here [default: the name it gives itself]
    #[arg(long)]
    id: Option<InstallationId>,
    /// Its settings, as JSON or @FILE
    #[arg(long, value_name = "JSON|@FILE")]
    settings: Option<String>,
    /// Decides between proposals of one purpose: higher goes first
    #[arg(long, allow_negative_numbers = true)]
    priority: Option<i32>,
    /// Install it without switching it on
    #[arg(long)]
    disabled: bool,
    /// Put it in the place of the plugin that is installed under this id; settings and memory stay
    #[arg(long)]
    replace: bool,

    #[command(flatten)]
    granting: Granting,

    /// Do not ask
    #[arg(long, short)]
    yes: bool,

    #[command(flatten)]
    registry: RegistryArgs,
}

impl Install {
    pub fn run(self, global: &Global, out: &mut Out) -> Result<ExitCode> {
        let obtained = obtain(&self.source, Purpose::Install, &self.registry, global, out)?;
        let settings = settings(self.settings.as_ref())?;
        // Where there is no database yet, it is made after the yes: whoever says no has none.
        let host = match global.db().exists() {
            true => Some(global.open()?),
            false => None,
        };
        let inspection = match &host {
            Some(host) => host.inspect(obtained.wasm.clone()),
            None => {
                let scratch = Scratch::new()?;
                let host = scratch.builder("UTC").without_workers().build()?;
                host.inspect(obtained.wasm.clone())
            }
        };
        let inspection = inspection
            .with_context(|| format!("{} cannot be a plugin here", safe(&self.source, 200)))?;
        obtained.check(&inspection)?;
        if !out.json {
            show(out, &self.source, &inspection)?;
            show_source(out, &obtained)?;
            out.flush()?;
        }
        obtained.warn(&inspection, out);
        if let Some(host) = &host {
            self.tell_of_memory(host, &inspection, out)?;
        }
        let all = Grants::all_requested(&inspection.manifest);
        let granted = self.granting.apply(all.clone())?;
        let granted = match self.yes {
            true => Some(granted),
            false => {
                let question = match self.granting.says() {
                    true => "Grant what is left of that, and install it?",
                    false => "Grant all of that and install it?",
                };
                let instead = "read what `regulars plugin inspect` says, and add --yes";
                Granting::ask(out, question, instead, granted)?
            }
        };
        let Some(granted) = granted else {
            bail!("not installed");
        };
        let host = match host {
            Some(host) => host,
            None => global.open()?,
        };
        let installed = obtained.installing(|wasm, source| {
            let mut request = InstallRequest::new(wasm, source);
            request.id = self.id;
            request.settings = settings;
            request.priority = self.priority;
            request.replace = self.replace;
            // Where another version is replaced, what was refused that one stays refused.
            request.grants = Some(granted).filter(|granted| *granted != all);
            if self.disabled {
                request.state = Some(InstallationState::Disabled);
            }
            host.install(request).map_err(|error| match error {
                Error::Duplicate { id, .. } => anyhow!(
                    "a plugin {id} is installed already: regulars plugin upgrade {id} puts another version in its \
                     place; --replace installs this in its place, and --id NAME beside it"
                ),
                error => error.into(),
            })
        })?;
        if out.json {
            out.document(&installed)?;
        } else {
            let id = &installed.id;
            let version = safe(&installed.manifest.version, 64);
            let state = match installed.state {
                InstallationState::Enabled => "It runs on what happens from now on.",
                _ => "It is switched off: regulars plugin enable to switch it on.",
            };
            out.line(format!("\nInstalled {id} {version}. {state}"))?;
        }
        Ok(ExitCode::SUCCESS)
    }

    /// Whoever installs a plugin where one was before is told that it finds what that one remembered.
    fn tell_of_memory(&self, host: &Host, inspection: &Inspection, out: &mut Out) -> Result<()> {
        let manifest = &inspection.manifest;
        let id = match &self.id {
            Some(id) => id.clone(),
            None => own_id(manifest)?,
        };
        let Some(left) = host.orphaned_memories(&id)? else {
            return Ok(());
        };
        let before = match &left.of {
            Some(of) => format!("{id} {}", safe(&of.version, 64)),
            None => id.to_string(),
        };
        let rewrites = inspection.hooks.contains(&"migrate")
            && left.of.is_some_and(|of| of.digest != inspection.digest);
        let finds = match rewrites {
            true => "this version rewrites it for itself",
            false => "it is found as it is",
        };
        out.note(format!(
            "\n{before} was uninstalled here, and what it remembered is still there ({} entries): {finds}. To have it \
             forgotten first: regulars plugin uninstall {id} --purge",
            left.remembered
        ));
        Ok(())
    }
}
