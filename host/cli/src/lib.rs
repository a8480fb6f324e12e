//! The `regulars` program, with one command per file. Results go to standard output, as JSON with
//! `--json`; progress, notes and errors go to standard error.

mod audit;
mod backup;
pub mod catalogue;
mod channels;
mod complaint;
mod contact;
mod customer;
mod dead_letter;
mod demo;
mod desk;
mod doctor;
mod erase;
mod explain;
mod export;
mod file;
#[cfg(feature = "__fuzzing")]
#[doc(hidden)]
pub mod fuzzing;
mod import;
mod key;
mod limits;
mod message;
mod open;
mod output;
mod plugin;
mod policy;
mod replay;
mod restore;
mod run;
mod serve;
mod task;
mod transcript;
mod words;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use output::Out;
use regulars::host::Host;

/// Plugins propose what to do for a customer, the host decides, the customer sets the pace
#[derive(Parser)]
#[command(name = "regulars", version, arg_required_else_help = true)]
#[command(after_help = "\
Examples:
  regulars demo                                   serve a sample gym and supermarket
  regulars serve --plugins target/plugins         serve your own data, in ./regulars.db
  regulars import customers members.csv --dry-run
  regulars explain 00042                          why a customer was or was not contacted")]
struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

/// Options of every command.
#[derive(Args)]
pub(crate) struct Global {
    /// Database file, created if it does not exist [default: regulars.db]
    #[arg(long, global = true, env = "REGULARS_DB", value_name = "PATH")]
    db: Option<PathBuf>,

    /// Print JSON: one document, or one per line
    #[arg(long, global = true)]
    json: bool,

    /// IANA time zone of the business, such as Europe/Berlin
    #[arg(
        long,
        global = true,
        env = "REGULARS_TIME_ZONE",
        default_value = "UTC",
        value_name = "ZONE"
    )]
    time_zone: String,

    /// TOML file of the channels that deliver messages; see `regulars channels check` [default:
    /// only the desk]
    #[arg(long, global = true, env = "REGULARS_CHANNELS", value_name = "FILE")]
    channels: Option<PathBuf>,

    /// TOML file of the contact policy; see `regulars policy default`
    #[arg(long, global = true, env = "REGULARS_POLICY", value_name = "FILE")]
    policy: Option<PathBuf>,

    /// Base URL of the customers' own pages, such as https://crm.example.com
    #[arg(long, global = true, env = "REGULARS_PUBLIC_URL", value_name = "URL")]
    public_url: Option<String>,

    /// The host that an import writes to, in place of the one that it opens.
    #[arg(skip)]
    host: Option<Host>,
    /// Durability of commits: `full` survives a power loss; `normal` survives a crash of the
    /// program, and a power loss may undo the last commits, never half of one
    #[arg(
        long,
        global = true,
        env = "REGULARS_DURABILITY",
        value_enum,
        default_value_t = open::Durability::Full,
        hide_possible_values = true,
        value_name = "full|normal"
    )]
    durability: open::Durability,
}

#[derive(Subcommand)]
enum Command {
    Serve(serve::Serve),
    Demo(demo::Demo),
    #[command(subcommand)]
    Key(key::Key),
    #[command(subcommand)]
    Channels(channels::ChannelCommand),
    #[command(subcommand)]
    Import(import::Import),
    #[command(subcommand)]
    Plugin(plugin::Plugin),
    #[command(subcommand)]
    Policy(policy::Policy),
    Explain(explain::Explain),
    Export(export::Export),
    Erase(erase::Erase),
    #[command(subcommand)]
    Run(run::Runs),
    #[command(subcommand, name = "dead-letter")]
    DeadLetter(dead_letter::DeadLetters),
    Replay(replay::Replay),
    #[command(subcommand)]
    Task(task::Tasks),
    #[command(subcommand)]
    Message(message::Messages),
    #[command(subcommand)]
    Customer(customer::Customers),
    #[command(subcommand)]
    Contact(contact::Contact),
    #[command(subcommand)]
    Complaint(complaint::Complaints),
    Desk(desk::Show),
    Backup(backup::Backup),
    Restore(restore::Restore),
    Doctor(doctor::Doctor),
    Audit(audit::Audit),
}

/// An invalid command line. The exit code is 2, as for the ones that clap rejects.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Usage(String);

/// Returns a [`Usage`] error, as `bail!` does.
macro_rules! usage {
    ($($word:tt)*) => { return Err($crate::Usage(format!($($word)*)).into()) };
}
use usage;

/// Parses the command line and runs the command.
pub fn run() -> ExitCode {
    let Cli { global, command } = Cli::parse();
    let mut out = Out::new(global.json);
    let result = match command {
        Command::Serve(it) => it.run(&global, &mut out),
        Command::Demo(it) => it.run(&global, &mut out),
        Command::Key(it) => it.run(&global, &mut out),
        Command::Channels(it) => it.run(&global, &mut out),
        Command::Import(it) => it.run(&global, &mut out),
        Command::Plugin(it) => it.run(&global, &mut out),
        Command::Policy(it) => it.run(&global, &mut out),
        Command::Explain(it) => it.run(&global, &mut out),
        Command::Export(it) => it.run(&global, &mut out),
        Command::Erase(it) => it.run(&global, &mut out),
        Command::Run(it) => it.run(&global, &mut out),
        Command::DeadLetter(it) => it.run(&global, &mut out),
        Command::Replay(it) => it.run(&global, &mut out),
        Command::Task(it) => it.run(&global, &mut out),
        Command::Message(it) => it.run(&global, &mut out),
        Command::Customer(it) => it.run(&global, &mut out),
        Command::Contact(it) => it.run(&global, &mut out),
        Command::Complaint(it) => it.run(&global, &mut out),
        Command::Desk(it) => it.run(&global, &mut out),
        Command::Backup(it) => it.run(&global, &mut out),
        Command::Restore(it) => it.run(&global, &mut out),
        Command::Doctor(it) => it.run(&global, &mut out),
        Command::Audit(it) => it.run(&global, &mut out),
    };
    match result.and_then(|code| out.flush().map(|()| code)) {
        Ok(code) => code,
        // The reader closed the pipe on purpose.
        Err(error) if output::is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            // Keeps the output from before the error. A failed write is not worth a second error.
            drop(out.flush());
            out.error(&error);
            ExitCode::from(if error.is::<Usage>() { 2 } else { 1 })
        }
    }
}
