//! The project's development tasks, with one command per file: its name, help text and work.

mod bench;
mod build;
mod check;
mod demo;
mod fuzz;
mod plugins;
mod schema;
mod test;
mod tools;
mod workspace;

use std::process::ExitCode;

/// A command of `cargo xtask`. A new one is a file with a `COMMAND`, and a line in [`COMMANDS`].
struct Command {
    name: &'static str,
    /// Arguments for the usage line; may be empty.
    arguments: &'static str,
    summary: &'static str,
    run: fn(&[String]) -> anyhow::Result<()>,
}

const COMMANDS: &[Command] = &[
    demo::COMMAND,
    build::COMMAND,
    test::COMMAND,
    check::COMMAND,
    plugins::COMMAND,
    bench::COMMAND,
    fuzz::COMMAND,
    schema::COMMAND,
];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let Some((name, rest)) = arguments.split_first() else {
        eprintln!("{}", usage());
        return ExitCode::from(2);
    };
    if matches!(name.as_str(), "help" | "--help" | "-h") {
        println!("{}", usage());
        return ExitCode::SUCCESS;
    }
    let Some(command) = COMMANDS.iter().find(|it| it.name == name) else {
        eprintln!("no such command: {name}\n\n{}", usage());
        return ExitCode::from(2);
    };
    if rest.iter().any(|it| it == "--help" || it == "-h") {
        println!("{}", line(command));
        return ExitCode::SUCCESS;
    }
    match (command.run)(rest) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("cargo xtask {name}: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn usage() -> String {
    let lines: Vec<String> = COMMANDS.iter().map(line).collect();
    format!("Usage: cargo xtask COMMAND\n\n{}", lines.join("\n"))
}

fn line(command: &Command) -> String {
    let call = format!("{} {}", command.name, command.arguments);
    format!("  {call}\n      {}", command.summary)
}
