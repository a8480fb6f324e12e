//! Looks a file over without writing to it: beside a running host, and where none can start.

mod file;
mod invariants;

use std::path::Path;

use rusqlite::Connection;

use self::file::When;
use super::fault::Fault;
use super::schema::SCHEMA;
use super::{connection, journal, read};
use crate::model::*;
use crate::store::{Result, StoreError};

/// A file that is looked at.
pub(crate) struct Examiner {
    sql: Connection,
    /// Of its schema.
    version: u32,
}

/// Rows that one plugin has in the dead letter, or waiting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Waiting {
    pub plugin: String,
    pub waiting: u64,
    pub dead: u64,
}

impl Examiner {
    /// # Errors
    /// As [`super::SqliteStore::open`], and [`StoreError::Foreign`] for an empty file.
    pub fn open(path: &Path) -> Result<Examiner> {
        let sql = connection::open_observer(path)?;
        let version = SCHEMA.require(&sql, path)?;
        Ok(Examiner { sql, version })
    }

    /// What is to be said of the journal beside a file, which need not open. Look at it first:
    /// reading the file may change what there is to see.
    pub fn journal(path: &Path) -> Finding {
        file::journal(path)
    }

    /// Everything that can be told of the file by itself. `look` is told before each check what it is
    /// about, and how many of how many are done; `quick` leaves out what reads every row.
    pub fn findings(&self, quick: bool, look: &mut dyn FnMut(&str, u64, u64)) -> Vec<Finding> {
        let mut findings = vec![file::schema(self.version)];
        let left_out = match quick {
            true => When::Thoroughly,
            false => When::Quickly,
        };
        let checks: Vec<&file::Check> = file::CHECKS
            .iter()
            .chain(invariants::CHECKS)
            .filter(|check| check.when != left_out)
            .collect();
        let all = checks.len() as u64;
        for (done, check) in checks.into_iter().enumerate() {
            look(check.name, done as u64, all);
            let found = (check.look)(&self.sql, check);
            findings.extend(found.unwrap_or_else(|fault| vec![unreadable(check.name, fault)]));
        }
        findings
    }

    pub fn installations(&self) -> Result<Vec<Installation>> {
        Ok(read::plugin::installations(&self.sql)?)
    }

    pub fn component(&self, digest: Digest) -> Result<Option<Component>> {
        Ok(read::plugin::component(&self.sql, digest)?)
    }

    pub fn time_zones(&self) -> Result<Vec<String>> {
        Ok(read::customer::time_zones(&self.sql)?)
    }

    /// When the latest event happened.
    pub fn latest_event_at(&self) -> Result<Option<Timestamp>> {
        let newest = read::query::value::<Option<i64>>(
            &self.sql,
            "SELECT max(time) FROM (SELECT time FROM event ORDER BY seq DESC LIMIT 1000)",
            [],
        )?;
        Ok(newest
            .flatten()
            .and_then(|millis| Timestamp::from_millisecond(millis).ok()))
    }

    /// How many events wait for anybody at all.
    pub fn pending(&self) -> Result<u64> {
        Ok(count(&self.sql, "SELECT count(*) FROM pending")?)
    }

    /// By plugin.
    pub fn parked(&self) -> Result<Vec<Waiting>> {
        let rows = read::query::all(
            &self.sql,
            "SELECT 0, i.id, sum(1 - p.dead), sum(p.dead) FROM parked p
             JOIN installation i ON i.key = p.installation GROUP BY i.id ORDER BY i.id",
            [],
            |columns| {
                Ok(Waiting {
                    plugin: columns.get()?,
                    waiting: columns.unsigned()?,
                    dead: columns.unsigned()?,
                })
            },
        );
        Ok(rows?)
    }
}

fn count(sql: &Connection, select: &str) -> super::fault::Result<u64> {
    let count: i64 = sql.query_row(select, [], |row| row.get(0))?;
    Ok(count.unsigned_abs())
}

const RESTORE: &str = "stop the server, keep a copy of the file, and restore a backup: \
     regulars restore FILE";

fn unreadable(check: &str, fault: Fault) -> Finding {
    let error = StoreError::from(fault);
    match error {
        StoreError::Corrupt(problem) => Finding::error(
            check,
            format!("It cannot be read: {}.", crate::text::line(&problem, 300)),
            RESTORE,
        ),
        error => Finding::error(
            check,
            format!("It could not be looked at: {error}."),
            "look again when that is mended",
        ),
    }
}
