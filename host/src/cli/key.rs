use std::process::ExitCode;
use std::str::FromStr;

use anyhow::Result;
use clap::{Args, Subcommand};
use jiff::SignedDuration;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::output::{Out, safe};
use super::{Global, usage, words};
use crate::host::{Host, NewKey};
use crate::model::{KeyId, KeyScope, Timestamp};
use crate::store::ApiKey;

/// Make, list and revoke the keys that open the HTTP API
#[derive(Subcommand)]
pub enum Key {
    Create(Create),
    List(List),
    Revoke(Revoke),
}

/// Make a key and print its secret, this once
#[derive(Args)]
#[command(after_help = "\
Scopes:
  admin        everything
  staff        customers and their history, the desk, tasks, messages, explain, actions for staff
  app          customers by id or contact point, recording, actions for apps: a till, a web shop
  metrics      /metrics
  plugin:ID    the actions for apps of this installation

Examples:
  regulars key create till-2 --scope app
  regulars key create front-desk --scope staff --expires 90d
  regulars key create partner --scope plugin:overheard --expires 2027-01-01")]
pub struct Create {
    /// Whose key it is: for the list and the audit
    name: String,

    /// What it opens; may be given again
    #[arg(long = "scope", value_name = "SCOPE", required = true)]
    scopes: Vec<KeyScope>,

    /// When it ends: after so many days or hours (90d, 12h), or on a day in --time-zone (2027-01-01)
    #[arg(long, value_name = "WHEN")]
    expires: Option<Expiry>,
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
            let mut shown = serde_json::to_value(&key)?;
            shown["secret"] = secret.into();
            out.document(&shown)?;
        } else {
            out.line(secret)?;
            out.note("Keep it: only its hash is stored, and it is not shown again.");
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// When a key is to end.
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
        text.parse().map(Expiry::On).map_err(|_| {
            "days such as 90d, hours such as 12h, or a date such as 2027-01-01 is expected"
                .to_owned()
        })
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
            out.line(format!("{} opens nothing any more.", safe(&key.name, 60)))?;
        }
        if host.keys()?.is_empty() {
            out.note("That was the last one: regulars key create NAME --scope admin");
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn list(global: &Global, out: &mut Out) -> Result<ExitCode> {
    let host = global.open_existing()?;
    let zone = TimeZone::get(host.time_zone())?;
    let keys = host.keys()?;
    if keys.is_empty() && !out.json {
        out.note("There are no keys: regulars key create NAME --scope SCOPE");
    }
    for key in keys {
        if out.json {
            out.document(&key)?;
        } else {
            out.line(in_words(&key, host.now(), &zone))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn in_words(key: &ApiKey, now: Timestamp, zone: &TimeZone) -> String {
    let scopes: Vec<String> = key.scopes.iter().map(KeyScope::to_string).collect();
    let mut line = format!(
        "{}  {}  {}; made {}",
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
