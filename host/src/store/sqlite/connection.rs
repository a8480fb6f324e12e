//! How connections are opened and set.

use std::path::Path;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use super::schema::SCHEMA;
use super::{Synchronous, journal};
use crate::store::StoreError;
use crate::store::sql::{Fault, Result};

/// More than there are different statements.
const STATEMENTS: usize = 256;
pub(super) const BUSY: Duration = Duration::from_secs(5);

/// Opens the file for writing, makes it where there is none, and brings it to the newest schema.
/// A file that is refused stays as it is, and so does its journal. `may` is asked once the file is known
/// to be ours and before anything in it changes, with whether its schema is to.
pub(super) fn open_writer(
    path: &Path,
    synchronous: Synchronous,
    may: impl FnOnce(bool) -> crate::store::Result<()>,
) -> Result<Connection> {
    place(path)?;
    if !is_ours_to_write(path) {
        return Err(Fault::Store(StoreError::ReadOnly));
    }
    journal::check(path, synchronous)?;
    create_private(path);
    let mut sql = Connection::open_with_flags(
        path,
        OpenFlags::SQLITE_OPEN_READ_WRITE
            | OpenFlags::SQLITE_OPEN_CREATE
            | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )?;
    sql.busy_timeout(BUSY)?;
    // Until it is known to be ours, closing must not write what its journal holds into it.
    let journal = journal::beside(path, "-wal");
    keep_apart(&sql, journal.metadata().is_ok_and(|it| it.len() > 0))?;
    // First, since the journal mode is written to the file: another program's stays as it is.
    SCHEMA.identify(&sql, path)?;
    if sql.is_readonly("main")? {
        return Err(Fault::Store(StoreError::ReadOnly));
    }
    may(!SCHEMA.is_newest(&sql)?)?;
    keep_apart(&sql, false)?;
    sql.execute_batch(
        "PRAGMA journal_mode = WAL;
         PRAGMA foreign_keys = ON;
         PRAGMA journal_size_limit = 67108864;
         PRAGMA wal_autocheckpoint = 4000;
         PRAGMA temp_store = MEMORY;
         PRAGMA secure_delete = ON;
         PRAGMA cache_size = -16384;",
    )?;
    sql.pragma_update(None, "synchronous", synchronous.pragma())?;
    SCHEMA.migrate(&mut sql)?;
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

/// Opens a file to look at it, whether or not somebody has it open. Nothing is written to it, nor is
/// its journal worked off.
pub(super) fn open_observer(path: &Path) -> Result<Connection> {
    place(path)?;
    if let Some(problem) = journal::misplaced(path) {
        return Err(Fault::Store(StoreError::Journal(problem)));
    }
    let mut flags = OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut name = path.as_os_str().to_owned();
    let journal = journal::beside(path, "-wal");
    if is_ours_to_write(path) {
        // Whoever may only read cannot remove the journal that SQLite makes to read by.
        flags |= OpenFlags::SQLITE_OPEN_READ_WRITE;
    } else {
        flags |= OpenFlags::SQLITE_OPEN_READ_ONLY;
        if !journal.exists() {
            // It would be made, or fail to, and the owner could not use it.
            flags |= OpenFlags::SQLITE_OPEN_URI;
            name = format!("file:{}?immutable=1", escaped(path)).into();
        }
    }
    let sql = Connection::open_with_flags(name, flags)?;
    keep_apart(&sql, journal.metadata().is_ok_and(|it| it.len() > 0))?;
    sql.busy_timeout(BUSY)?;
    sql.execute_batch("PRAGMA query_only = ON; PRAGMA temp_store = MEMORY;")?;
    SCHEMA.identify(&sql, path)?;
    Ok(sql)
}

/// Whether closing leaves what the journal holds where it is.
fn keep_apart(sql: &Connection, wanted: bool) -> Result<()> {
    sql.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, wanted)?;
    Ok(())
}

/// Whether the system lets this process write to the file and make a journal beside it. It is not
/// tried, since opening and closing a file gives up the locks that this process has on it.
pub(super) fn is_ours_to_write(path: &Path) -> bool {
    #[cfg(unix)]
    {
        use rustix::fs::{Access, access};
        let directory = path
            .parent()
            .filter(|parent| *parent != Path::new(""))
            .unwrap_or(Path::new("."));
        access(directory, Access::WRITE_OK | Access::EXEC_OK).is_ok()
            && (!path.exists() || access(path, Access::READ_OK | Access::WRITE_OK).is_ok())
    }
    #[cfg(not(unix))]
    {
        path.metadata().is_ok_and(|it| !it.permissions().readonly()) || !path.exists()
    }
}

/// A path as part of a URI.
fn escaped(path: &Path) -> String {
    let bytes = path.as_os_str().as_encoded_bytes();
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/-._~".contains(&byte);
    bytes
        .iter()
        .map(|&byte| match plain(byte) {
            true => char::from(byte).to_string(),
            false => format!("%{byte:02X}"),
        })
        .collect()
}

/// Refuses where no file can be, with what is wrong there.
fn place(path: &Path) -> Result<()> {
    let shown = path.display();
    let problem = if path.is_dir() {
        format!("{shown} is a directory: name a file in it, such as {shown}/crm.db")
    } else if let Some(parent) = path.parent()
        && parent != Path::new("")
        && !parent.is_dir()
    {
        format!(
            "there is no directory {}: make it, or name another file",
            parent.display()
        )
    } else {
        return Ok(());
    };
    Err(Fault::Store(StoreError::Unusable(problem)))
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
pub(super) fn create_private(path: &Path) {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    drop(options.open(path));
}
