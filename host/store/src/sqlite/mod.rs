//! The driver for SQLite: everything in one file.
//!
//! One connection writes. The waiting changesets go into one transaction, with a savepoint for each, so that one
//! `fsync` makes many of them durable and a conflict undoes only its own. Reads use connections of their own and do
//! not wait for the writer: the file is in WAL mode.
//!
//! - `schema`, `connection`, `journal`: identifying and opening a file.
//! - `driver`, `fault`: rusqlite's connections, rows and errors as [`sql`](super::sql) sees them.
//! - `writing`, `pool`: the connection that writes, and those that read.
//! - `copy`, `examine`: copies of the whole file, as of one moment; checks of its soundness.

mod connection;
mod copy;
mod driver;
mod examine;
mod fault;
mod journal;
mod pool;
mod schema;
#[cfg(test)]
mod tests;
mod writing;

pub use copy::{Contents, Copying};
pub use copy::{check, copy, settle};
pub use examine::Examiner;

use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rusqlite::Connection;

use self::pool::Pool;
use self::writing::Writing;
use super::sql::{Cached, Result as SqlResult, SqlBackend, SqlStore};
use crate::{Result, StoreError};

/// The settings of an open file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SqliteOptions {
    /// The failures that a commit survives.
    pub synchronous: Synchronous,
    /// The most connections for reading, at least 1. Further reads wait.
    pub readers: usize,
}

impl Default for SqliteOptions {
    fn default() -> SqliteOptions {
        SqliteOptions {
            synchronous: Synchronous::Full,
            readers: 8,
        }
    }
}

/// The failures that a commit survives (<https://sqlite.org/pragma.html#pragma_synchronous>).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Synchronous {
    /// A loss of power: an acknowledged commit is never lost.
    #[default]
    Full,
    /// The end of the process. A loss of power may lose the last commits, each as a whole.
    Normal,
}

impl Synchronous {
    fn pragma(self) -> &'static str {
        match self {
            Synchronous::Full => "FULL",
            Synchronous::Normal => "NORMAL",
        }
    }
}

/// A [`Store`](super::Store) in one SQLite file.
pub type SqliteStore = SqlStore<Sqlite>;

/// The connections to one SQLite file.
#[derive(Debug)]
pub struct Sqlite {
    readers: Pool,
    writing: Mutex<Writing>,
}

impl SqliteStore {
    /// Opens the file, creates it if there is none (readable by its owner alone), and brings it to this program's
    /// schema.
    ///
    /// # Errors
    /// [`StoreError::Foreign`] for another program's file, [`StoreError::NewerSchema`] and [`StoreError::RetiredSchema`]
    /// for a schema that this program does not open; these files stay as they are. [`StoreError::ReadOnly`] if the file
    /// or its directory cannot be written.
    pub fn open(path: &Path, options: SqliteOptions) -> Result<SqliteStore> {
        SqliteStore::open_if(path, options, |_| Ok(()))
    }

    /// [`SqliteStore::open`] with a last check before anything in the file changes. Its argument is true if the schema
    /// has to.
    pub fn open_if(
        path: &Path,
        options: SqliteOptions,
        may: impl FnOnce(bool) -> Result<()>,
    ) -> Result<SqliteStore> {
        // Readers are opened later, perhaps in another working directory.
        let path = std::path::absolute(path)
            .map_err(|error| StoreError::Backend(format!("{}: {error}", path.display())))?;
        let sql = connection::open_writer(&path, options.synchronous, may)?;
        SqlStore::new(Sqlite {
            readers: Pool::new(path, options.readers),
            writing: Mutex::new(Writing::new(sql)),
        })
    }
}

impl Sqlite {
    /// Only the writing thread calls this, so it never waits.
    fn writing(&self) -> MutexGuard<'_, Writing> {
        self.writing.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl SqlBackend for Sqlite {
    type Connection = Connection;

    fn read<T>(&self, with: impl FnOnce(&Connection) -> SqlResult<T>) -> SqlResult<T> {
        with(&*self.readers.reader()?)
    }

    fn read_moment<T>(&self, with: impl FnOnce(&Connection) -> SqlResult<T>) -> SqlResult<T> {
        let reader = self.readers.reader()?;
        let transaction = reader.unchecked_transaction()?;
        let value = with(&transaction)?;
        transaction.commit()?;
        Ok(value)
    }

    fn write_batch(
        &self,
        with: impl FnOnce(&Connection, Cached) -> SqlResult<bool>,
    ) -> SqlResult<()> {
        self.writing().batch(with)
    }

    fn purge(&self) -> bool {
        self.writing().purge()
    }

    fn upkeep(&self) -> Option<Duration> {
        self.writing().upkeep()
    }

    /// The last connection to close writes the log into the file, so it must be the one that can write.
    fn close_readers(&self) {
        self.readers.close();
    }

    fn finish(&self) {
        self.writing().finish();
    }
}
