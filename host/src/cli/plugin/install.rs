use std::io::{self, BufRead, IsTerminal, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result, anyhow, bail};
use clap::Args;

use super::inspect::show;
use super::{json_argument, read_component};
use crate::cli::Global;
use crate::cli::output::Out;
use crate::error::Error;
use crate::host::InstallRequest;
use crate::model::{Grants, InstallationId, InstallationState};

/// Install a plugin, granting what it asks for
#[derive(Args)]
#[command(after_help = "\
Shows what the plugin asks for, and asks whether that is all right; --yes has read it. A plugin of
the same id is replaced; it keeps its memory, and its settings where none are given. A server that
runs on this database takes it up within a second or two.

Examples:
  regulars plugin install target/plugins/ask-once.wasm
  regulars plugin install coach-referral.wasm --settings '{\"visits\": 8}' --yes")]
pub struct Install {
    /// A WebAssembly component
    file: PathBuf,
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

    /// Let it send service messages: answers to what the customer did, which the caps do not hold back. Only for
    /// a plugin that asks for it
    #[arg(long)]
    grant_service: bool,

    /// Do not ask
    #[arg(long, short)]
    yes: bool,
}

impl Install {
    pub fn run(self, global: &Global, out: &mut Out) -> Result<ExitCode> {
        let wasm = read_component(&self.file)?;
        let settings = match &self.settings {
            Some(text) => Some(json_argument("--settings", text)?),
            None => None,
        };
        let host = global.open()?;
        let inspection = host
            .inspect(wasm.clone())
            .with_context(|| format!("{} cannot be a plugin here", self.file.display()))?;
        if !out.json {
            show(out, &self.file, &inspection)?;
            out.flush()?;
        }
        if !self.yes && !confirmed(out)? {
            bail!("not installed");
        }
        let source = std::path::absolute(&self.file).unwrap_or(self.file);
        let mut request = InstallRequest::new(wasm, source.display().to_string());
        request.id = self.id;
        request.settings = settings;
        request.priority = self.priority;
        request.replace = self.replace;
        if self.grant_service {
            request.grants = Some(Grants {
                service: true,
                ..Grants::all_asked(&inspection.manifest)
            });
        }
        if self.disabled {
            request.state = Some(InstallationState::Disabled);
        }
        let installed = host.install(request).map_err(|error| match error {
            Error::Duplicate { id, .. } => anyhow!(
                "a plugin {id} is installed already: add --replace to put this in its place, or \
                 --id NAME to install it beside the other"
            ),
            error => error.into(),
        })?;
        if out.json {
            out.document(&installed)?;
        } else {
            let (id, version) = (&installed.id, &installed.manifest.version);
            let state = match installed.state {
                InstallationState::Enabled => "It runs on what happens from now on.",
                _ => "It is switched off: regulars plugin enable to switch it on.",
            };
            out.line(format!("\nInstalled {id} {version}. {state}"))?;
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// Asks the person at the terminal.
fn confirmed(out: &Out) -> Result<bool> {
    if !io::stdin().is_terminal() {
        bail!(
            "nobody is there to say yes: read what `regulars plugin inspect` says, and add --yes"
        );
    }
    if out.json {
        bail!("--json asks no questions: read what `regulars plugin inspect` says, and add --yes");
    }
    let mut stderr = io::stderr();
    write!(stderr, "\nGrant all of that and install it? [y/N] ")?;
    stderr.flush()?;
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer)?;
    Ok(matches!(answer.trim().to_lowercase().as_str(), "y" | "yes"))
}
