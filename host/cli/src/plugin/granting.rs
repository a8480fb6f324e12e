//! Options that reduce a plugin's grants.

use anyhow::Result;
use clap::Args;

use crate::output::{Out, safe};
use crate::usage;
use regulars::model::Grants;

/// Options to grant less than the plugin asks for.
#[derive(Args)]
pub struct GrantArgs {
    /// Refuse a field (birthday), an effect (message) or a kind of interaction (complaint);
    /// repeatable. Prefix an ambiguous name with field:, effect: or history:
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    without: Vec<String>,
    /// Limit the visible history to a number of days, for one kind or for all
    #[arg(long, value_name = "[KIND=]DAYS", value_delimiter = ',')]
    history_days: Vec<String>,
    /// Allow service messages: answers to a customer's action, not limited by the caps. The plugin
    /// must ask for it
    #[arg(long)]
    grant_service: bool,
}

impl GrantArgs {
    /// Returns true if any option is set.
    pub fn is_given(&self) -> bool {
        self.grant_service || !self.without.is_empty() || !self.history_days.is_empty()
    }

    /// Applies the options to `grants`.
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
                    "invalid --history-days {}: expected a number of days, such as 30 or visit=30",
                    safe(window, 60)
                );
            };
            grants.shorten(kind, days)?;
        }
        Ok(grants)
    }

    /// Asks at the terminal, where names can be left out. Returns `None` if the answer is no.
    pub fn ask(
        out: &mut Out,
        question: &str,
        instead: &str,
        mut grants: Grants,
    ) -> Result<Option<Grants>> {
        let refusal = format!("cannot ask for consent: no terminal; {instead}");
        let mut question =
            format!("\n{question} [y/N, or names to leave out: birthday, message, …]");
        loop {
            let reply = out.ask(&question, &refusal)?;
            match reply.to_lowercase().as_str() {
                "y" | "yes" => return Ok(Some(grants)),
                "" | "n" | "no" => return Ok(None),
                _ => {}
            }
            let mut reduced = grants.clone();
            let mut left_out = reply.split([',', ' ']).filter(|name| !name.is_empty());
            match left_out.try_for_each(|name| reduced.leave_out(name)) {
                Ok(()) => grants = reduced,
                Err(error) => out.note(safe(&error.to_string(), 500)),
            }
            let rest = match grants.names() {
                names if names.is_empty() => "nothing".to_owned(),
                names => names.join(", "),
            };
            question = format!(
                "\nGrant this: {}? [y/N, or more names to leave out]",
                safe(&rest, 500)
            );
        }
    }
}
