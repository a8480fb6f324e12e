use std::process::ExitCode;

use anyhow::{Context, Result, anyhow, bail};
use clap::Args;

use super::granting::GrantArgs;
use super::inspect::{show, show_source};
use super::obtain::{Purpose, RegistryArgs, obtain};
use super::settings;
use crate::Global;
use crate::open::Scratch;
use crate::output::{Out, safe};
use regulars::error::Error;
use regulars::host::{Host, InstallRequest};
use regulars::model::{Grants, InstallationId, InstallationState};
use regulars::plugin::{Inspection, own_id};

/// Install a plugin and grant what it asks for
#[derive(Args)]
#[command(after_help = "\
Prints what the plugin asks for and asks for your consent; --yes skips the question. You can grant
less, with options or at the question. An installed plugin of the same id is not touched: see
regulars plugin upgrade. A server that runs on this database loads the plugin within two seconds.

A plugin from a registry must be signed by a trusted key (`regulars plugin trust`), and is pinned:
a version must always be the same component. The pins are in regulars.lock beside the database.

Examples:
  regulars plugin install target/plugins/ask-once.wasm
  regulars plugin install considerate-birthday
  regulars plugin install oci://ghcr.io/acme/overheard:1.2.0
  regulars plugin install ask-once.wasm --without birthday,history:message --history-days visit=30
  regulars plugin install coach-referral.wasm --settings '{\"visits\": 8}' --yes")]
pub struct Install {
    /// WebAssembly component: a file, a plugin of the catalogue (`regulars plugin list
    /// --available`), or oci://HOST/REPOSITORY:VERSION
    source: String,
    /// Id of the installation [default: the plugin's name]
    #[arg(long)]
    id: Option<InstallationId>,
    /// Settings, as JSON or @FILE
    #[arg(long, value_name = "JSON|@FILE")]
    settings: Option<String>,
    /// Priority among proposals of one purpose: higher goes first
    #[arg(long, allow_negative_numbers = true)]
    priority: Option<i32>,
    /// Install the plugin disabled
    #[arg(long)]
    disabled: bool,
    /// Replace the plugin installed under this id; settings and memories stay
    #[arg(long)]
    replace: bool,

    #[command(flatten)]
    granting: GrantArgs,

    /// Skip the confirmation
    #[arg(long, short)]
    yes: bool,

    #[command(flatten)]
    registry: RegistryArgs,
}

impl Install {
    pub fn run(self, global: &Global, out: &mut Out) -> Result<ExitCode> {
        let obtained = obtain(&self.source, Purpose::Install, &self.registry, global, out)?;
        let settings = settings(self.settings.as_ref())?;
        // A missing database is created only after the consent.
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
            .with_context(|| format!("{} is not a valid plugin", safe(&self.source, 200)))?;
        obtained.check(&inspection)?;
        if !out.json {
            show(out, &self.source, &inspection)?;
            show_source(out, &obtained)?;
            out.flush()?;
        }
        obtained.warn(&inspection, out);
        if let Some(host) = &host {
            self.note_stored_memory(host, &inspection, out)?;
        }
        let all = Grants::all_requested(&inspection.manifest);
        let granted = self.granting.apply(all.clone())?;
        let granted = match self.yes {
            true => Some(granted),
            false => {
                let question = match self.granting.is_given() {
                    true => "Grant the rest and install it?",
                    false => "Grant all of that and install it?",
                };
                let instead = "read `regulars plugin inspect`, then add --yes";
                GrantArgs::ask(out, question, instead, granted)?
            }
        };
        let Some(granted) = granted else {
            bail!("not installed");
        };
        let host = match host {
            Some(host) => host,
            None => global.open()?,
        };
        let installed = obtained.install_with(|wasm, source| {
            let mut request = InstallRequest::new(wasm, source);
            request.id = self.id;
            request.settings = settings;
            request.priority = self.priority;
            request.replace = self.replace;
            // After a replacement, asks that were refused stay refused.
            request.grants = Some(granted).filter(|granted| *granted != all);
            if self.disabled {
                request.state = Some(InstallationState::Disabled);
            }
            host.install(request).map_err(|error| match error {
                Error::Duplicate { id, .. } => anyhow!(
                    "plugin {id} is already installed: use `regulars plugin upgrade {id}` to upgrade it, --replace to replace it, \
                     or --id NAME to install this one beside it"
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
                InstallationState::Enabled => "It runs on new events.",
                _ => "It is disabled: enable it with `regulars plugin enable`.",
            };
            out.line(format!("\nInstalled {id} {version}. {state}"))?;
        }
        Ok(ExitCode::SUCCESS)
    }

    /// Notes that the plugin will find the memories of one that was uninstalled here.
    fn note_stored_memory(
        &self,
        host: &Host,
        inspection: &Inspection,
        out: &mut Out,
    ) -> Result<()> {
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
            true => "this version migrates them",
            false => "they stay as they are",
        };
        out.note(format!(
            "\n{before} was uninstalled here, and its memories ({} entries) are still stored: {finds}. To delete them \
             first: regulars plugin uninstall {id} --purge",
            left.remembered
        ));
        Ok(())
    }
}
