use std::process::ExitCode;

use anyhow::Result;
use clap::{Args, Subcommand};
use jiff::tz::TimeZone;

use super::output::{Out, safe};
use super::{Global, customer, words};
use regulars::host::Host;
use regulars::model::*;
use regulars::store::{MessageQuery, PageRequest};

/// List, show and cancel messages to customers
#[derive(Subcommand)]
pub enum Messages {
    List(List),
    Show(Show),
    Cancel(Cancel),
}

/// List messages, newest first
#[derive(Args)]
#[command(after_help = "\
Examples:
  regulars message list --state queued
  regulars message list --customer ada@example.org")]
pub struct List {
    /// Only messages to this customer: id, external id, email address or name
    #[arg(long)]
    customer: Option<String>,
    /// Only messages in this state: queued, sending, sent, bounced, failed, expired, cancelled,
    /// denied, held-out
    #[arg(long, value_parser = state)]
    state: Option<MessageState>,
    /// Maximum number of messages
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=1000))]
    limit: u32,
}

/// Show a message and the verdict of each rule
#[derive(Args)]
pub struct Show {
    id: MessageId,
}

/// Cancel a message that is not sent yet
#[derive(Args)]
#[command(
    after_help = "Example:\n  regulars message cancel 01890… --why \"we spoke about it today\""
)]
pub struct Cancel {
    id: MessageId,
    /// Reason, for the audit log
    #[arg(long)]
    why: String,
}

fn state(word: &str) -> Result<MessageState, String> {
    serde_json::from_value(Json::String(word.to_owned())).map_err(|_| {
        "expected one of queued, sending, sent, bounced, failed, expired, cancelled, denied, held-out".to_owned()
    })
}

impl Messages {
    pub fn run(self, global: &Global, out: &mut Out) -> Result<ExitCode> {
        let host = global.open_existing()?;
        match self {
            Messages::List(list) => list.run(&host, out)?,
            Messages::Show(show) => {
                let message = host.message(show.id)?;
                if out.json {
                    out.document(&message)?;
                } else {
                    brief(&host, out, &message)?;
                    out.line("")?;
                    out.line(safe(&message.body, 2000))?;
                    out.line("")?;
                    verdicts(out, &message.decision)?;
                }
            }
            Messages::Cancel(cancel) => {
                let message = host.cancel_message(cancel.id, &cancel.why)?;
                if out.json {
                    out.document(&message)?;
                } else {
                    out.line("The message is cancelled.")?;
                }
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

impl List {
    fn run(self, host: &Host, out: &mut Out) -> Result<()> {
        let customer = match &self.customer {
            Some(named) => Some(customer::find(host, named)?.id),
            None => None,
        };
        let query = MessageQuery {
            customer,
            which: self.state.into(),
        };
        let messages = host.messages(&query, PageRequest::first(self.limit))?;
        if messages.items.is_empty() && !out.json {
            out.note("No messages.");
        }
        for message in &messages.items {
            if out.json {
                out.document(message)?;
            } else {
                brief(host, out, message)?;
            }
        }
        if messages.next.is_some() {
            out.note(format!(
                "More messages exist: use --limit {}",
                self.limit * 2
            ));
        }
        Ok(())
    }
}

fn brief(host: &Host, out: &mut Out, message: &Message) -> Result<()> {
    let zone = TimeZone::get(host.time_zone())?;
    let state = match message.state {
        MessageState::Queued => "waits".to_owned(),
        MessageState::Sending => "is being sent".to_owned(),
        MessageState::Sent => "was sent".to_owned(),
        MessageState::Bounced => out.paint.red("bounced"),
        MessageState::Failed => out.paint.red("could not be sent"),
        MessageState::Expired => "expired".to_owned(),
        MessageState::Cancelled => "cancelled".to_owned(),
        MessageState::Denied => "denied".to_owned(),
        MessageState::HeldOut => "held out".to_owned(),
    };
    let when = match (message.due_at, message.sent_at) {
        (Some(due), _) => format!(" until {}", words::moment(due, &zone)),
        (None, Some(sent)) => format!(" {}", words::moment(sent, &zone)),
        (None, None) => String::new(),
    };
    let by = message.channel.as_deref();
    let by = by.map_or(String::new(), |channel| {
        format!(" by {}", safe(channel, 40))
    });
    out.line(format!(
        "{} · {state}{by}{when}",
        out.paint.bold(&safe(&message.subject, 120))
    ))?;
    if let Some(detail) = &message.detail {
        out.line(format!("  {}", safe(detail, 300)))?;
    }
    if let Some(at) = message.unconfirmed_at {
        let at = words::moment(at, &zone);
        out.line(format!(
            "  delivery unconfirmed since {at}: counted as delivered"
        ))?;
    }
    let to = words::name_of(&host.customer(message.customer)?);
    let purpose = message.purpose.as_str();
    let foot = format!(
        "  {purpose} to {to} · from {} · {}",
        message.plugin, message.id
    );
    out.line(out.paint.dim(&foot))
}

/// Prints the verdict of each rule.
pub fn verdicts(out: &mut Out, decision: &Decision) -> Result<()> {
    for verdict in &decision.verdicts {
        let mark = match verdict.outcome {
            VerdictOutcome::Allow => out.paint.green("yes  "),
            VerdictOutcome::Defer { .. } => out.paint.bold("later"),
            VerdictOutcome::Deny => out.paint.red("no   "),
            VerdictOutcome::HeldOut => "held ".to_owned(),
        };
        let channel = verdict.channel.as_deref();
        let channel = channel.map_or(String::new(), |name| format!(" by {}", safe(name, 40)));
        let rule = safe(&verdict.rule, 40);
        out.line(format!(
            "  {mark} {}{channel}: {}",
            out.paint.bold(&rule),
            safe(&verdict.detail, 400)
        ))?;
    }
    Ok(())
}
