use std::process::ExitCode;

use anyhow::Result;
use clap::Args;
use serde_json::json;

use crate::contact::purpose;
use crate::output::{Out, safe};
use crate::{Global, customer, message, words};
use regulars::host::WhatIf;
use regulars::model::*;

/// Show the decision of the policy for a message to a customer, now or at another time
///
/// Nothing is written or sent.
#[derive(Args)]
#[command(after_help = "\
Examples:
  regulars policy try --customer ada@example.org
  regulars policy try --customer ada@example.org --purpose offer --channel email --at 2027-03-01T22:30:00Z
  regulars --policy stricter.toml policy try --customer 00042 --purpose care --topic yoga")]
pub struct Try {
    /// Id, external id, email address, telephone number or name
    #[arg(long)]
    customer: String,
    /// Time of the decision [default: now]
    #[arg(long, value_name = "INSTANT")]
    at: Option<Timestamp>,
    /// service, care, education, community, offer or survey [default: each of them]
    #[arg(long, value_parser = purpose)]
    purpose: Option<Purpose>,
    /// Channel, the preferred one first; repeatable [default: all configured channels]
    #[arg(long, value_name = "NAME")]
    channel: Vec<String>,
    /// Topic of the message
    #[arg(long)]
    topic: Option<String>,
}

impl Try {
    pub fn run(self, global: &Global, out: &mut Out) -> Result<ExitCode> {
        let host = global.open_existing()?;
        let customer = customer::find(&host, &self.customer)?;
        let at = self.at.unwrap_or_else(|| host.now());
        let zone = host.zone_of(&customer);
        let channels = match self.channel.is_empty() {
            true => host
                .policy()
                .channels
                .iter()
                .map(|it| it.name.clone())
                .collect(),
            false => self.channel,
        };
        let purposes = match self.purpose {
            Some(purpose) => vec![purpose],
            None => Purpose::ALL.to_vec(),
        };
        let single = purposes.len() == 1;
        if !out.json {
            let (name, when) = (words::name_of(&customer), words::moment(at, &zone));
            out.line(format!("A message to {} on {when}:", out.paint.bold(&name)))?;
        }
        for purpose in purposes {
            let decision = host.what_if(
                customer.id,
                &WhatIf {
                    message: message_proposal(purpose, &channels, self.topic.as_deref()),
                    at,
                    // As if the customer had just done something that the message answers.
                    cause_at: Some(at),
                },
            )?;
            if out.json {
                out.document(&json!({ "purpose": purpose, "at": at, "decision": decision }))?;
                continue;
            }
            let route = decision.route.as_ref();
            let by = route.map_or(String::new(), |it| format!(" by {}", safe(&it.channel, 40)));
            let answer = match &decision.outcome {
                VerdictOutcome::Allow => out.paint.green(&format!("goes{by}")),
                VerdictOutcome::Defer { until: Some(until) } => {
                    format!(
                        "waits until {}, then goes{by}",
                        words::moment(*until, &zone)
                    )
                }
                VerdictOutcome::Defer { until: None } => "waits".to_owned(),
                VerdictOutcome::Deny => out.paint.red("is denied"),
                VerdictOutcome::HeldOut => "is held out".to_owned(),
            };
            let word = out.paint.bold(purpose.as_str());
            out.line(format!("{word} {answer}"))?;
            let mut printed = decision;
            if !single {
                // Reasons in favour are printed only for a single purpose.
                printed
                    .verdicts
                    .retain(|it| it.outcome != VerdictOutcome::Allow);
            }
            message::verdicts(out, &printed)?;
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn message_proposal(purpose: Purpose, channels: &[String], topic: Option<&str>) -> MessageProposal {
    MessageProposal {
        purpose,
        topic: topic.map(str::to_owned),
        subject: String::new(),
        // A text that was sent to no customer before.
        body: "regulars policy try".to_owned(),
        channels: channels.to_vec(),
        value: String::new(),
        because: Because {
            reason: String::new(),
            evidence: Vec::new(),
        },
        not_before: None,
        expires: None,
        dedupe_key: String::new(),
    }
}
