//! Everything in one SQLite file.
//!
//! One thread writes. What waits for it when it is free goes into one transaction, with a savepoint
//! for each changeset, so that one `fsync` makes many of them durable and a conflict undoes only its
//! own. Reads use connections of their own and are not held up: the file is in WAL mode.
//!
//! - `schema`, `connection`, `journal`: which file it is, what it holds, how it is opened.
//! - `writer`, `expect`, `apply`: the write, one file for a group of tables.
//! - `pool`, `read`: the reads.
//! - `copy`, `examine`: the whole file, as of one moment; whether it is sound.
//! - `codec`, `fault`: values and errors, in and out.

mod apply;
mod codec;
mod connection;
mod copy;
mod examine;
mod expect;
mod fault;
mod journal;
mod pool;
mod read;
mod schema;
mod store;
#[cfg(test)]
mod tests;
mod writer;

pub use copy::{Contents, Copying};
pub(crate) use copy::{check, copy, settle};
pub(crate) use examine::Examiner;

use std::path::Path;
use std::sync::mpsc::{Sender, channel};
use std::thread::JoinHandle;

use rusqlite::Connection;

use self::fault::Fault;
use self::pool::Pool;
use self::writer::{Job, Writer};
use crate::store::{Changeset, Completion, Result, StoreError};

/// How a file is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SqliteOptions {
    /// What a commit survives.
    pub synchronous: Synchronous,
    /// Connections for reading, at most; at least one. Further reads wait.
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

/// What a commit survives (<https://sqlite.org/pragma.html#pragma_synchronous>).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Synchronous {
    /// The loss of power: whoever was told of a commit finds it again.
    #[default]
    Full,
    /// The end of the process. The last commits before a loss of power may be gone, never half of
    /// one.
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
///
/// The queue of changesets has no bound, since a [`Completion`] runs on the writing thread and may
/// submit more: whoever submits without waiting limits how much is under way. Dropping the store
/// writes what is queued before it returns, unless the last owner is a completion: then the rest is
/// written after it.
#[derive(Debug)]
pub struct SqliteStore {
    readers: Pool,
    /// None once the store is being dropped.
    jobs: Option<Sender<Job>>,
    writer: Option<JoinHandle<()>>,
}

impl SqliteStore {
    /// Opens the file, makes it where there is none (for its owner alone to read), and brings it to
    /// this program's schema.
    ///
    /// # Errors
    /// [`StoreError::Foreign`] where the file is something else, which is then left as it is;
    /// [`StoreError::NewerSchema`] where a newer version wrote it; [`StoreError::ReadOnly`] where the
    /// file or its directory cannot be written to.
    pub fn open(path: &Path, options: SqliteOptions) -> Result<SqliteStore> {
        SqliteStore::open_if(path, options, |_| Ok(()))
    }

    /// [`SqliteStore::open`], if that may be: asked before anything in the file changes, with whether its
    /// schema is to.
    pub(crate) fn open_if(
        path: &Path,
        options: SqliteOptions,
        may: impl FnOnce(bool) -> Result<()>,
    ) -> Result<SqliteStore> {
        // Readers are opened later, when the working directory may be another.
        let path = std::path::absolute(path)
            .map_err(|error| StoreError::Backend(format!("{}: {error}", path.display())))?;
        let sql = connection::open_writer(&path, options.synchronous, may)?;
        let (sender, receiver) = channel();
        let writer = std::thread::Builder::new()
            .name("regulars-writer".into())
            .spawn(move || Writer::new(sql).run(&receiver))
            .map_err(|error| StoreError::Backend(format!("no thread to write with: {error}")))?;
        Ok(SqliteStore {
            readers: Pool::new(path, options.readers),
            jobs: Some(sender),
            writer: Some(writer),
        })
    }

    fn send(&self, changeset: Changeset, done: Completion) {
        let job = Job { changeset, done };
        let unsent = match &self.jobs {
            Some(jobs) => jobs.send(job).err().map(|error| error.0),
            None => Some(job),
        };
        if let Some(job) = unsent {
            (job.done)(Err(StoreError::Closed));
        }
    }

    /// One statement, which sees one moment by itself.
    fn read<T>(&self, with: impl FnOnce(&Connection) -> fault::Result<T>) -> Result<T> {
        Ok(with(&*self.readers.reader()?)?)
    }

    /// Several statements that see the same moment.
    fn read_together<T>(&self, with: impl FnOnce(&Connection) -> fault::Result<T>) -> Result<T> {
        self.read(|sql| {
            let transaction = sql.unchecked_transaction()?;
            let value = with(&transaction)?;
            transaction.commit().map_err(Fault::from)?;
            Ok(value)
        })
    }
}

impl Drop for SqliteStore {
    fn drop(&mut self) {
        // Readers first: the last connection to close tidies the journal up, and must be able to write.
        self.readers.close();
        drop(self.jobs.take());
        if let Some(writer) = self.writer.take()
            && writer.thread().id() != std::thread::current().id()
            && writer.join().is_err()
        {
            tracing::error!("the writing thread panicked");
        }
    }
}
