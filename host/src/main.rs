//! The `regulars` program.

fn main() -> std::process::ExitCode {
    regulars::cli::run()
}
