//! Opens connections and sets their pragmas.

use std::path::Path;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use super::schema::SCHEMA;
use super::{Synchronous, journal};
use crate::StoreError;
use crate::sql::{Fault, Result};

/// The capacity of the statement cache: more than there are statements.
const STATEMENTS: usize = 256;
pub(super) const BUSY: Duration = Duration::from_secs(5);

/// Opens the file for writing, creates it if there is none, and brings it to the newest schema.
///
/// A refused file and its write-ahead log stay as they are. `may` decides before anything in the file changes; its
/// argument is true if the schema has to.
pub(super) fn open_writer(
    path: &Path,
    synchronous: Synchronous,
    may: impl FnOnce(bool) -> crate::Result<()>,
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
    // Until the file is identified, closing must not write its log into it.
    let journal = journal::beside(path, "-wal");
    keep_apart(&sql, journal.metadata().is_ok_and(|it| it.len() > 0))?;
    // Before the journal mode, which is written to the file: another program's file stays as it is.
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

/// Opens a file for reading while a writer has it open.
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

/// Opens a file to examine it, open elsewhere or not. Nothing is written to it, and its log stays.
pub(super) fn open_observer(path: &Path) -> Result<Connection> {
    place(path)?;
    if let Some(problem) = journal::misplaced(path) {
        return Err(Fault::Store(StoreError::Journal(problem)));
    }
    let mut flags = OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut name = path.as_os_str().to_owned();
    let journal = journal::beside(path, "-wal");
    if is_ours_to_write(path) {
        // Without write access, the log that SQLite creates for reading could not be removed.
        flags |= OpenFlags::SQLITE_OPEN_READ_WRITE;
    } else {
        flags |= OpenFlags::SQLITE_OPEN_READ_ONLY;
        if !journal.exists() {
            // SQLite would create a log that the owner could not use, or fail.
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

/// Sets whether closing leaves the commits of the log in it.
fn keep_apart(sql: &Connection, wanted: bool) -> Result<()> {
    sql.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, wanted)?;
    Ok(())
}

/// Returns true if this process may write to the file and create a log beside it. Asks for the permission only:
/// opening and closing a file would release the locks that this process holds on it.
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

/// Escapes a path for a URI.
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

/// Refuses a path at which no file can be.
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

/// Keeps statements prepared. Without the query planner stability guarantee, SQLite with `STAT4` plans a statement
/// again at every binding of a value, which took most of an event's time.
fn keep_statements(sql: &Connection) -> Result<()> {
    sql.set_prepared_statement_cache_capacity(STATEMENTS);
    sql.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    Ok(())
}

/// Creates a file that its owner alone can read. SQLite gives the log the same permissions. A failure is left to the
/// opening of the file, which reports it better.
pub(super) fn create_private(path: &Path) {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    drop(options.open(path));
}
