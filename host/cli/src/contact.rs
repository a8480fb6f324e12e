use std::process::ExitCode;

use anyhow::Result;
use clap::{Args, Subcommand};
use serde_json::json;

use super::output::{Out, safe};
use super::{Global, customer, words};
use regulars::host::{Host, NewConsent};
use regulars::model::*;
use regulars::store::PageRequest;

/// Show and change how a customer wants to be contacted
#[derive(Subcommand)]
pub enum Contact {
    Show(Show),
    Consent(RecordConsent),
    Pause(Pause),
    Suppress(Suppress),
    Release(Release),
}

/// Show a customer's contact preferences, consents and complaints
#[derive(Args)]
#[command(after_help = "Example:\n  regulars contact show ada@example.org")]
pub struct Show {
    /// Id, external id, email address, telephone number or name
    customer: String,
}

/// Record a customer's consent, or its withdrawal, for one kind of contact and one purpose
#[derive(Args)]
#[command(after_help = "\
A withdrawal cancels the queued messages of that purpose.

Examples:
  regulars contact consent ada@example.org --kind email --purpose education --given --source desk
  regulars contact consent ada@example.org --kind tel --purpose offer --withdrawn --source phone")]
pub struct RecordConsent {
    /// Id, external id, email address, telephone number or name
    customer: String,
    /// email or tel
    #[arg(long, value_parser = kind)]
    kind: ContactKind,
    /// service, care, education, community, offer or survey
    #[arg(long, value_parser = purpose)]
    purpose: Purpose,
    /// The customer agreed
    #[arg(long, required_unless_present = "withdrawn")]
    given: bool,
    /// The customer withdrew the consent
    #[arg(long, conflicts_with = "given")]
    withdrawn: bool,
    /// Place of the statement, such as desk or phone
    #[arg(long)]
    source: String,
    /// Note to keep with the consent
    #[arg(long)]
    note: Option<String>,
}

/// Pause all messages to a customer except service
#[derive(Args)]
#[command(after_help = "\
The customer's queued messages are cancelled.

Examples:
  regulars contact pause ada@example.org --until 2027-03-01T00:00:00Z
  regulars contact pause ada@example.org --end")]
pub struct Pause {
    /// Id, external id, email address, telephone number or name
    customer: String,
    /// End of the pause: an instant, such as 2027-03-01T00:00:00Z
    #[arg(long, value_name = "INSTANT", required_unless_present = "end")]
    until: Option<Timestamp>,
    /// End the pause now
    #[arg(long, conflicts_with = "until")]
    end: bool,
}

/// Suppress an address or number: nothing is sent to it, for any customer
#[derive(Args)]
#[command(after_help = "Example:\n  regulars contact suppress email ada@example.org")]
pub struct Suppress {
    /// email or tel
    #[arg(value_parser = kind)]
    kind: ContactKind,
    /// Address or number
    value: String,
}

/// Release a suppressed address or number, because its owner asked for it
#[derive(Args)]
pub struct Release {
    /// email or tel
    #[arg(value_parser = kind)]
    kind: ContactKind,
    /// Address or number
    value: String,
}

fn kind(word: &str) -> Result<ContactKind, String> {
    serde_json::from_value(json!(word)).map_err(|_| "expected email, tel or external".to_owned())
}

pub fn purpose(word: &str) -> Result<Purpose, String> {
    serde_json::from_value(json!(word))
        .map_err(|_| "expected service, care, education, community, offer or survey".to_owned())
}

impl Contact {
    pub fn run(self, global: &Global, out: &mut Out) -> Result<ExitCode> {
        let host = global.open_existing()?;
        match self {
            Contact::Show(it) => it.run(&host, out)?,
            Contact::Consent(it) => {
                let customer = customer::find(&host, &it.customer)?;
                let state = match it.given {
                    true => ConsentState::Given,
                    false => ConsentState::Withdrawn,
                };
                let consent = host.consent(
                    customer.id,
                    NewConsent {
                        note: it.note,
                        ..NewConsent::new(it.kind, it.purpose, state, it.source)
                    },
                )?;
                print_result(out, &consent, "Recorded.")?;
            }
            Contact::Pause(it) => {
                let customer = customer::find(&host, &it.customer)?;
                let preferences =
                    host.change_preferences(customer.id, |its| its.paused_until = it.until)?;
                let done = match preferences.paused_until {
                    Some(until) => {
                        let zone = host.zone_of(&customer);
                        format!(
                            "Only service messages until {}.",
                            words::moment(until, &zone)
                        )
                    }
                    None => "The pause has ended.".to_owned(),
                };
                print_result(out, &preferences, &done)?;
            }
            Contact::Suppress(Suppress { kind, value }) => {
                let point = point(kind, value);
                host.suppress(&point, SuppressionReason::Requested, "staff")?;
                print_result(
                    out,
                    &json!({ "suppressed": true }),
                    "Nothing will be sent to it.",
                )?;
            }
            Contact::Release(Release { kind, value }) => {
                host.unsuppress(&point(kind, value))?;
                let done = "Messages may be sent to it again, as its customers prefer.";
                print_result(out, &json!({ "suppressed": false }), done)?;
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn point(kind: ContactKind, value: String) -> ContactPoint {
    ContactPoint {
        kind,
        value,
        label: None,
    }
}

fn print_result(out: &mut Out, document: &impl serde::Serialize, words: &str) -> Result<()> {
    match out.json {
        true => out.document(document),
        false => out.line(words),
    }
}

impl Show {
    fn run(self, host: &Host, out: &mut Out) -> Result<()> {
        let customer = customer::find(host, &self.customer)?;
        let preferences = host.preferences(customer.id)?;
        let consents = host.consents(customer.id, PageRequest::first(100))?.items;
        let complaints = host.complaints(customer.id)?;
        if out.json {
            return out.document(&json!({
                "customer": customer.id, "level": customer.level, "topics": customer.topics,
                "preferences": preferences, "consents": consents, "complaints": complaints,
            }));
        }
        let zone = host.zone_of(&customer);
        let name = words::name_of(&customer);
        let level = words::level(customer.level);
        out.line(format!(
            "{} · wants contact: {level}",
            out.paint.bold(&name)
        ))?;
        if let Some(until) = preferences.paused_until.filter(|until| *until > host.now()) {
            let until = words::moment(until, &zone);
            out.line(format!("  only service messages until {until}"))?;
        }
        if let Some(channels) = &preferences.channels {
            let channels: Vec<&str> = channels.iter().map(String::as_str).collect();
            out.line(format!("  only by {}", safe(&channels.join(", "), 300)))?;
        }
        for point in host.contact_points(customer.id)? {
            if let Some(suppression) = host.suppression(&point)? {
                let since = words::day(suppression.at, &zone);
                let value = safe(&point.value, 320);
                out.line(format!("  suppressed since {since}: {value}"))?;
            }
        }
        for complaint in complaints.iter().filter(|it| it.closed_at.is_none()) {
            let since = words::day(complaint.at, &zone);
            out.line(format!(
                "  complaint open since {since}: {}",
                complaint.interaction
            ))?;
        }
        for consent in &consents {
            let at = words::day(consent.at, &zone);
            let state = match consent.state {
                ConsentState::Given => "said yes to",
                ConsentState::Withdrawn => "said no to",
            };
            let (purpose, kind) = (consent.purpose.as_str(), words::contact(consent.kind));
            let source = safe(&consent.source, 64);
            out.line(format!("  {at}: {state} {purpose} by {kind} ({source})"))?;
        }
        if consents.is_empty() {
            out.line("  no consent recorded")?;
        }
        Ok(())
    }
}
