use std::fs::File;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use csv::ByteRecord;

use super::Common;
use super::lines::Lines;
use super::pass::{Counts, MAX_PRINTED};
use super::table::{Row, Table};
use crate::output::safe;

/// The file of rejected rows, with line and reason before their own columns.
///
/// The columns are copied unchanged, so that the corrected file can be imported in place of the
/// original. A cell that a spreadsheet takes for a formula is as harmful there as here.
pub struct Rejects {
    path: PathBuf,
    /// The imported file.
    file: PathBuf,
    lines: Option<Lines>,
    header: ByteRecord,
    delimiter: u8,
    dry_run: bool,
    writer: Option<csv::Writer<File>>,
    first_reasons: Vec<String>,
}

impl Rejects {
    pub fn new(common: &Common, table: &Table) -> Rejects {
        Rejects {
            path: common
                .rejects
                .clone()
                .unwrap_or_else(|| default_path(&common.file)),
            file: common.file.clone(),
            lines: None,
            header: table.header.clone(),
            delimiter: table.delimiter,
            dry_run: common.dry_run,
            writer: None,
            first_reasons: Vec::new(),
        }
    }

    pub fn push(&mut self, row: &Row, reason: &str, counts: &mut Counts) -> Result<()> {
        counts.rejected += 1;
        let reason = safe(reason, 400);
        let line = self.line_of(row)?;
        if self.first_reasons.len() < MAX_PRINTED {
            self.first_reasons.push(format!("line {line}: {reason}"));
        }
        if self.dry_run {
            return Ok(());
        }
        let cannot_write_text = || {
            let path = self.path.display();
            format!("cannot write the rejects to {path}: name another file with --rejects")
        };
        let writer = match &mut self.writer {
            Some(writer) => writer,
            none => {
                let mut writer = csv::WriterBuilder::new()
                    .delimiter(self.delimiter)
                    .flexible(true)
                    .from_path(&self.path)
                    .with_context(cannot_write_text)?;
                let names: [&[u8]; 2] = [b"rejected_line", b"rejected_because"];
                let header = names.into_iter().chain(&self.header);
                writer
                    .write_record(header)
                    .with_context(cannot_write_text)?;
                none.insert(writer)
            }
        };
        let line = line.to_string();
        let cells = [line.as_bytes(), reason.as_bytes()].into_iter();
        writer
            .write_record(cells.chain(&row.cells))
            .with_context(cannot_write_text)
    }

    fn line_of(&mut self, row: &Row) -> Result<u64> {
        let cannot_read_text = || format!("cannot read {}", self.file.display());
        let lines = match &mut self.lines {
            Some(lines) => lines,
            none => none.insert(Lines::open(&self.file).with_context(cannot_read_text)?),
        };
        lines.line_at(row.byte).with_context(cannot_read_text)
    }

    /// Returns the file's path and the first reasons, or `None` if no row was rejected. In that
    /// case the file of an earlier import is removed.
    pub fn finish(mut self) -> Result<Option<(PathBuf, Vec<String>)>> {
        if let Some(writer) = &mut self.writer {
            writer
                .flush()
                .with_context(|| format!("cannot write {}", self.path.display()))?;
        } else if self.first_reasons.is_empty() && !self.dry_run && is_rejects_file(&self.path) {
            std::fs::remove_file(&self.path)
                .with_context(|| format!("cannot remove {}", self.path.display()))?;
        }
        Ok((!self.first_reasons.is_empty()).then_some((self.path, self.first_reasons)))
    }
}

/// Returns `FILE.rejects.csv`.
fn default_path(file: &Path) -> PathBuf {
    let mut name = file.file_stem().unwrap_or_default().to_owned();
    name.push(".rejects.csv");
    file.with_file_name(name)
}

/// Returns true if an earlier import wrote this file.
fn is_rejects_file(path: &Path) -> bool {
    let mut start = [0; 13];
    let read =
        File::open(path).and_then(|mut file| std::io::Read::read_exact(&mut file, &mut start));
    read.is_ok() && start == *b"rejected_line"
}
