//! How often, when and about what customers may be written to.

mod try_out;
mod words;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::{Args, Subcommand};

use super::Global;
use super::output::Out;
use crate::policy::ContactPolicy;

/// Look at the contact policy: how often, when and about what customers may be written to
#[derive(Subcommand)]
pub enum Policy {
    Check(Check),
    Default(Default),
    Try(try_out::Try),
}

/// Check a policy file and say in plain words what it means
#[derive(Args)]
#[command(after_help = "\
Examples:
  regulars policy check                      what holds without a file
  regulars policy check policy.toml
  regulars policy check policy.toml --json   every setting, also those that the file leaves out")]
pub struct Check {
    /// The policy file; without one, that of --policy, and without that what holds by itself
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
}

/// Print the policy that holds without a file, every setting with a comment: a place to start from
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
        for (heading, sentences) in words::of(&policy) {
            out.line(out.paint.bold(heading))?;
            for sentence in sentences {
                out.line(format!("  {sentence}"))?;
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// The policy of a file.
pub fn read(path: &Path) -> Result<ContactPolicy> {
    let shown = path.display();
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("the policy file {shown} cannot be read"))?;
    ContactPolicy::read(&text).with_context(|| format!("{shown}"))
}
