//! The `regulars` program.

fn main() -> std::process::ExitCode {
    regulars_cli::run()
}
