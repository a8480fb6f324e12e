use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use clap::Args;
use indicatif::ProgressBar;

use super::read_component;
use super::sign::sign;
use super::signed::{read_signature, verify_file};
use crate::open::Scratch;
use crate::output::Out;
use crate::{Global, words};
use regulars::clock::{Clock, SystemClock};
use regulars_registry::{
    Artifact, OciReference, Registry, RegistryOptions, RegistryPaths, TrustedKeys,
};

/// Publish a plugin to an OCI registry
#[derive(Args)]
#[command(after_help = "\
The login comes from the docker config: `docker login HOST`, or the one in DOCKER_CONFIG. The
version is the plugin's own. A signature is published too: a new one with --sign, else that of
FILE.minisig if it exists.

Examples:
  regulars plugin publish overheard.wasm oci://ghcr.io/acme/overheard --sign acme.key
  regulars plugin publish overheard.wasm oci://127.0.0.1:5000/acme/overheard:0.1.0")]
pub struct Publish {
    /// WebAssembly component
    file: PathBuf,

    /// oci://HOST/REPOSITORY, with or without :VERSION
    #[arg(value_name = "REFERENCE")]
    to: String,

    /// Sign the component with the secret key in this file
    #[arg(long, value_name = "KEY")]
    sign: Option<PathBuf>,

    /// Replace a published version. Hosts that installed it refuse the new one until they accept it
    #[arg(long)]
    overwrite: bool,

    /// Use plain HTTP, also for a registry on another machine
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
            .with_context(|| format!("{} is not a valid plugin", self.file.display()))?
            .manifest;
        let reference = OciReference::or_version(&self.to, &manifest.version)?;
        match reference.version() {
            Some(version) if version != manifest.version => bail!(
                "{reference} has version {version}, but the plugin has {}: omit the version, or change the plugin's",
                manifest.version
            ),
            Some(_) if reference.digest().is_none() => {}
            _ => {
                bail!("{reference} names a digest, which is only known after publishing: omit it")
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
                // An outdated signature of an older build is easily left behind.
                let trusted = TrustedKeys::load(&RegistryPaths::next_to(global.db()).trusted)?;
                verify_file(&self.file, &artifact.wasm, &trusted)?.refuse_forged(&self.file)?;
                read_signature(&self.file)?
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
            true => out.line(format!(
                "{reference} is already published, with the same {size}."
            ))?,
            false => out.line(format!("Published {reference}, {size}."))?,
        }
        out.line(format!("manifest  {}", published.manifest))?;
        out.line(format!("component {}", published.layer))?;
        match &published.signed_by {
            Some(key) => out.line(format!("signed with the key {key}"))?,
            None => out.note(
                "It is not signed: others need --allow-unsigned to install it. Sign it with --sign KEY; `regulars plugin keygen` creates a key.",
            ),
        }
        Ok(ExitCode::SUCCESS)
    }
}
