use std::process::ExitCode;

use anyhow::Result;
use clap::Args;
use serde_json::json;

use crate::cli::contact::purpose;
use crate::cli::output::{Out, safe};
use crate::cli::{Global, customer, message, words};
use crate::host::WhatIf;
use crate::model::*;

/// Ask what the policy would say of a message to a customer, now or at another time
///
/// Nothing is written, and nobody is contacted.
#[derive(Args)]
#[command(after_help = "\
Examples:
  regulars policy try --customer ada@example.org
  regulars policy try --customer ada@example.org --purpose offer --channel email --at 2027-03-01T22:30:00Z
  regulars --policy stricter.toml policy try --customer 00042 --purpose care --topic yoga")]
pub struct Try {
    /// An id, external id, email address, telephone number or name
    #[arg(long)]
    customer: String,
    /// When it would be decided; now where it is not given
    #[arg(long, value_name = "INSTANT")]
    at: Option<Timestamp>,
    /// service, care, education, community, offer or survey; each of them where none is given
    #[arg(long, value_parser = purpose)]
    purpose: Option<Purpose>,
    /// A channel, the best one first; may be given again. All that are configured where none is given
    #[arg(long, value_name = "NAME")]
    channel: Vec<String>,
    /// What it would be about
    #[arg(long)]
    topic: Option<String>,
}

impl Try {
    pub fn run(self, global: &Global, out: &mut Out) -> Result<ExitCode> {
        let host = global.open_existing()?;
        let customer = customer::find(&host, &self.customer)?;
        let at = self.at.unwrap_or_else(|| host.now());
        let zone = host.zone_of(&customer);
        let named = match self.channel.is_empty() {
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
        let alone = purposes.len() == 1;
        if !out.json {
            let (name, when) = (words::name_of(&customer), words::moment(at, &zone));
            out.line(format!("A message to {} on {when}:", out.paint.bold(&name)))?;
        }
        for purpose in purposes {
            let decision = host.what_if(
                customer.id,
                &WhatIf {
                    message: supposed(purpose, &named, self.topic.as_deref()),
                    at,
                    // As if it answered to something that the customer has just done.
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
                VerdictOutcome::Deny => out.paint.red("does not go"),
                VerdictOutcome::HeldOut => "is held out".to_owned(),
            };
            let word = out.paint.bold(purpose.as_str());
            out.line(format!("{word} {answer}"))?;
            let mut shown = decision;
            if !alone {
                // What speaks for it is told where one purpose was asked for.
                shown
                    .verdicts
                    .retain(|it| it.outcome != VerdictOutcome::Allow);
            }
            message::verdicts(out, &shown)?;
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn supposed(purpose: Purpose, channels: &[String], topic: Option<&str>) -> MessageProposal {
    MessageProposal {
        purpose,
        topic: topic.map(str::to_owned),
        subject: String::new(),
        // Said to nobody before.
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
