//! Copies of a file, as of one moment, while others write to it.

use std::fs::File;
use std::path::Path;

use rusqlite::Connection;
use rusqlite::backup::{Backup, StepResult};
use serde::Serialize;

use super::schema::SCHEMA;
use super::{Synchronous, connection, journal};
use crate::model::Timestamp;
use crate::store::StoreError;
use crate::store::sql::{Fault, Result, read};

/// Pages copied between two looks at how far it is.
const STEP: i32 = 512;

/// How far a copy is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Copying {
    /// Bytes copied, and all there are.
    Copied { done: u64, of: u64 },
    /// All is copied; the copy is read from end to end.
    Checking,
}

/// What a file holds.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Contents {
    /// Of the file, without a journal beside it.
    pub bytes: u64,
    /// The version of its schema.
    pub schema: u32,
    pub customers: u64,
    pub interactions: u64,
    /// Entries of the event log.
    pub events: u64,
    /// When the newest of them happened; none where there is none.
    pub newest_event_at: Option<Timestamp>,
}

/// Copies a database into a new file, which needs no journal beside it, and checks the copy.
pub(crate) fn copy(
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

/// What an intact file holds.
///
/// # Errors
/// [`StoreError::Corrupt`] where it is not intact, [`StoreError::Foreign`] where it is not ours.
pub(crate) fn check(path: &Path) -> std::result::Result<Contents, StoreError> {
    Ok(contents(path)?)
}

fn write(from: &Path, to: &Path, watch: &mut dyn FnMut(Copying)) -> Result<()> {
    // A copy must not pass over in silence what it cannot read.
    journal::check(from, Synchronous::Full)?;
    let source = connection::open_observer(from)?;
    SCHEMA.require(&source, from)?;
    // One moment: without a transaction of its own, a copy starts again whenever somebody writes.
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
        // It may have been read as if nobody wrote to it, and somebody began to.
        return Err(Fault::Store(StoreError::Busy));
    }
    // The copy says of itself that it has a journal beside it: it needs none.
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

/// Works the journal of a file off, so that the file alone holds everything, and sees that nobody
/// has it open. Where the two do not fit together any more, they stay as they are.
pub(crate) fn settle(path: &Path) -> std::result::Result<(), StoreError> {
    if journal::misplaced(path).is_some()
        || matches!(journal::read(path), Ok(Some(journal)) if journal.is_damaged())
    {
        return Ok(());
    }
    match work_off(path).map_err(StoreError::from) {
        Err(StoreError::Busy) => Err(StoreError::Busy),
        // A file that is damaged is going to be replaced.
        _ => Ok(()),
    }
}

fn work_off(path: &Path) -> Result<()> {
    let sql = Connection::open_with_flags(path, rusqlite::OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    sql.pragma_update(None, "locking_mode", "EXCLUSIVE")?;
    SCHEMA.require(&sql, path)?;
    sql.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
    Ok(())
}
