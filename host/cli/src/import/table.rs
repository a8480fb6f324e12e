//! Reads a CSV file row by row: RFC 4180 and the variants of spreadsheets.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::{Context, Result, bail};
use csv::ByteRecord;

use crate::output::safe;
use crate::usage;

/// Maximum bytes of a row. A longer one has a quote that was never closed.
const MAX_ROW: u64 = 4 << 20;

pub struct Table {
    reader: csv::Reader<LimitedFile>,
    /// Bytes read since the last complete row.
    since_row: Arc<AtomicU64>,
    pub header: ByteRecord,
    pub names: Vec<String>,
    pub delimiter: u8,
    /// Size of the file in bytes.
    pub size: u64,
}

/// A row and its offset in bytes.
#[derive(Clone)]
pub struct Row {
    pub byte: u64,
    pub cells: ByteRecord,
}

impl Table {
    pub fn open(path: &Path, delimiter: &str) -> Result<Table> {
        let delimiter = match delimiter {
            "\\t" | "tab" => b'\t',
            other if other.len() == 1 => other.as_bytes()[0],
            _ => usage!("invalid --delimiter: expected one character, such as ; or \\t"),
        };
        let cannot_read_text = || format!("cannot read {}", path.display());
        let file = File::open(path).with_context(cannot_read_text)?;
        let meta = file.metadata().with_context(cannot_read_text)?;
        if meta.is_dir() {
            bail!("{} is a directory: name a CSV file", path.display());
        }
        let mut input = LimitedFile {
            file,
            since_row: Arc::default(),
        };
        check_encoding(&mut input.file, path)?;
        let since_row = input.since_row.clone();
        let mut reader = csv::ReaderBuilder::new()
            .delimiter(delimiter)
            .flexible(true)
            .buffer_capacity(256 << 10)
            .from_reader(input);
        let header = reader
            .byte_headers()
            .with_context(cannot_read_text)?
            .clone();
        since_row.store(0, Ordering::Relaxed);
        let mut table = Table {
            reader,
            since_row,
            header,
            names: Vec::new(),
            delimiter,
            size: meta.len(),
        };
        table.names = table.read_names(path)?;
        Ok(table)
    }

    fn read_names(&self, path: &Path) -> Result<Vec<String>> {
        let mut names = Vec::with_capacity(self.header.len());
        for cell in &self.header {
            match std::str::from_utf8(cell) {
                Ok(name) => names.push(name.trim().to_owned()),
                Err(_) => bail!(
                    "the header of {} is not UTF-8: save the file as “CSV UTF-8”",
                    path.display()
                ),
            }
        }
        if names.iter().all(String::is_empty) {
            bail!(
                "{} is empty: expected a header row with the names of the columns",
                path.display()
            );
        }
        if let [only] = &names[..]
            && let Some(suggestion) = [';', '\t', '|'].into_iter().find(|c| only.contains(*c))
        {
            let suggestion = if suggestion == '\t' {
                "\\t".to_owned()
            } else {
                suggestion.to_string()
            };
            bail!(
                "the header is a single column “{}”: try --delimiter '{suggestion}'",
                safe(only, 80)
            );
        }
        Ok(names)
    }

    /// Reads the next row. Returns false at the end. Skips blank lines.
    pub fn next(&mut self, row: &mut Row) -> Result<bool> {
        let more = self.reader.read_byte_record(&mut row.cells);
        self.since_row.store(0, Ordering::Relaxed);
        let position = row.cells.position();
        row.byte = position.map_or(0, csv::Position::byte);
        more.with_context(|| format!("line {} and after", position.map_or(0, csv::Position::line)))
    }

    /// Returns the number of bytes read.
    pub fn at(&self) -> u64 {
        self.reader.position().byte()
    }
}

/// Rejects files that are not CSV in UTF-8, judged by their first bytes, and skips a byte order
/// mark.
fn check_encoding(file: &mut File, path: &Path) -> Result<()> {
    let mut start = Vec::new();
    file.take(4096).read_to_end(&mut start)?;
    if start.starts_with(&[0xff, 0xfe]) || start.starts_with(&[0xfe, 0xff]) {
        bail!("{} is UTF-16: save it as “CSV UTF-8”", path.display());
    }
    if start.starts_with(b"PK\x03\x04") || start.starts_with(&[0xd0, 0xcf, 0x11, 0xe0]) {
        bail!(
            "{} is a spreadsheet: save it as “CSV UTF-8”",
            path.display()
        );
    }
    if start.contains(&0) {
        bail!(
            "{} is not a text file: expected a CSV file in UTF-8",
            path.display()
        );
    }
    let bom_length = if start.starts_with(&[0xef, 0xbb, 0xbf]) {
        3
    } else {
        0
    };
    file.seek(SeekFrom::Start(bom_length))?;
    Ok(())
}

/// A file that returns an error if a row exceeds the limit.
struct LimitedFile {
    file: File,
    since_row: Arc<AtomicU64>,
}

impl Read for LimitedFile {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read(buffer)?;
        if self.since_row.fetch_add(read as u64, Ordering::Relaxed) > MAX_ROW {
            return Err(io::Error::other(format!(
                "a row exceeds {} MiB: look for a quote (\") that is never closed",
                MAX_ROW >> 20
            )));
        }
        Ok(read)
    }
}
