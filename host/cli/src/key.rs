use std::process::ExitCode;
use std::str::FromStr;

use anyhow::Result;
use clap::{Args, Subcommand};
use jiff::SignedDuration;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::output::{Out, safe};
use super::{Global, usage, words};
use regulars::host::{Host, NewKey};
use regulars::model::{KeyId, KeyScope, Timestamp};
use regulars::store::ApiKey;

/// Create, list and revoke the keys of the HTTP API
#[derive(Subcommand)]
pub enum Key {
    Create(Create),
    List(List),
    Revoke(Revoke),
}

/// Create a key and print its secret once
#[derive(Args)]
#[command(after_help = "\
Scopes:
  admin        everything
  staff        customers and their history, desk, tasks, messages, explain, actions for staff
  app          customers by id or contact point, recording, actions for apps: a till, a web shop
  metrics      /metrics
  plugin:ID    actions for apps of this installation

Examples:
  regulars key create till-2 --scope app
  regulars key create front-desk --scope staff --expires 90d
  regulars key create partner --scope plugin:overheard --expires 2027-01-01")]
pub struct Create {
    /// Name of the key, for the list and the audit log
    name: String,

    /// Scope of the key; repeatable
    #[arg(long = "scope", value_name = "SCOPE", required = true)]
    scopes: Vec<KeyScope>,

    /// Expiry: a number of days or hours (90d, 12h), or a date in --time-zone (2027-01-01)
    #[arg(long, value_name = "WHEN")]
    expires: Option<Expiry>,
}

/// List keys, without their secrets
#[derive(Args)]
#[command(after_help = "Example:\n  regulars key list --json")]
pub struct List {}

/// Revoke a key at once, also for a running server
#[derive(Args)]
#[command(after_help = "\
`regulars key list` prints the ids.

Example:
  regulars key revoke 01970000-0000-7000-8000-000000000001")]
pub struct Revoke {
    /// Id of the key, not its secret
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
            usage!("the key needs a name: regulars key create till-2 --scope app");
        }
        let host = global.open()?;
        let mut new = NewKey::new(self.name.trim(), self.scopes);
        new.expires_at = match self.expires {
            None => None,
            Some(expiry) => Some(expiry.instant(&host)?),
        };
        let (key, secret) = host.create_key(new)?;
        if out.json {
            let mut document = serde_json::to_value(&key)?;
            document["secret"] = secret.into();
            out.document(&document)?;
        } else {
            out.line(secret)?;
            out.note("Store it now: only its hash is kept, so it cannot be shown again.");
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// The expiry of a new key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Expiry {
    In(SignedDuration),
    On(Date),
}

impl FromStr for Expiry {
    type Err = String;

    fn from_str(text: &str) -> Result<Expiry, String> {
        let number = |unit| {
            let digits: &str = text.strip_suffix(unit)?;
            digits.parse::<u16>().ok().map(i64::from)
        };
        if let Some(days) = number('d') {
            return Ok(Expiry::In(SignedDuration::from_hours(24 * days)));
        }
        if let Some(hours) = number('h') {
            return Ok(Expiry::In(SignedDuration::from_hours(hours)));
        }
        text.parse()
            .map(Expiry::On)
            .map_err(|_| "expected days (90d), hours (12h) or a date (2027-01-01)".to_owned())
    }
}

impl Expiry {
    fn instant(self, host: &Host) -> Result<Timestamp> {
        Ok(match self {
            Expiry::In(duration) => host.now() + duration,
            Expiry::On(date) => date.to_zoned(TimeZone::get(host.time_zone())?)?.timestamp(),
        })
    }
}

impl Revoke {
    fn run(self, global: &Global, out: &mut Out) -> Result<ExitCode> {
        let host = global.open_existing()?;
        let key = host.revoke_key(self.id)?;
        if out.json {
            out.document(&key)?;
        } else {
            out.line(format!("Key {} is revoked.", safe(&key.name, 60)))?;
        }
        if host.keys()?.is_empty() {
            out.note("No keys are left. Create one with: regulars key create NAME --scope admin");
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn list(global: &Global, out: &mut Out) -> Result<ExitCode> {
    let host = global.open_existing()?;
    let zone = TimeZone::get(host.time_zone())?;
    let keys = host.keys()?;
    if keys.is_empty() && !out.json {
        out.note("No keys. Create one with: regulars key create NAME --scope SCOPE");
    }
    for key in keys {
        if out.json {
            out.document(&key)?;
        } else {
            out.line(describe(&key, host.now(), &zone))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn describe(key: &ApiKey, now: Timestamp, zone: &TimeZone) -> String {
    let scopes: Vec<String> = key.scopes.iter().map(KeyScope::to_string).collect();
    let mut line = format!(
        "{}  {}  {}; created {}",
        key.id,
        safe(&key.name, 60),
        scopes.join(" "),
        words::moment(key.created_at, zone)
    );
    match key.expires_at {
        Some(at) if at <= now => line += &format!(", expired {}", words::moment(at, zone)),
        Some(at) => line += &format!(", expires {}", words::moment(at, zone)),
        None => {}
    }
    match key.last_used_at {
        Some(at) => line += &format!(", last used {}", words::moment(at, zone)),
        None => line += ", never used",
    }
    line
}
