use std::time::Duration;

use super::{Result, SqlConnection};
use crate::Changeset;

/// A driver: connections for reading and for writing to one database.
pub trait SqlBackend: Send + Sync + 'static {
    type Connection: SqlConnection;

    /// Runs one statement on a connection for reading.
    ///
    /// # Errors
    /// As `with`, and if no connection can be had.
    fn read<T>(&self, with: impl FnOnce(&Self::Connection) -> Result<T>) -> Result<T>;

    /// Runs several statements that see the same moment.
    ///
    /// # Errors
    /// As [`SqlBackend::read`].
    fn read_moment<T>(&self, with: impl FnOnce(&Self::Connection) -> Result<T>) -> Result<T>;

    /// Runs `with` in a transaction that locks out other writers, and commits it if `with` returns true. Every other
    /// end, a panic included, rolls it back.
    ///
    /// # Errors
    /// As `with`, and if the database refuses the transaction. Nothing was written then.
    fn write_batch(
        &self,
        with: impl FnOnce(&Self::Connection, Cached) -> Result<bool>,
    ) -> Result<()>;

    /// Locks the customers and installations that a changeset names until the end of the transaction, if transactions
    /// of other writers may run beside it.
    ///
    /// # Errors
    /// As the database reports them.
    fn lock(&self, sql: &Self::Connection, changeset: &Changeset) -> Result<()> {
        let _ = (sql, changeset);
        Ok(())
    }

    /// Removes the erased data that the database keeps outside its tables after a commit, such as a write-ahead log.
    /// Returns false if readers hold it up; [`SqlBackend::upkeep`] goes on then.
    fn purge(&self) -> bool;

    /// Does the upkeep that is due between two batches. Returns the pause until it is due again, or `None` if none is.
    fn upkeep(&self) -> Option<Duration>;

    /// Closes the connections for reading that are idle, before the writer ends.
    fn close_readers(&self);

    /// Does the last upkeep, after the last batch.
    fn finish(&self);
}

/// The state of the keys that earlier batches of this process read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cached {
    Valid,
    /// Another process wrote to the database.
    Stale,
}
