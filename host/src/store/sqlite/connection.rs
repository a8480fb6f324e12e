//! How connections are opened and set.

use std::path::Path;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use super::fault::{Fault, Result};
use super::{Synchronous, schema};
use crate::store::StoreError;

/// More than there are different statements.
const STATEMENTS: usize = 256;
const BUSY: Duration = Duration::from_secs(5);

/// Opens the file for writing, makes it where there is none, and brings it to the newest schema.
pub(super) fn open_writer(path: &Path, synchronous: Synchronous) -> Result<Connection> {
    create_private(path);
    let mut sql = Connection::open_with_flags(
        path,
        OpenFlags::SQLITE_OPEN_READ_WRITE
            | OpenFlags::SQLITE_OPEN_CREATE
            | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )?;
    sql.busy_timeout(BUSY)?;
    // First, since the journal mode is written to the file: another program's stays as it is.
    schema::identify(&sql, path)?;
    if sql.is_readonly("main")? {
        return Err(Fault::Store(StoreError::ReadOnly));
    }
    sql.execute_batch(
        "PRAGMA journal_mode = WAL;
         PRAGMA foreign_keys = ON;
         PRAGMA journal_size_limit = 67108864;
         PRAGMA wal_autocheckpoint = 4000;
         PRAGMA temp_store = MEMORY;
         PRAGMA cache_size = -16384;",
    )?;
    sql.pragma_update(None, "synchronous", synchronous.pragma())?;
    schema::migrate(&mut sql)?;
    keep_statements(&sql)?;
    Ok(sql)
}

/// Opens a file that a writer has open.
pub(super) fn open_reader(path: &Path) -> Result<Connection> {
    let sql = Connection::open_with_flags(
        path,
        OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )?;
    sql.busy_timeout(BUSY)?;
    sql.execute_batch("PRAGMA query_only = ON; PRAGMA temp_store = MEMORY;")?;
    keep_statements(&sql)?;
    Ok(sql)
}

/// Statements are prepared once. Without the stability guarantee SQLite, built with its statistics,
/// plans a statement anew whenever a value is bound to it, which took most of an event's time.
fn keep_statements(sql: &Connection) -> Result<()> {
    sql.set_prepared_statement_cache_capacity(STATEMENTS);
    sql.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    Ok(())
}

/// Makes the file readable by its owner alone; SQLite gives its journals the same permissions.
/// What fails here fails again, with a better error, when SQLite opens the file.
fn create_private(path: &Path) {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    drop(options.open(path));
}
