use std::process::ExitCode;

use anyhow::{Result, bail};
use clap::Args;

use super::output::{Out, safe};
use super::{Global, customer, words};
use regulars::model::*;

/// Erase a customer: all data that identifies them, and their history
#[derive(Args)]
#[command(after_help = "\
Names, contact points, texts, cards, tasks, proposals, transcripts and memories of plugins about
the customer are removed from the database and its write-ahead log. Queued messages are cancelled.
Contact points that no other customer has are suppressed permanently, as keyed hashes. A pseudonym
and counts stay: the time of a visit or a message, the cost of a run.

This cannot be undone. Backups made before still hold the data. `regulars export` makes a copy for
the customer first. The command works beside a running server.

Examples:
  regulars erase ada@example.org
  regulars erase 01970000-0000-7000-8000-000000000001 --yes --json")]
pub struct Erase {
    /// Id, external id, email address, telephone number or name
    customer: String,
    /// Skip the confirmation
    #[arg(long, short)]
    yes: bool,
}

impl Erase {
    pub fn run(self, global: &Global, out: &mut Out) -> Result<ExitCode> {
        let host = global.open_existing()?;
        let id = match self.customer.trim().parse::<CustomerId>() {
            Ok(id) => match host.customer(id) {
                // Erasing twice prints the date of the first time.
                Ok(_) | Err(regulars::Error::Erased { .. }) => id,
                Err(error) => return Err(error.into()),
            },
            Err(_) => customer::find(&host, &self.customer)?.id,
        };
        if let Ok(customer) = host.customer(id)
            && !self.yes
            && !confirm(out, &customer)?
        {
            bail!("nothing was erased");
        }
        let erased = host.erase_customer(id, "cli")?;
        if out.json {
            out.document(&erased)?;
        } else {
            report(&erased, out)?;
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn confirm(out: &Out, customer: &Customer) -> Result<bool> {
    let name = words::name_of(customer);
    out.confirm(
        &format!(
            "Erase everything about {name} ({}) permanently?",
            customer.id
        ),
        &format!("cannot ask before erasing {name}: no terminal; add --yes to skip the question"),
    )
}

fn report(erased: &Erased, out: &mut Out) -> Result<()> {
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
        "Customer {customer} is erased: the contents of {}, {} and {}, and {} of plugins.",
        words::counted(interactions, "interaction", "interactions"),
        words::counted(messages, "message", "messages"),
        words::counted(runs, "run", "runs"),
        words::counted(memories, "memory", "memories"),
    ))?;
    if cancelled > 0 {
        let messages = words::counted(cancelled, "message", "messages");
        out.line(format!("{messages} in the queue will not be sent."))?;
    }
    let points = words::counted(erased.suppressed, "contact point", "contact points");
    out.line(format!("{points} suppressed."))?;
    if erased.shared > 0 {
        out.line(format!(
            "{} also another customer’s, and unchanged.",
            match erased.shared {
                1 => "1 contact point is".to_owned(),
                many => format!("{many} contact points are each"),
            }
        ))?;
    }
    for PluginTrace { plugin, key } in &erased.plugin_memory {
        out.note(format!(
            "Check the memory of {plugin} under “{}”: it may be about this customer.",
            safe(key, 128)
        ));
    }
    if !erased.journal_cleared {
        out.note(
            "Another process, such as a backup, still reads the database. The write-ahead log is cleared once \
             it is done, by the server or by the next command that opens the database.",
        );
    }
    out.note("Backups made before still hold the data.");
    Ok(())
}
