//! The `regulars` program: one command a file. Results go to standard output, as JSON with
//! `--json`; progress, notes and errors go to standard error.

mod audit;
mod backup;
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
pub(crate) mod fuzzing;
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

use crate::host::Host;
use output::Out;

/// Plugins propose what would be worth doing for a customer, this host disposes, the customer sets
/// the pace.
#[derive(Parser)]
#[command(name = "regulars", version, arg_required_else_help = true)]
#[command(after_help = "\
Examples:
  regulars demo                                   a seeded gym and supermarket, served
  regulars serve --plugins target/plugins         your own, in ./regulars.db
  regulars import customers members.csv --dry-run
  regulars explain 00042                          why we did or did not speak to someone")]
struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

/// What every command understands.
#[derive(Args)]
pub(super) struct Global {
    /// The database file; made if it is not there [default: regulars.db]
    #[arg(long, global = true, env = "REGULARS_DB", value_name = "PATH")]
    db: Option<PathBuf>,

    /// Print JSON for machines: one document, or one on each line
    #[arg(long, global = true)]
    json: bool,

    /// The business's IANA time zone, such as Europe/Berlin
    #[arg(
        long,
        global = true,
        env = "REGULARS_TIME_ZONE",
        default_value = "UTC",
        value_name = "ZONE"
    )]
    time_zone: String,

    /// By what messages reach customers, a TOML file; see `regulars channels check` [default: the desk alone]
    #[arg(long, global = true, env = "REGULARS_CHANNELS", value_name = "FILE")]
    channels: Option<PathBuf>,

    /// The contact policy, a TOML file; see `regulars policy default`
    #[arg(long, global = true, env = "REGULARS_POLICY", value_name = "FILE")]
    policy: Option<PathBuf>,

    /// Where customers reach this host, such as https://crm.example.com: links to their own pages begin with it
    #[arg(long, global = true, env = "REGULARS_PUBLIC_URL", value_name = "URL")]
    public_url: Option<String>,

    /// What an import works on in place of a host of its own.
    #[arg(skip)]
    host: Option<Host>,
    /// What a commit survives: `full` also the loss of power; `normal` the end of the program, while
    /// a loss of power may take the last commits, never half of one
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

/// A command line that cannot mean anything: exit code 2, as for those that clap refuses.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Usage(String);

/// `bail!` for a command line that cannot mean anything.
macro_rules! usage {
    ($($word:tt)*) => { return Err($crate::cli::Usage(format!($($word)*)).into()) };
}
use usage;

/// Reads the command line and does what it says.
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
        // Whoever read us has seen enough.
        Err(error) if output::is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            // What was said before the error stands; that it cannot be written changes nothing.
            drop(out.flush());
            out.error(&error);
            ExitCode::from(if error.is::<Usage>() { 2 } else { 1 })
        }
    }
}
