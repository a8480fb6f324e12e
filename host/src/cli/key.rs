use std::process::ExitCode;

use anyhow::Result;
use clap::{Args, Subcommand};
use jiff::tz::TimeZone;
use serde_json::json;

use super::output::{Out, safe};
use super::{Global, usage, words};
use crate::model::KeyId;

/// Make, list and revoke the keys that open the HTTP API
#[derive(Subcommand)]
pub enum Key {
    Create(Create),
    List(List),
    Revoke(Revoke),
}

/// Make a key and print its secret, this once
#[derive(Args)]
#[command(after_help = "Example:\n  regulars key create till-2")]
pub struct Create {
    /// Whose key it is: for the list
    name: String,
}

/// List the keys, without their secrets
#[derive(Args)]
#[command(after_help = "Example:\n  regulars key list --json")]
pub struct List {}

/// Revoke a key: it opens nothing from now on, also at a server that is running
#[derive(Args)]
#[command(after_help = "\
`regulars key list` shows the ids.

Example:
  regulars key revoke 01970000-0000-7000-8000-000000000001")]
pub struct Revoke {
    /// The id of the key, not its secret
    id: KeyId,
}

impl Key {
    pub fn run(self, global: &Global, out: &mut Out) -> Result<ExitCode> {
        match self {
            Key::Create(it) => it.run(global, out),
            Key::List(_) => list(global, out),
            Key::Revoke(it) => it.run(global, out),
        }
    }
}

impl Create {
    fn run(self, global: &Global, out: &mut Out) -> Result<ExitCode> {
        if self.name.trim().is_empty() {
            usage!("the key needs a name: regulars key create till-2");
        }
        let (key, secret) = global.open()?.create_key(self.name.trim())?;
        if out.json {
            out.document(&json!({
                "id": key.id, "name": key.name, "created_at": key.created_at, "secret": secret,
            }))?;
        } else {
            out.line(secret)?;
            out.note("Keep it: only its hash is stored, and it is not shown again.");
        }
        Ok(ExitCode::SUCCESS)
    }
}

impl Revoke {
    fn run(self, global: &Global, out: &mut Out) -> Result<ExitCode> {
        let host = global.open_existing()?;
        let key = host.revoke_key(self.id)?;
        if out.json {
            out.document(&json!({ "id": key.id, "name": key.name, "created_at": key.created_at }))?;
        } else {
            out.line(format!("{} opens nothing any more.", safe(&key.name, 60)))?;
        }
        if host.keys()?.is_empty() {
            out.note("That was the last one: regulars key create NAME");
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn list(global: &Global, out: &mut Out) -> Result<ExitCode> {
    let host = global.open_existing()?;
    let zone = TimeZone::get(host.time_zone())?;
    let keys = host.keys()?;
    if keys.is_empty() && !out.json {
        out.note("There are no keys: regulars key create NAME");
    }
    for key in keys {
        if out.json {
            out.document(&json!({ "id": key.id, "name": key.name, "created_at": key.created_at }))?;
        } else {
            let made = words::moment(key.created_at, &zone);
            out.line(format!("{}  {made}  {}", key.id, safe(&key.name, 60)))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}
