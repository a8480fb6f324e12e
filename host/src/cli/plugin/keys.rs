use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use clap::Args;
use serde_json::json;

use super::read_lines;
use crate::cli::output::{Out, safe};
use crate::cli::{Global, usage};
use crate::registry::{PublicKey, RegistryPaths, Scope, TrustedKey, TrustedKeys};

/// Trust a publisher's key: what it signed may be installed from registries; without a key, list those that are trusted
#[derive(Args)]
#[command(after_help = "\
Get the key from where you know that it is the publisher's: their site, their hand; not from the
registry. The keys are in trusted-keys.toml beside the database, for every database in that
folder. A key counts for everything, unless --for says for what.

Examples:
  regulars plugin trust RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3 --name acme
  regulars plugin trust acme.pub --name acme --for ghcr.io/acme
  regulars plugin trust")]
pub struct Trust {
    /// A public key of minisign, or the file that it is in
    key: Option<String>,

    /// What its owner is called here
    #[arg(long)]
    name: Option<String>,

    /// Trust it only for what comes from there: a registry, or repositories of one, such as ghcr.io/acme; may be given again
    #[arg(long = "for", value_name = "HOST/PATH", value_delimiter = ',')]
    only: Vec<Scope>,

    /// The file of trusted keys [default: trusted-keys.toml beside the database]
    #[arg(long, env = "REGULARS_TRUSTED_KEYS", value_name = "FILE")]
    trusted_keys: Option<PathBuf>,
}

/// Trust a key no more; what is installed stays
#[derive(Args)]
#[command(after_help = "Example:\n  regulars plugin untrust acme")]
pub struct Untrust {
    /// Its owner's name here, its id, or the key itself
    key: String,

    /// The file of trusted keys [default: trusted-keys.toml beside the database]
    #[arg(long, env = "REGULARS_TRUSTED_KEYS", value_name = "FILE")]
    trusted_keys: Option<PathBuf>,
}

impl Trust {
    pub fn run(self, global: &Global, out: &mut Out) -> Result<ExitCode> {
        let path = file(self.trusted_keys, global);
        let Some(key) = self.key else {
            if self.name.is_some() || !self.only.is_empty() {
                usage!("--name and --for are said of a key: regulars plugin trust KEY --name NAME");
            }
            return list(&path, out);
        };
        let Some(name) = self.name.as_deref().map(str::trim) else {
            usage!("say whose key it is: regulars plugin trust KEY --name NAME");
        };
        if name.is_empty() || name != safe(name, 60) {
            usage!("--name: up to 60 characters are expected, on one line");
        }
        let key = read(&key)?;
        let trusted = TrustedKey {
            name: name.to_owned(),
            key,
            only: self.only,
        };
        TrustedKeys::add(&path, trusted.clone())?;
        if out.json {
            out.document(&as_json(&trusted))?;
        } else {
            let id = trusted.key.id();
            let whence = match trusted.only.is_empty() {
                true => "registries".to_owned(),
                false => trusted.only_in_words(),
            };
            out.line(format!(
                "What {name} signs with the key {id} may be installed from {whence}."
            ))?;
        }
        Ok(ExitCode::SUCCESS)
    }
}

impl Untrust {
    pub fn run(self, global: &Global, out: &mut Out) -> Result<ExitCode> {
        let path = file(self.trusted_keys, global);
        let gone = TrustedKeys::remove(&path, &self.key)?;
        if gone.is_empty() {
            bail!(
                "{} has no key {}: `regulars plugin trust` lists them",
                path.display(),
                self.key
            );
        }
        for key in gone {
            if out.json {
                out.document(&as_json(&key))?;
                continue;
            }
            let (name, id) = (safe(&key.name, 60), key.key.id());
            out.line(format!("The key {id} of {name} is trusted no more."))?;
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn list(path: &Path, out: &mut Out) -> Result<ExitCode> {
    let trusted = TrustedKeys::load(path)?;
    if trusted.keys().is_empty() && !out.json {
        out.note("No key is trusted: regulars plugin trust KEY --name NAME");
    }
    for key in trusted.keys() {
        if out.json {
            out.document(&as_json(key))?;
        } else {
            let name = safe(&key.name, 60);
            let only = match key.only.is_empty() {
                true => String::new(),
                false => format!(", only for {}", key.only_in_words()),
            };
            out.line(format!("{}  {}  {name}{only}", key.key.id(), key.key))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn as_json(key: &TrustedKey) -> serde_json::Value {
    json!({
        "name": key.name, "id": key.key.id().to_string(), "key": key.key.to_string(), "for": key.only,
    })
}

/// A key as it is, or the file that it is in.
fn read(given: &str) -> Result<PublicKey> {
    if let Ok(key) = given.parse() {
        return Ok(key);
    }
    let path = Path::new(given);
    if !path.exists() {
        bail!("{given} is neither a public key of minisign nor a file");
    }
    read_lines(path)?.parse().with_context(|| given.to_owned())
}

fn file(named: Option<PathBuf>, global: &Global) -> PathBuf {
    named.unwrap_or_else(|| RegistryPaths::next_to(global.db()).trusted)
}
