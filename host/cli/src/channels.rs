use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::output::{Out, safe};
use super::{Global, usage};
use regulars::clock::{Clock, SystemClock};
use regulars::host::HostBuilder;
use regulars::model::*;
use regulars::outbox::config::{ChannelsFile, EmailSettings, Encryption, WebhookSettings};
use regulars::outbox::{Channels, DESK, Envelope, SendPool, missing_links};
use regulars::web_url::check_base;

/// Check the channels that deliver messages to customers
#[derive(Subcommand)]
pub enum ChannelCommand {
    Check(Check),
}

/// Check a channels file, describe its channels and send a test message
#[derive(Args)]
#[command(after_help = "\
Secrets are never printed. Without --send-test no connection is made. The exit code is 1 if the
file is invalid or a test message was refused.

host/channels.example.toml lists every setting.

Examples:
  regulars channels check channels.toml
  regulars channels check channels.toml --send-test you@example.com
  regulars channels check channels.toml --send-test +4930123456 --channel sms")]
pub struct Check {
    /// Channels file [default: the file of --channels]
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,

    /// Send a test message to this address or number, through every channel that reaches it
    #[arg(long, value_name = "ADDRESS")]
    send_test: Option<String>,

    /// Send the test message through this channel only
    #[arg(long, value_name = "NAME", requires = "send_test")]
    channel: Option<String>,
}

/// Adds the channels of a file to a host, with its public URL if it has one.
pub fn open(builder: HostBuilder, path: &Path) -> Result<HostBuilder> {
    let file = load(path)?;
    let builder = builder.channels(channels(&file, path)?);
    Ok(match file.public_url {
        Some(url) => builder.public_url(url),
        None => builder,
    })
}

fn load(path: &Path) -> Result<ChannelsFile> {
    ChannelsFile::load(path).with_context(|| path.display().to_string())
}

fn channels(file: &ChannelsFile, path: &Path) -> Result<Channels> {
    file.channels().with_context(|| path.display().to_string())
}

impl ChannelCommand {
    pub fn run(self, global: &Global, out: &mut Out) -> Result<ExitCode> {
        match self {
            ChannelCommand::Check(it) => it.run(global, out),
        }
    }
}

impl Check {
    fn run(self, global: &Global, out: &mut Out) -> Result<ExitCode> {
        let Some(path) = self.file.as_ref().or(global.channels.as_ref()) else {
            usage!("no channels file given: regulars channels check channels.toml");
        };
        let file = load(path)?;
        let channels = channels(&file, path)?;
        // --public-url takes precedence over the file.
        let public_url = global.public_url.as_ref().or(file.public_url.as_ref());
        match (public_url, channels.needs_links()) {
            (Some(url), _) => {
                if let Err(problem) = check_base(url) {
                    bail!("public_url: “{}” {problem}", safe(url, 100));
                }
            }
            (None, Some(channel)) => {
                bail!("{}: public_url: {}", path.display(), missing_links(channel));
            }
            (None, None) => {}
        }
        let warnings = warnings(&file, public_url.is_some(), path);
        let tests = match &self.send_test {
            Some(to) => self.test(&channels, to)?,
            None => Vec::new(),
        };
        let failed = tests.iter().any(|test| test.problem.is_some());
        if out.json {
            let tests: Vec<Value> = tests.iter().map(Test::json).collect();
            out.document(&json!({
                "business": file.business, "public_url": public_url,
                "channels": summaries(&file).iter().map(ChannelSummary::json).collect::<Vec<_>>(),
                "warnings": warnings, "tests": tests,
            }))?;
        } else {
            show(&file, public_url, &warnings, out)?;
            for test in &tests {
                out.line(match &test.problem {
                    None => format!("{} accepted the test message.", test.channel),
                    Some(problem) => {
                        format!(
                            "{} refused the test message: {}",
                            test.channel,
                            safe(problem, 300)
                        )
                    }
                })?;
            }
        }
        Ok(if failed {
            ExitCode::FAILURE
        } else {
            ExitCode::SUCCESS
        })
    }

    fn test(&self, channels: &Channels, to: &str) -> Result<Vec<Test>> {
        let kind = if to.contains('@') {
            ContactKind::Email
        } else {
            ContactKind::Tel
        };
        let offered = channels.offered();
        let matching = offered.iter().filter(|it| match &self.channel {
            Some(name) => it.name == *name,
            None => it.reaches == Some(kind),
        });
        let matching: Vec<&str> = matching.map(|it| it.name.as_str()).collect();
        match (&self.channel, matching.is_empty()) {
            (Some(name), _) if name == DESK => {
                usage!("the desk needs no test: its messages are cards")
            }
            (Some(name), true) => usage!(
                "unknown channel {}: run without --send-test to list the channels",
                safe(name, 64)
            ),
            (None, true) => {
                usage!("no channel reaches this kind of address: name one with --channel")
            }
            _ => {}
        }
        let plugin: InstallationId = "regulars".parse()?;
        let matching = matching.into_iter().filter_map(|name| channels.get(name));
        Ok(matching
            .map(|channel| Test {
                channel: channel.name().to_owned(),
                problem: SendPool::default()
                    .send(channel, test_envelope(channel.name(), to, plugin.clone()))
                    .err()
                    .map(|refusal| refusal.to_string()),
            })
            .collect())
    }
}

