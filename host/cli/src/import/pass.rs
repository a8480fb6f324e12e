//! Imports a file in one pass: turns rows into records, writes them in batches, and puts invalid
//! rows into the rejects file.

use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::Result;
use csv::ByteRecord;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;

use super::Common;
use super::columns::Columns;
use super::rejects::Rejects;
use super::summary::Summary;
use super::table::{Row, Table};
use crate::output::Out;
use crate::words;
use regulars::Error;
use regulars::host::Host;
use regulars::model::{Act, Json};

const BATCH: usize = 1000;
/// Maximum records that a dry run prints, and reasons that a summary prints.
pub const MAX_PRINTED: usize = 5;

/// Turns rows into records and writes them.
pub trait Importer {
    type Record;

    /// The record's noun in singular and plural, for the summary.
    const NOUN: (&'static str, &'static str);

    /// Reads the record of a row. The inner error is the reason to reject it.
    fn read(&mut self, row: &Row) -> Result<Result<Self::Record, String>>;

    /// Returns true if the record exists. A dry run asks this in place of writing.
    fn exists(&mut self, record: &Self::Record) -> Result<bool>;

    /// Writes the records and returns the result of each. An error ends the import.
    fn write(&mut self, records: Vec<Self::Record>) -> Result<Vec<RowResult>>;

    /// Returns the record as it would be stored.
    fn preview(&self, record: &Self::Record) -> Json;

    /// Returns more entries for the summary: JSON member, count and text.
    fn extra_entries(&self) -> Vec<(&'static str, u64, String)> {
        Vec::new()
    }
}

/// The result of one record.
pub enum RowResult {
    Created,
    /// The record exists and stays unchanged.
    Exists,
    Rejected(String),
}

#[derive(Default)]
pub struct Counts {
    pub rows: u64,
    pub created: u64,
    pub existing: u64,
    pub rejected: u64,
}

/// Imports a table. A dry run writes nothing.
pub fn run<I: Importer>(
    host: &Host,
    common: &Common,
    mut table: Table,
    columns: &Columns,
    importer: &mut I,
    out: &mut Out,
) -> Result<ExitCode> {
    print_mapping(common, &table, columns, out);
    if !common.dry_run {
        host.note_act(
            Act::ImportStarted,
            common.name(),
            json!({ "of": I::NOUN.1 }),
        )?;
    }
    let started = Instant::now();
    let bar = progress(table.size);
    let mut rejects = Rejects::new(common, &table);
    let mut counts = Counts::default();
    let mut previews = Vec::new();
    let mut batch: Vec<(Row, I::Record)> = Vec::with_capacity(BATCH);
    let mut row = Row {
        byte: 0,
        cells: ByteRecord::new(),
    };
    loop {
        let more = table.next(&mut row);
        // Rows before a read error are still imported.
        if !matches!(more, Ok(true)) || batch.len() == BATCH {
            flush(common, importer, &mut batch, &mut counts, &mut rejects)?;
            bar.set_position(table.at());
            bar.set_message(pace(counts.rows, started.elapsed()));
        }
        if !more.inspect_err(|_| bar.abandon())? {
            break;
        }
        counts.rows += 1;
        let record = match columns.check(&row) {
            Ok(()) => importer.read(&row)?,
            Err(reason) => Err(reason),
        };
        match record {
            Ok(record) => {
                if common.dry_run && previews.len() < MAX_PRINTED {
                    previews.push(importer.preview(&record));
                }
                batch.push((row.clone(), record));
            }
            Err(reason) => rejects.push(&row, &reason, &mut counts)?,
        }
    }
    bar.finish_and_clear();
    let rejects = rejects.finish()?;
    if !common.dry_run {
        let details = json!({
            "of": I::NOUN.1, "rows": counts.rows, "created": counts.created,
            "there": counts.existing, "rejected": counts.rejected,
        });
        host.note_act(Act::ImportFinished, common.name(), details)?;
    }
    let extra_entries = importer.extra_entries();
    let summary = Summary {
        counts: &counts,
        extra_entries: &extra_entries,
        rejects,
        elapsed: started.elapsed(),
    };
    summary.print::<I>(common, out, &previews)?;
    let failed = common.strict && counts.rejected > 0;
    Ok(if failed {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}

fn flush<I: Importer>(
    common: &Common,
    importer: &mut I,
    batch: &mut Vec<(Row, I::Record)>,
    counts: &mut Counts,
    rejects: &mut Rejects,
) -> Result<()> {
    let (rows, records): (Vec<Row>, Vec<I::Record>) = batch.drain(..).unzip();
    if rows.is_empty() {
        return Ok(());
    }
    let results = if common.dry_run {
        let check_existing = |record: &I::Record| {
            Ok(if importer.exists(record)? {
                RowResult::Exists
            } else {
                RowResult::Created
            })
        };
        records
            .iter()
            .map(check_existing)
            .collect::<Result<Vec<RowResult>>>()?
    } else {
        importer.write(records)?
    };
    for (row, result) in rows.iter().zip(results) {
        match result {
            RowResult::Created => counts.created += 1,
            RowResult::Exists => counts.existing += 1,
            RowResult::Rejected(reason) => rejects.push(row, &reason, counts)?,
        }
    }
    Ok(())
}

/// Returns the reason if the error concerns a single record. Other errors end the import.
pub fn reject_reason(error: Error) -> Result<String> {
    match error {
        Error::Invalid { field, problem } => {
            let field = field.trim_start_matches('/').replace('/', ".");
            Ok(format!("{field}: {problem}"))
        }
        Error::NotFound { .. } | Error::Erased { .. } | Error::Duplicate { .. } => {
            Ok(error.to_string())
        }
        error => Err(error.into()),
    }
}

fn print_mapping(common: &Common, table: &Table, columns: &Columns, out: &Out) {
    out.note(format!(
        "{}: {}",
        common.file.display(),
        columns.describe(table).join(", ")
    ));
    if !columns.unused.is_empty() {
        out.note(format!("not imported: {}", columns.unused.join(", ")));
    }
}

/// Returns a progress bar. It hides itself if standard error is no terminal.
fn progress(size: u64) -> ProgressBar {
    let style = ProgressStyle::with_template(
        "{bar:30} {percent:>3} %  {msg}  {elapsed} elapsed, {eta} to go",
    );
    let bar = ProgressBar::new(size);
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar
}

pub fn pace(rows: u64, elapsed: Duration) -> String {
    let each = rows as f64 / elapsed.as_secs_f64().max(0.001);
    let rows = words::counted(rows, "row", "rows");
    format!("{rows}, {}/s", words::count(each as u64))
}
