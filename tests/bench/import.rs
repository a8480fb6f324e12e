use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context, ensure};

use crate::table::Table;
use crate::{REPETITIONS, target_dir};

/// The import of CDNOW, as a user runs it: the whole files where they are given, else the sample.
pub fn measure(table: &mut Table, data: Option<&Path>) -> anyhow::Result<()> {
    let sample = sample();
    let data = data.unwrap_or(&sample);
    let rows = |file: &str| -> anyhow::Result<f64> {
        Ok(std::fs::read_to_string(data.join(file))?.lines().count() as f64 - 1.0)
    };
    let (customers, interactions) = (rows("customers.csv")?, rows("interactions.csv")?);
    let (mut first, mut second, mut again) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..REPETITIONS {
        let dir = tempfile::tempdir()?;
        let db = dir.path().join("bench.db");
        first.push(customers / import(&db, data, "customers")?);
        second.push(interactions / import(&db, data, "interactions")?);
        again.push(interactions / import(&db, data, "interactions")?);
    }
    let note = format!("{customers} rows, whole process");
    table.add("import customers", "rows/s", &first, &note);
    let note = format!("{interactions} rows, whole process");
    table.add("import interactions", "rows/s", &second, &note);
    table.add(
        "import interactions again",
        "rows/s",
        &again,
        "nothing new: all skipped",
    );
    Ok(())
}

/// Everything, into a new database.
pub fn all(db: &Path, data: Option<&Path>) -> anyhow::Result<()> {
    let sample = sample();
    let data = data.unwrap_or(&sample);
    import(db, data, "customers")?;
    import(db, data, "interactions")?;
    Ok(())
}

fn sample() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("data/cdnow")
}

fn import(db: &Path, data: &Path, what: &str) -> anyhow::Result<f64> {
    let mut command = Command::new(target_dir().join("release/regulars"));
    command
        .arg("--db")
        .arg(db)
        .arg("import")
        .arg(what)
        .arg(data.join(format!("{what}.csv")));
    command.args(["--source", "cdnow"]);
    if what == "customers" {
        command.args(["--map", "external=customer_id", "--map", "since=first_seen"]);
    } else {
        command.args([
            "--kind",
            "purchase",
            "--map",
            "customer=customer_id",
            "--map",
            "id=interaction_id",
        ]);
        command.args([
            "--map",
            "occurred_at=date",
            "--map",
            "data.amount_usd=amount_usd:number",
        ]);
    }
    let started = Instant::now();
    let status = command.stdout(Stdio::null()).stderr(Stdio::null()).status();
    ensure!(
        status
            .context("target/release/regulars could not be started")?
            .success(),
        "the import failed"
    );
    Ok(started.elapsed().as_secs_f64())
}
