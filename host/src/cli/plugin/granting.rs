//! What a person grants of what a plugin asks for.

use anyhow::Result;
use clap::Args;

use crate::cli::output::{Out, safe};
use crate::cli::usage;
use crate::model::Grants;

/// Less than the plugin asks for.
#[derive(Args)]
pub struct Granting {
    /// Do not grant this: a field (birthday), an effect (message) or a kind of interaction (complaint); field:,
    /// effect: or history: before it where it is several of them
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    without: Vec<String>,
    /// Show no more than so many days of the past, of one kind or of all
    #[arg(long, value_name = "[KIND=]DAYS", value_delimiter = ',')]
    history_days: Vec<String>,
    /// Let it send service messages: answers to what the customer did, which the caps do not hold back. Only for
    /// a plugin that asks for it
    #[arg(long)]
    grant_service: bool,
}

impl Granting {
    /// Whether anything is said.
    pub fn says(&self) -> bool {
        self.grant_service || !self.without.is_empty() || !self.history_days.is_empty()
    }

    /// Of these, what is granted.
    pub fn apply(&self, mut grants: Grants) -> Result<Grants> {
        grants.service |= self.grant_service;
        for name in &self.without {
            grants.leave_out(name.trim())?;
        }
        for window in &self.history_days {
            let (kind, days) = match window.split_once('=') {
                Some((kind, days)) => (Some(kind.trim()), days),
                None => (None, window.as_str()),
            };
            let Ok(days) = days.trim().parse() else {
                usage!(
                    "--history-days {}: give a number of days, such as 30 or visit=30",
                    safe(window, 60)
                );
            };
            grants.shorten(kind, days)?;
        }
        Ok(grants)
    }

    /// Asks the person at the terminal, who may leave things out; none where the answer is no.
    pub fn ask(
        out: &mut Out,
        question: &str,
        instead: &str,
        mut grants: Grants,
    ) -> Result<Option<Grants>> {
        let nobody = format!("nobody is there to say yes: {instead}");
        let mut question =
            format!("\n{question} [y/N, or what to leave out: birthday, message, …]");
        loop {
            let said = out.answer(&question, &nobody)?;
            match said.to_lowercase().as_str() {
                "y" | "yes" => return Ok(Some(grants)),
                "" | "n" | "no" => return Ok(None),
                _ => {}
            }
            let mut less = grants.clone();
            let mut left_out = said.split([',', ' ']).filter(|name| !name.is_empty());
            match left_out.try_for_each(|name| less.leave_out(name)) {
                Ok(()) => grants = less,
                Err(error) => out.note(safe(&error.to_string(), 500)),
            }
            let rest = match grants.names() {
                names if names.is_empty() => "nothing".to_owned(),
                names => names.join(", "),
            };
            question = format!(
                "\nGrant this: {}? [y/N, or what else to leave out]",
                safe(&rest, 500)
            );
        }
    }
}