/// The result of a test message.
struct Test {
    channel: String,
    problem: Option<String>,
}

impl Test {
    fn json(&self) -> Value {
        json!({ "channel": self.channel, "taken": self.problem.is_none(), "problem": self.problem })
    }
}

/// A channel, as `check` prints it.
struct ChannelSummary {
    name: String,
    reaches: Option<ContactKind>,
    detail: String,
}

impl ChannelSummary {
    fn json(&self) -> Value {
        json!({ "name": self.name, "reaches": self.reaches, "detail": self.detail })
    }
}

fn summaries(file: &ChannelsFile) -> Vec<ChannelSummary> {
    let of = |name: &str, reaches, detail: String| ChannelSummary {
        name: name.to_owned(),
        reaches,
        detail,
    };
    let mut all = vec![of(
        DESK,
        None,
        "a card for the staff who meet the customer; always available".to_owned(),
    )];
    if file.log.enabled {
        all.push(of(
            "log",
            None,
            "a line in the log; reaches no customer".to_owned(),
        ));
    }
    if let Some(email) = &file.email {
        all.push(of("email", Some(ContactKind::Email), email_detail(email)));
    }
    for webhook in &file.webhooks {
        all.push(of(&webhook.name, webhook.kind(), webhook_detail(webhook)));
    }
    all
}

fn email_detail(email: &EmailSettings) -> String {
    let encryption = match email.encryption {
        Encryption::Tls => "TLS",
        Encryption::Starttls => "STARTTLS",
        Encryption::None => "not encrypted",
    };
    let user = match &email.username {
        Some(user) => format!("as {user}"),
        None => "without a password".to_owned(),
    };
    let (host, port, from) = (&email.host, email.port(), &email.from);
    format!(
        "mail from {from} by {host}:{port}, {encryption}, {user}, within {:?}",
        email.time_limit
    )
}

fn webhook_detail(webhook: &WebhookSettings) -> String {
    format!(
        "posted to {}, signed, within {:?}",
        webhook.origin(),
        webhook.time_limit
    )
}

fn show(
    file: &ChannelsFile,
    public_url: Option<&String>,
    warnings: &[String],
    out: &mut Out,
) -> Result<()> {
    if let Some(business) = &file.business {
        out.line(format!("Business {}", safe(business, 100)))?;
    }
    if let Some(url) = public_url {
        out.line(format!("Links begin with {}", safe(url, 200)))?;
    }
    out.line("Channels:")?;
    for channel in summaries(file) {
        let reaches = match channel.reaches {
            Some(ContactKind::Email) => " (reaches email)",
            Some(ContactKind::Tel) => " (reaches tel)",
            Some(ContactKind::External) => " (reaches external)",
            None => "",
        };
        let name = out.paint.bold(&channel.name);
        out.line(format!("  {name}{reaches}: {}", safe(&channel.detail, 300)))?;
    }
    for warning in warnings {
        out.line(format!("warning: {}", safe(warning, 300)))?;
    }
    Ok(())
}

fn warnings(file: &ChannelsFile, links: bool, path: &Path) -> Vec<String> {
    let mut warnings = Vec::new();
    let reaches_customers =
        file.email.is_some() || file.webhooks.iter().any(|it| it.kind().is_some());
    if reaches_customers && !links {
        let missing = "public_url is not set: messages have no link to unsubscribe or to the customer's own page";
        warnings.push(missing.to_owned());
    }
    if file.holds_secrets() && others_read(path) {
        let path = path.display();
        warnings.push(format!(
            "other users of this machine can read the secrets: chmod 600 {path}"
        ));
    }
    warnings
}

#[cfg(unix)]
fn others_read(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    std::fs::metadata(path).is_ok_and(|it| it.permissions().mode() & 0o044 != 0)
}

#[cfg(not(unix))]
fn others_read(_: &Path) -> bool {
    false
}

/// Returns the test message.
fn test_envelope(channel: &str, to: &str, plugin: InstallationId) -> Envelope {
    let now = SystemClock.now();
    let message = Message {
        id: MessageId(uuid::Uuid::now_v7()),
        customer: CustomerId(uuid::Uuid::nil()),
        plugin,
        run: RunId(uuid::Uuid::nil()),
        purpose: Purpose::Service,
        topic: None,
        subject: "A test message of Regulars".to_owned(),
        body: format!("The channel {channel} works.\n\nOnly you received this message."),
        channels: vec![channel.to_owned()],
        value: "you know that it works".to_owned(),
        because: Because {
            reason: "requested with regulars channels check --send-test".to_owned(),
            evidence: Vec::new(),
        },
        created_at: now,
        not_before: None,
        expires_at: None,
        dedupe_key: "test".to_owned(),
        state: MessageState::Sending,
        decision: Decision {
            outcome: VerdictOutcome::Allow,
            verdicts: Vec::new(),
            route: None,
        },
        channel: Some(channel.to_owned()),
        due_at: Some(now),
        decided_at: now,
        attempts: 1,
        sent_at: None,
        unconfirmed_at: None,
        cancel: None,
        detail: None,
        point: None,
        fingerprint: Fingerprint::default(),
        cause_at: None,
    };
    Envelope {
        message,
        now,
        attempt: 1,
        to: Some(to.to_owned()),
        name: None,
        language: None,
        page: None,
        unsubscribe: None,
    }
}
