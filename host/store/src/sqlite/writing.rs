//! The connection that writes, and the upkeep of the write-ahead log.

use std::time::Duration;

use rusqlite::Connection;

use super::connection;
use crate::StoreError;
use crate::sql::{Cached, Fault, Result};
use regulars_model::clock::Stopwatch;

/// The wait of an erasure for readers, before the log is truncated without its caller.
const TRUNCATE_WAIT: Duration = Duration::from_secs(1);
/// The pause between two later attempts.
const TRUNCATE_PAUSE: Duration = Duration::from_secs(1);
/// The [`data_version`] of no file: the first batch looks for erasures that another process left.
const NO_VERSION: i64 = -1;

pub(super) struct Writing {
    sql: Connection,
    /// The damage that was found in the file: writing on would damage more of it.
    damaged: Option<StoreError>,
    /// The [`data_version`] of the last batch.
    version: i64,
    /// The log may hold erased data: the time since the last attempt to truncate it.
    unpurged: Option<Stopwatch>,
}

impl std::fmt::Debug for Writing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Writing")
            .field("sql", &self.sql)
            .finish_non_exhaustive()
    }
}

impl Writing {
    pub(super) fn new(sql: Connection) -> Writing {
        Writing {
            sql,
            damaged: None,
            version: NO_VERSION,
            unpurged: None,
        }
    }

    /// See [`SqlBackend::write_batch`](crate::sql::SqlBackend::write_batch).
    pub(super) fn batch(
        &mut self,
        with: impl FnOnce(&Connection, Cached) -> Result<bool>,
    ) -> Result<()> {
        if let Some(damage) = &self.damaged {
            return Err(Fault::Damage(damage.clone()));
        }
        let written = self.transaction(with);
        if let Err(Fault::Damage(error)) = &written {
            tracing::error!(%error, "nothing is written to the database any more");
            self.damaged = Some(error.clone());
        }
        written
    }

    fn transaction(
        &mut self,
        with: impl FnOnce(&Connection, Cached) -> Result<bool>,
    ) -> Result<()> {
        control(&self.sql, "BEGIN IMMEDIATE")?;
        let transaction = Transaction(&self.sql);
        let version = data_version(&self.sql)?;
        let cached = match version == self.version {
            true => Cached::Valid,
            false => Cached::Stale,
        };
        if cached == Cached::Stale {
            // Another process may have erased a customer, and its readers may have kept the log from being truncated.
            if self.unpurged.is_none() && has_unpurged(&self.sql) {
                self.unpurged = Some(Stopwatch::start());
            }
            self.version = version;
        }
        let commit = with(transaction.0, cached)?;
        control(transaction.0, if commit { "COMMIT" } else { "ROLLBACK" })
    }

    pub(super) fn purge(&mut self) -> bool {
        self.wal_truncate(TRUNCATE_WAIT)
    }

    pub(super) fn upkeep(&mut self) -> Option<Duration> {
        // Left by a crash. The writer's thread does this before its first batch, so that opening does not wait for it.
        if self.version == NO_VERSION && self.unpurged.is_none() && has_unpurged(&self.sql) {
            self.wal_truncate(Duration::ZERO);
        }
        if let Some(tried) = &self.unpurged
            && tried.seconds() >= TRUNCATE_PAUSE.as_secs_f64()
        {
            self.wal_truncate(Duration::ZERO);
        }
        self.unpurged.as_ref().map(|_| TRUNCATE_PAUSE)
    }

    pub(super) fn finish(&mut self) {
        if self.unpurged.is_some() {
            self.wal_truncate(TRUNCATE_WAIT);
        }
        if let Err(error) = self.sql.execute_batch("PRAGMA optimize") {
            tracing::debug!(%error, "the database was not optimised before it was closed");
        }
    }

    /// Writes the log into the file and empties it. Returns false if readers hold it up.
    fn wal_truncate(&mut self, wait: Duration) -> bool {
        let truncated = self.checkpoint(wait).unwrap_or_else(|fault| {
            let error = StoreError::from(fault);
            tracing::warn!(%error, "erased data could not be removed from the write-ahead log yet");
            false
        });
        self.unpurged = (!truncated).then(Stopwatch::start);
        truncated
    }

    fn checkpoint(&self, wait: Duration) -> Result<bool> {
        self.sql.busy_timeout(wait)?;
        let busy = self
            .sql
            .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| {
                row.get::<_, i64>(0)
            });
        self.sql.busy_timeout(connection::BUSY)?;
        let truncated = busy? == 0;
        if truncated {
            control(&self.sql, "DELETE FROM wal_erasure")?;
        }
        Ok(truncated)
    }
}

/// Rolls back what is not committed, also when a panic unwinds.
struct Transaction<'s>(&'s Connection);

impl Drop for Transaction<'_> {
    fn drop(&mut self) {
        if !self.0.is_autocommit()
            && let Err(error) = self.0.execute_batch("ROLLBACK")
        {
            tracing::error!(%error, "a failed transaction could not be rolled back");
        }
    }
}

/// Returns a number that changes with the commits of other connections.
fn data_version(sql: &Connection) -> Result<i64> {
    let mut statement = sql.prepare_cached("PRAGMA data_version")?;
    Ok(statement.query_row([], |row| row.get(0))?)
}

fn has_unpurged(sql: &Connection) -> bool {
    let select = "SELECT EXISTS (SELECT 1 FROM wal_erasure)";
    let left = sql.query_row(select, [], |row| row.get(0));
    left.unwrap_or(false)
}

fn control(sql: &Connection, statement: &str) -> Result<()> {
    sql.prepare_cached(statement)?.execute([])?;
    Ok(())
}
