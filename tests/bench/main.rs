//! `cargo xtask bench`: what the README claims, measured, each figure beside a baseline of the same run.

mod decisions;
mod fair;
mod import;
mod outbox;
mod pipeline;
mod plugin_run;
mod reads;
mod rehearse;
mod served;
mod table;

use std::path::PathBuf;

use table::Table;

/// Repetitions of each measurement; the median is shown.
const REPETITIONS: usize = 5;

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let json = arguments.iter().any(|argument| argument == "--json");
    let only: Vec<&String> = arguments
        .iter()
        .filter(|argument| !argument.starts_with("--"))
        .collect();
    let data = value(&arguments, "--cdnow").map(PathBuf::from);
    let wanted = |name: &str| only.is_empty() || only.iter().any(|only| *only == name);

    let mut table = Table::default();
    if wanted("run") {
        plugin_run::measure(&mut table)?;
    }
    if wanted("decisions") {
        decisions::measure(&mut table)?;
    }
    if wanted("pipeline") {
        pipeline::measure(&mut table)?;
    }
    if wanted("fair") {
        fair::measure(&mut table)?;
    }
    if wanted("served") {
        served::measure(&mut table)?;
    }
    if wanted("outbox") {
        outbox::measure(&mut table)?;
    }
    if wanted("import") {
        import::measure(&mut table, data.as_deref())?;
    }
    if wanted("rehearse") {
        rehearse::measure(&mut table, data.as_deref())?;
    }
    if wanted("reads") {
        reads::measure(&mut table)?;
    }
    if json {
        println!("{}", table.json());
    } else {
        println!("{table}");
    }
    Ok(())
}

fn value(arguments: &[String], option: &str) -> Option<String> {
    arguments.iter().find_map(|argument| {
        argument
            .strip_prefix(&format!("{option}="))
            .map(str::to_owned)
    })
}

/// A component that `cargo xtask plugins --guests` built.
fn component(name: &str) -> anyhow::Result<Vec<u8>> {
    let target = target_dir();
    for folder in ["plugins", "guests"] {
        if let Ok(wasm) = std::fs::read(target.join(folder).join(format!("{name}.wasm"))) {
            return Ok(wasm);
        }
    }
    anyhow::bail!("there is no component {name}: run `cargo xtask plugins --guests` first")
}

fn target_dir() -> PathBuf {
    match std::env::var_os("CARGO_TARGET_DIR") {
        Some(directory) => PathBuf::from(directory),
        None => PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../target"),
    }
}
