use std::process::ExitCode;

use anyhow::Result;
use clap::{Args, Subcommand};

use super::output::{Out, safe};
use super::{Global, customer, words};
use regulars::model::*;

/// List and close complaints: an open one stops all messages to the customer except service
#[derive(Subcommand)]
pub enum Complaints {
    List(List),
    Close(Close),
}

/// List a customer's complaints, newest first
#[derive(Args)]
#[command(after_help = "Example:\n  regulars complaint list ada@example.org")]
pub struct List {
    /// Id, external id, email address, telephone number or name
    customer: String,
}

/// Close a complaint that was dealt with
#[derive(Args)]
#[command(
    after_help = "Example:\n  regulars complaint close 01890… --by Kim --note \"the pool is heated again\""
)]
pub struct Close {
    /// Id of the complaint's interaction
    id: InteractionId,
    /// Name of the person who closes it
    #[arg(long)]
    by: Option<String>,
    /// Note on the solution
    #[arg(long)]
    note: Option<String>,
}

impl Complaints {
    pub fn run(self, global: &Global, out: &mut Out) -> Result<ExitCode> {
        let host = global.open_existing()?;
        match self {
            Complaints::List(List { customer }) => {
                let customer = customer::find(&host, &customer)?;
                let zone = host.zone_of(&customer);
                let complaints = host.complaints(customer.id)?;
                if complaints.is_empty() && !out.json {
                    out.note("No complaints.");
                }
                for complaint in complaints {
                    if out.json {
                        out.document(&complaint)?;
                        continue;
                    }
                    let at = words::day(complaint.at, &zone);
                    let state = match complaint.closed_at {
                        Some(closed) => format!("closed {}", words::day(closed, &zone)),
                        None => out.paint.red("open"),
                    };
                    let note = complaint.note.as_deref();
                    let note = note.map_or(String::new(), |note| format!(": {}", safe(note, 200)));
                    out.line(format!("{at} · {state}{note} · {}", complaint.interaction))?;
                }
            }
            Complaints::Close(Close { id, by, note }) => {
                let closed = host.close_complaint(id, by, note)?;
                match out.json {
                    true => out.document(&closed)?,
                    false => {
                        out.line("Closed: the customer can be contacted again, as they prefer.")?
                    }
                }
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}
