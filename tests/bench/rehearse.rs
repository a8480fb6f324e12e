use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context, ensure};

use crate::table::Table;
use crate::{REPETITIONS, import, target_dir};

/// A rehearsal over all of CDNOW, as a user runs it, beside two installed plugins that hear of every purchase too:
/// the whole data where it is given, else the sample.
pub fn measure(table: &mut Table, data: Option<&Path>) -> anyhow::Result<()> {
    let dir = tempfile::tempdir()?;
    let db = dir.path().join("bench.db");
    import::all(&db, data)?;
    for (id, purpose) in [("carer", "care"), ("seller", "offer")] {
        let settings = format!(r#"{{"channels": ["desk"], "purpose": "{purpose}"}}"#);
        let wasm = target_dir().join("guests/messenger.wasm");
        run(Command::new(target_dir().join("release/regulars"))
            .args(["plugin", "install", "--yes", "--id", id])
            .args(["--settings", &settings])
            .arg(wasm)
            .arg("--db")
            .arg(&db))?;
    }
    let mut seconds = Vec::new();
    let mut runs = 0;
    for _ in 0..REPETITIONS {
        let started = Instant::now();
        let report = run(Command::new(target_dir().join("release/regulars"))
            .args(["--json", "plugin", "rehearse"])
            .arg(target_dir().join("plugins/ask-once.wasm"))
            .args(["--from", "1997-01-01", "--until", "1998-06-30"])
            .arg("--db")
            .arg(&db))?;
        seconds.push(started.elapsed().as_secs_f64());
        let report: serde_json::Value = serde_json::from_slice(&report)?;
        let beside = report["beside"]
            .as_array()
            .context("no plugin ran beside")?;
        let came = beside.iter().map(|it| &it["came"]);
        let came = came.chain([&report["came"]]);
        runs = came.filter_map(|it| it["runs"].as_u64()).sum();
    }
    let note =
        format!("{runs} runs of three plugins, whole process; aim for the whole data: ≤ 10 s");
    table.add("rehearsal of CDNOW", "s", &seconds, &note);
    Ok(())
}

fn run(command: &mut Command) -> anyhow::Result<Vec<u8>> {
    let output = command.stderr(Stdio::null()).output();
    let output = output.context("target/release/regulars could not be started")?;
    ensure!(output.status.success(), "{command:?} failed");
    Ok(output.stdout)
}
