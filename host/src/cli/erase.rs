use std::process::ExitCode;

use anyhow::{Result, bail};
use clap::Args;

use super::output::{Out, safe};
use super::{Global, customer, words};
use crate::model::*;

/// Erase a customer: everything that says who they are, or what passed with them
#[derive(Args)]
#[command(after_help = "\
Names, contact points, texts, cards, tasks, proposals, transcripts and what plugins remember of the customer
go from the database and its journal. Nothing that waits is sent. Contact points that nobody else has are
suppressed for good, as keyed hashes. What stays is a pseudonym and counts: when there was a visit, when a
message was sent, what a run cost.

There is no way back. Backups made before still hold the data: `regulars export` makes a copy for the person
first, where they want one. It works beside a server.

Examples:
  regulars erase ada@example.org
  regulars erase 01970000-0000-7000-8000-000000000001 --yes --json")]
pub struct Erase {
    /// An id, external id, email address, telephone number or name
    customer: String,
    /// Do not ask
    #[arg(long, short)]
    yes: bool,
}

impl Erase {
    pub fn run(self, global: &Global, out: &mut Out) -> Result<ExitCode> {
        let host = global.open_existing()?;
        let id = match self.customer.trim().parse::<CustomerId>() {
            Ok(id) => match host.customer(id) {
                // Doing it again says when it was done.
                Ok(_) | Err(crate::Error::Erased { .. }) => id,
                Err(error) => return Err(error.into()),
            },
            Err(_) => customer::find(&host, &self.customer)?.id,
        };
        if let Ok(customer) = host.customer(id)
            && !self.yes
            && !confirmed(out, &customer)?
        {
            bail!("nothing was erased");
        }
        let erased = host.erase_customer(id, "cli")?;
        if out.json {
            out.document(&erased)?;
        } else {
            tell(&erased, out)?;
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn confirmed(out: &Out, customer: &Customer) -> Result<bool> {
    let name = words::name_of(customer);
    out.confirmed(
        &format!("Erase everything about {name} ({}) for good?", customer.id),
        &format!("nobody is there to say yes to erasing {name}: add --yes"),
    )
}

fn tell(erased: &Erased, out: &mut Out) -> Result<()> {
    let Erased { customer, at, .. } = erased;
    if erased.repeated {
        return out.line(format!(
            "Customer {customer} was erased on {}.",
            at.strftime("%-d %B %Y")
        ));
    }
    let Removed {
        interactions,
        messages,
        cancelled,
        memories,
        runs,
        ..
    } = erased.removed;
    out.line(format!(
        "Customer {customer} is erased: what {}, {} and {} said, and {} of plugins.",
        words::counted(interactions, "interaction", "interactions"),
        words::counted(messages, "message", "messages"),
        words::counted(runs, "run", "runs"),
        words::counted(memories, "memory", "memories"),
    ))?;
    if cancelled > 0 {
        let messages = words::counted(cancelled, "message", "messages");
        out.line(format!("{messages} that waited will not be sent."))?;
    }
    let points = words::counted(erased.suppressed, "contact point", "contact points");
    out.line(format!("Nothing is sent to {points} any more."))?;
    if erased.shared > 0 {
        out.line(format!(
            "{} somebody else’s too, and stays as it was.",
            match erased.shared {
                1 => "1 contact point is".to_owned(),
                many => format!("{many} contact points are each"),
            }
        ))?;
    }
    for PluginTrace { plugin, key } in &erased.plugin_memory {
        out.note(format!(
            "Look at what {plugin} keeps for itself under “{}”: it may be about them.",
            safe(key, 128)
        ));
    }
    if !erased.journal_cleared {
        out.note(
            "Somebody reads the database for long, such as a backup: its journal is cleared when they are done, \
             by the server or whoever opens it next.",
        );
    }
    out.note("Backups made before still hold the data.");
    Ok(())
}
