use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use clap::Args;
use serde_json::json;

use super::read_lines;
use crate::output::{Out, safe};
use crate::{Global, usage};
use regulars_registry::{PublicKey, RegistryPaths, Scope, TrustedKey, TrustedKeys};

/// Trust a publisher's key for installs from registries; list or remove trusted keys
#[derive(Args)]
#[command(after_help = "\
Get the key from a place that you know is the publisher's, such as their web site, not from the
registry. The keys are in trusted-keys.toml beside the database, and count for every database in
that folder. A key is trusted for all registries unless --for limits it. Without a key, the
command lists the trusted ones. Plugins stay installed after their key is removed.

Examples:
  regulars plugin trust RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3 --name acme
  regulars plugin trust acme.pub --name acme --for ghcr.io/acme
  regulars plugin trust
  regulars plugin trust --remove acme")]
pub struct Trust {
    /// Minisign public key, or a file with one
    key: Option<String>,

    /// Name of the key's owner
    #[arg(long)]
    name: Option<String>,

    /// Trust the key only for a registry or its repositories, such as ghcr.io/acme; repeatable
    #[arg(long = "for", value_name = "HOST/PATH", value_delimiter = ',')]
    only: Vec<Scope>,

    /// Remove a trusted key: its owner's name, its id, or the key itself
    #[arg(long, value_name = "NAME|KEY", conflicts_with_all = ["key", "name", "only"])]
    remove: Option<String>,

    /// File of trusted keys [default: trusted-keys.toml beside the database]
    #[arg(long, env = "REGULARS_TRUSTED_KEYS", value_name = "FILE")]
    trusted_keys: Option<PathBuf>,
}

impl Trust {
    pub fn run(self, global: &Global, out: &mut Out) -> Result<ExitCode> {
        let path = keys_file(self.trusted_keys, global);
        if let Some(key) = self.remove {
            return remove(&path, &key, out);
        }
        let Some(key) = self.key else {
            if self.name.is_some() || !self.only.is_empty() {
                usage!("--name and --for need a key: regulars plugin trust KEY --name NAME");
            }
            return list(&path, out);
        };
        let Some(name) = self.name.as_deref().map(str::trim) else {
            usage!("the key needs a name: regulars plugin trust KEY --name NAME");
        };
        if name.is_empty() || name != safe(name, 60) {
            usage!("invalid --name: expected up to 60 characters on one line");
        }
        let key = read_key(&key)?;
        let trusted = TrustedKey {
            name: name.to_owned(),
            key,
            only: self.only,
        };
        TrustedKeys::add(&path, trusted.clone())?;
        if out.json {
            out.document(&key_json(&trusted))?;
        } else {
            let id = trusted.key.id();
            let source = match trusted.only.is_empty() {
                true => "registries".to_owned(),
                false => trusted.only_in_words(),
            };
            out.line(format!(
                "The key {id} of {name} is trusted for plugins from {source}."
            ))?;
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn remove(path: &Path, key: &str, out: &mut Out) -> Result<ExitCode> {
    let removed = TrustedKeys::remove(path, key)?;
    if removed.is_empty() {
        bail!(
            "{} has no key {key}: `regulars plugin trust` lists the keys",
            path.display()
        );
    }
    for key in removed {
        if out.json {
            out.document(&key_json(&key))?;
            continue;
        }
        let (name, id) = (safe(&key.name, 60), key.key.id());
        out.line(format!("The key {id} of {name} is no longer trusted."))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn list(path: &Path, out: &mut Out) -> Result<ExitCode> {
    let trusted = TrustedKeys::load(path)?;
    if trusted.keys().is_empty() && !out.json {
        out.note("No trusted keys. Add one with: regulars plugin trust KEY --name NAME");
    }
    for key in trusted.keys() {
        if out.json {
            out.document(&key_json(key))?;
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

fn key_json(key: &TrustedKey) -> serde_json::Value {
    json!({
        "name": key.name, "id": key.key.id().to_string(), "key": key.key.to_string(), "for": key.only,
    })
}

/// Parses a key, or reads the file with one.
fn read_key(given: &str) -> Result<PublicKey> {
    if let Ok(key) = given.parse() {
        return Ok(key);
    }
    let path = Path::new(given);
    if !path.exists() {
        bail!("{given} is neither a minisign public key nor a file");
    }
    read_lines(path)?.parse().with_context(|| given.to_owned())
}

fn keys_file(named: Option<PathBuf>, global: &Global) -> PathBuf {
    named.unwrap_or_else(|| RegistryPaths::next_to(global.db()).trusted)
}
