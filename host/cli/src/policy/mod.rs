//! Commands about the contact policy.

mod try_out;
mod words;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::{Args, Subcommand};

use super::Global;
use super::output::Out;
use regulars::policy::ContactPolicy;

/// Check, print and try the contact policy: how often, when and about what customers are contacted
#[derive(Subcommand)]
pub enum Policy {
    Check(Check),
    Default(Default),
    Try(try_out::Try),
}

/// Check a policy file and explain it in plain words
#[derive(Args)]
#[command(after_help = "\
Examples:
  regulars policy check                      the default policy
  regulars policy check policy.toml
  regulars policy check policy.toml --json   every setting, including defaults")]
pub struct Check {
    /// Policy file [default: the file of --policy, else the default policy]
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
}

/// Print the default policy with comments, as a starting point for your own
#[derive(Args)]
#[command(after_help = "Example:\n  regulars policy default > policy.toml")]
pub struct Default {}

impl Policy {
    pub fn run(self, global: &Global, out: &mut Out) -> Result<ExitCode> {
        match self {
            Policy::Try(it) => it.run(global, out),
            Policy::Check(it) => it.run(global, out),
            Policy::Default(_) => {
                if out.json {
                    out.document(&ContactPolicy::default())?;
                } else {
                    out.line(ContactPolicy::DEFAULT.trim_end())?;
                }
                Ok(ExitCode::SUCCESS)
            }
        }
    }
}

impl Check {
    fn run(self, global: &Global, out: &mut Out) -> Result<ExitCode> {
        let policy = match self.file.as_ref().or(global.policy.as_ref()) {
            None => ContactPolicy::default(),
            Some(path) => read(path)?,
        };
        if out.json {
            out.document(&policy)?;
            return Ok(ExitCode::SUCCESS);
        }
        for (heading, sentences) in words::sentences_of(&policy) {
            out.line(out.paint.bold(heading))?;
            for sentence in sentences {
                out.line(format!("  {sentence}"))?;
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// Reads the policy of a file.
pub fn read(path: &Path) -> Result<ContactPolicy> {
    let file = path.display();
    let text =
        std::fs::read_to_string(path).with_context(|| format!("cannot read policy file {file}"))?;
    ContactPolicy::read(&text).with_context(|| format!("{file}"))
}
