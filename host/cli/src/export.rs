use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};

use super::file::private;
use super::output::Out;
use super::{Global, customer};

/// Export everything stored about one customer
#[derive(Args)]
#[command(after_help = "\
The JSON holds: record, contact points with their suppressions, preferences, consents, complaints,
history, events, cards, questions and answers, tasks, messages with every verdict, proposals of
plugins with their reasons, memories of plugins, timers, queued work, and the list of stored
transcripts and answers. With --vcard, it is a vCard 4.0 for an address book.

Examples:
  regulars export ada@example.org --out ada.json
  regulars export 00042 --vcard --out ada.vcf")]
pub struct Export {
    /// Id, external id, email address, telephone number or name
    customer: String,
    /// Write a vCard 4.0 for address books, in place of JSON
    #[arg(long)]
    vcard: bool,
    /// File to write, readable only by its owner [default: standard output]
    #[arg(short, long, value_name = "FILE")]
    out: Option<PathBuf>,
}

impl Export {
    pub fn run(self, global: &Global, out: &mut Out) -> Result<ExitCode> {
        let host = global.open_existing()?;
        let customer = customer::find(&host, &self.customer)?;
        if self.vcard {
            let card = host.export_vcard(customer.id)?;
            match &self.out {
                None => out.text(&card)?,
                Some(file) => private(file, |to| Ok(to.write_all(card.as_bytes())?))?,
            }
        } else {
            let export = host.export_customer(customer.id)?;
            match &self.out {
                None => out.document(&export)?,
                Some(file) => {
                    let bar = counter();
                    let counted = bar.clone();
                    let export = export.telling(move |more| counted.inc(more));
                    let written =
                        private(file, |to| Ok(serde_json::to_writer_pretty(to, &export)?));
                    bar.finish_and_clear();
                    written?;
                }
            }
        }
        if let Some(file) = &self.out {
            out.note(format!("Wrote {}. It holds personal data.", file.display()));
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// Returns a spinner. It hides itself if standard error is no terminal.
fn counter() -> ProgressBar {
    let style = ProgressStyle::with_template("{spinner} {human_pos} written  {elapsed} elapsed");
    let bar = ProgressBar::new_spinner();
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()));
    bar
}
