//! Copies of a file, as of one moment, while others write to it.

use std::fs::File;
use std::path::Path;

use rusqlite::Connection;
use rusqlite::backup::{Backup, StepResult};
use serde::Serialize;

use super::schema::SCHEMA;
use super::{Synchronous, connection, journal};
use crate::StoreError;
use crate::sql::{Fault, Result, read};
use regulars_model::Timestamp;

/// Pages copied between two reports.
const STEP: i32 = 512;

/// The progress of a copy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Copying {
    /// Bytes copied, and their total.
    Copied { done: u64, of: u64 },
    /// The copy is complete and is being read from end to end.
    Checking,
}

/// The contents of a database file.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Contents {
    /// The size of the file, without its write-ahead log.
    pub bytes: u64,
    /// The version of its schema.
    pub schema: u32,
    pub customers: u64,
    pub interactions: u64,
    /// Entries of the event log.
    pub events: u64,
    /// The time of the newest event.
    pub newest_event_at: Option<Timestamp>,
}

/// Copies a database into a new file that needs no log beside it, and checks the copy.
pub fn copy(
    from: &Path,
    to: &Path,
    watch: &mut dyn FnMut(Copying),
) -> std::result::Result<Contents, StoreError> {
    let contents = write(from, to, watch).and_then(|()| {
        watch(Copying::Checking);
        contents(to)
    })?;
    File::open(to)
        .and_then(|file| file.sync_all())
        .map_err(|error| StoreError::Disk(error.to_string()))?;
    Ok(contents)
}

/// Checks a file and returns its contents.
///
/// # Errors
/// [`StoreError::Corrupt`] if it is damaged, [`StoreError::Foreign`] if it is another program's.
pub fn check(path: &Path) -> std::result::Result<Contents, StoreError> {
    Ok(contents(path)?)
}

fn write(from: &Path, to: &Path, watch: &mut dyn FnMut(Copying)) -> Result<()> {
    // A copy must not silently omit commits that cannot be read.
    journal::check(from, Synchronous::Full)?;
    let source = connection::open_observer(from)?;
    SCHEMA.require(&source, from)?;
    // Without a transaction, the copy would restart at every commit of the writer.
    let moment = source.unchecked_transaction()?;
    let page: u64 = moment
        .pragma_query_value(None, "page_size", |row| row.get::<_, i64>(0))?
        .unsigned_abs();
    moment.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))?;
    connection::create_private(to);
    let mut copy = Connection::open(to)?;
    let backup = Backup::new(&moment, &mut copy)?;
    loop {
        match backup.step(STEP)? {
            StepResult::Busy | StepResult::Locked => return Err(Fault::Store(StoreError::Busy)),
            StepResult::Done => break,
            _ => {}
        }
        let progress = backup.progress();
        let of = u64::from(progress.pagecount.unsigned_abs()) * page;
        let done = of - u64::from(progress.remaining.unsigned_abs()) * page;
        watch(Copying::Copied { done, of });
    }
    drop(backup);
    drop(copy);
    drop(moment);
    if !connection::is_ours_to_write(from) && journal::beside(from, "-wal").exists() {
        // The file was read as immutable, and a writer has opened it since.
        return Err(Fault::Store(StoreError::Busy));
    }
    // The header of the copy demands WAL mode, which it does not need.
    let copy = Connection::open(to)?;
    copy.pragma_update_and_check(None, "journal_mode", "DELETE", |_| Ok(()))?;
    Ok(())
}

fn contents(path: &Path) -> Result<Contents> {
    let sql = connection::open_observer(path)?;
    let schema = SCHEMA.require(&sql, path)?;
    let verdict: String = sql.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))?;
    if verdict != "ok" {
        return Err(Fault::Store(StoreError::Corrupt(verdict)));
    }
    let counts = read::plugin::counts(&sql)?;
    let (pages, page): (i64, i64) = (
        sql.pragma_query_value(None, "page_count", |row| row.get(0))?,
        sql.pragma_query_value(None, "page_size", |row| row.get(0))?,
    );
    let newest: Option<i64> = sql.query_row(
        "SELECT (SELECT time FROM event ORDER BY seq DESC LIMIT 1)",
        [],
        |row| row.get(0),
    )?;
    Ok(Contents {
        bytes: (pages * page).unsigned_abs(),
        schema,
        customers: counts.customers,
        interactions: counts.interactions,
        events: counts.events,
        newest_event_at: newest.and_then(|millis| Timestamp::from_millisecond(millis).ok()),
    })
}

/// Writes the log into its file, which then holds everything. A damaged log stays as it is.
///
/// # Errors
/// [`StoreError::Busy`] if another process has the file open.
pub fn settle(path: &Path) -> std::result::Result<(), StoreError> {
    if journal::misplaced(path).is_some()
        || matches!(journal::read(path), Ok(Some(journal)) if journal.is_damaged())
    {
        return Ok(());
    }
    match checkpoint(path).map_err(StoreError::from) {
        Err(StoreError::Busy) => Err(StoreError::Busy),
        // The caller is about to replace a damaged file.
        _ => Ok(()),
    }
}

fn checkpoint(path: &Path) -> Result<()> {
    let sql = Connection::open_with_flags(path, rusqlite::OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    sql.pragma_update(None, "locking_mode", "EXCLUSIVE")?;
    SCHEMA.require(&sql, path)?;
    sql.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
    Ok(())
}
