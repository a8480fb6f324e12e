use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use clap::Args;
use indicatif::ProgressBar;

use super::read_component;
use super::sign::sign;
use super::signed::{beside, of_file};
use crate::cli::open::Scratch;
use crate::cli::output::Out;
use crate::cli::{Global, words};
use crate::clock::{Clock, SystemClock};
use crate::registry::{
    Artifact, OciReference, Registry, RegistryOptions, RegistryPaths, TrustedKeys,
};

/// Publish a plugin to an OCI registry, for others to install
#[derive(Args)]
#[command(after_help = "\
The login is that of the docker config: `docker login HOST`, or what DOCKER_CONFIG names. The
version is the plugin's own. Its signature goes with it: a new one with --sign, else FILE.minisig
where it is there.

Examples:
  regulars plugin publish overheard.wasm oci://ghcr.io/acme/overheard --sign acme.key
  regulars plugin publish overheard.wasm oci://127.0.0.1:5000/acme/overheard:0.1.0")]
pub struct Publish {
    /// A WebAssembly component
    file: PathBuf,

    /// oci://HOST/REPOSITORY, with or without :VERSION
    #[arg(value_name = "REFERENCE")]
    to: String,

    /// Sign it with the secret key in this file
    #[arg(long, value_name = "KEY")]
    sign: Option<PathBuf>,

    /// Replace what is there under this version. Whoever installed it will be refused until they accept that
    #[arg(long)]
    overwrite: bool,

    /// Plain HTTP to a registry that is not on this machine
    #[arg(long)]
    insecure: bool,
}

impl Publish {
    pub fn run(self, global: &Global, out: &mut Out) -> Result<ExitCode> {
        let wasm = read_component(&self.file)?;
        let scratch = Scratch::new()?;
        let host = scratch.builder("UTC").without_workers().build()?;
        let manifest = host
            .inspect(wasm.clone())
            .with_context(|| format!("{} cannot be a plugin", self.file.display()))?
            .manifest;
        let reference = OciReference::or_version(&self.to, &manifest.version)?;
        match reference.version() {
            Some(version) if version != manifest.version => bail!(
                "{reference} says version {version}, and the plugin says {} of itself: leave the version out, or change the plugin's",
                manifest.version
            ),
            Some(_) if reference.digest().is_none() => {}
            _ => {
                bail!("{reference} names a digest, which only what is published has: leave it out")
            }
        }
        let artifact = Artifact {
            wasm,
            title: manifest.title,
            version: manifest.version,
            summary: manifest.summary,
            created: SystemClock.now(),
        };
        let signature = match &self.sign {
            Some(key) => Some(sign(&artifact.wasm, &self.file, key)?),
            None => {
                // One of an older build is easily forgotten there.
                let trusted = TrustedKeys::load(&RegistryPaths::next_to(global.db()).trusted)?;
                of_file(&self.file, &artifact.wasm, &trusted)?.refuse_forged(&self.file)?;
                beside(&self.file)?
            }
        };
        let registry = Registry::of(
            &reference,
            RegistryOptions {
                insecure: self.insecure,
                ..RegistryOptions::default()
            },
        )?;
        let bar = ProgressBar::new_spinner();
        bar.enable_steady_tick(Duration::from_millis(100));
        bar.set_message(format!(
            "sending {} to {}",
            words::bytes(artifact.wasm.len() as u64),
            reference.host()
        ));
        let published = registry.publish(&reference, &artifact, signature.as_ref(), self.overwrite);
        bar.finish_and_clear();
        let published = published?;
        if out.json {
            out.document(&published)?;
            return Ok(ExitCode::SUCCESS);
        }
        let size = words::bytes(published.size);
        match published.was_there {
            true => out.line(format!("{reference} was there already, the same {size}."))?,
            false => out.line(format!("Published {reference}, {size}."))?,
        }
        out.line(format!("manifest  {}", published.manifest))?;
        out.line(format!("component {}", published.layer))?;
        match &published.signed_by {
            Some(key) => out.line(format!("signed with the key {key}"))?,
            None => out.note(
                "It is not signed: others can install it only with --allow-unsigned. --sign KEY signs it; `regulars plugin keygen` makes a key.",
            ),
        }
        Ok(ExitCode::SUCCESS)
    }
}
