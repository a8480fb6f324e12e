//! Examines a file without writing to it: beside a running host, and where none can start.

mod file;

use std::path::Path;

use rusqlite::Connection;

use super::schema::SCHEMA;
use super::{connection, journal};
use crate::Result;
use crate::sql::examine::{self, Check, Waiting};
use crate::sql::read;
use regulars_model::*;

/// A file under examination.
pub struct Examiner {
    sql: Connection,
    /// The version of its schema.
    version: u32,
}

impl Examiner {
    /// # Errors
    /// As [`super::SqliteStore::open`], and [`StoreError::Foreign`](crate::StoreError::Foreign) for an empty
    /// file.
    pub fn open(path: &Path) -> Result<Examiner> {
        let sql = connection::open_observer(path)?;
        let version = SCHEMA.require(&sql, path)?;
        Ok(Examiner { sql, version })
    }

    /// Examines the write-ahead log beside a file that need not open. Reading the file may change the log, so this
    /// comes first.
    pub fn journal(path: &Path) -> Finding {
        file::journal(path)
    }

    /// Runs the checks of the file and its rows. `look` gets the name of each check before it runs, the number of
    /// checks done and that of all. `quick` leaves out the checks that read every row.
    pub fn findings(&self, quick: bool, look: &mut dyn FnMut(&str, u64, u64)) -> Vec<Finding> {
        let mut findings = vec![file::schema(self.version)];
        let mut checks = file::checks(quick);
        if !quick {
            checks.extend(examine::checks());
        }
        checks.push(Check::new("journal after erasures", file::unpurged));
        let all = checks.len() as u64;
        for (done, check) in checks.into_iter().enumerate() {
            look(check.name, done as u64, all);
            findings.extend(check.run(&self.sql));
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

    pub fn latest_event_at(&self) -> Result<Option<Timestamp>> {
        Ok(examine::latest_event_at(&self.sql)?)
    }

    /// Counts the events that wait for any plugin.
    pub fn pending(&self) -> Result<u64> {
        Ok(examine::pending(&self.sql)?)
    }

    /// By plugin.
    pub fn deferred(&self) -> Result<Vec<Waiting>> {
        Ok(examine::deferred(&self.sql)?)
    }
}
