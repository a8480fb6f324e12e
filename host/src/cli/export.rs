use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};

use super::file::private;
use super::output::Out;
use super::{Global, customer};

/// Export everything that is kept of a customer, and nothing of anybody else
#[derive(Args)]
#[command(after_help = "\
JSON: record, contact points with their suppressions, preferences, consents, complaints, history, events,
cards, questions and answers, tasks, messages with every verdict, what plugins proposed and why, what they
remember, timers, what waits, and which transcripts and answers are kept. With --vcard, what an address book
keeps of them, as vCard 4.0.

Examples:
  regulars export ada@example.org --out ada.json
  regulars export 00042 --vcard --out ada.vcf")]
pub struct Export {
    /// An id, external id, email address, telephone number or name
    customer: String,
    /// A vCard 4.0 for address books, in place of JSON
    #[arg(long)]
    vcard: bool,
    /// The file, for its owner alone to read; standard output where none is given
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
            out.note(format!("Wrote {}: it is personal data.", file.display()));
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// Hidden by itself where standard error is no terminal.
fn counter() -> ProgressBar {
    let style = ProgressStyle::with_template("{spinner} {human_pos} written  {elapsed} elapsed");
    let bar = ProgressBar::new_spinner();
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()));
    bar
}
