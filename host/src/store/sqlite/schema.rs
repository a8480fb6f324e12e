//! Which file it is, and bringing it to the newest schema.

use std::path::Path;

use rusqlite::{Connection, TransactionBehavior};

use super::fault::{Fault, Result};
use crate::store::StoreError;

/// Written to the file's header, so that no other program's database is taken for one of these.
const APPLICATION_ID: i32 = i32::from_be_bytes(*b"Regu");

/// The script at index n leads from version n to n + 1. Released ones never change.
const MIGRATIONS: &[&str] = &[
    include_str!("schema.sql"),
    include_str!("waiting.sql"),
    include_str!("transcripts.sql"),
    include_str!("schema_keys.sql"),
    include_str!("schema_audit.sql"),
    include_str!("schema_answers.sql"),
    include_str!("schema_outreach.sql"),
    include_str!("schema_erasure.sql"),
    include_str!("schema_points.sql"),
    include_str!("schema_attempts.sql"),
    include_str!("schema_versions.sql"),
    include_str!("schema_left.sql"),
];

/// Refuses what is not ours or too new. Changes nothing.
pub(super) fn identify(sql: &Connection, path: &Path) -> Result<()> {
    let found = match read(sql) {
        Ok(found) => found,
        Err(fault) if fault.is_not_a_database() => return Err(foreign(path)),
        Err(fault) => return Err(fault),
    };
    if !found.is_empty() && found.application != APPLICATION_ID {
        return Err(foreign(path));
    }
    refuse_newer(found.version)
}

/// [`identify`], of a file that must have something in it. Gives the version of its schema.
pub(super) fn require(sql: &Connection, path: &Path) -> Result<u32> {
    identify(sql, path)?;
    let found = read(sql)?;
    if found.application != APPLICATION_ID {
        return Err(foreign(path));
    }
    Ok(found.version)
}

pub(super) fn is_newest(sql: &Connection) -> Result<bool> {
    Ok(read(sql)?.version == known())
}

/// Applies what is missing, all of it or nothing.
pub(super) fn migrate(sql: &mut Connection) -> Result<()> {
    if is_newest(sql)? {
        return Ok(());
    }
    let transaction = sql.transaction_with_behavior(TransactionBehavior::Immediate)?;
    // Again, now that no other process can be at it.
    let version = read(&transaction)?.version;
    refuse_newer(version)?;
    for script in MIGRATIONS.iter().skip(version as usize) {
        transaction.execute_batch(script)?;
    }
    transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
    transaction.pragma_update(None, "user_version", known())?;
    transaction.commit()?;
    Ok(())
}

struct Found {
    application: i32,
    version: u32,
    objects: i64,
}

impl Found {
    fn is_empty(&self) -> bool {
        self.application == 0 && self.version == 0 && self.objects == 0
    }
}

fn read(sql: &Connection) -> Result<Found> {
    let pragma = |name| sql.pragma_query_value(None, name, |row| row.get::<_, i32>(0));
    Ok(Found {
        application: pragma("application_id")?,
        version: pragma("user_version")? as u32,
        objects: sql.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?,
    })
}

pub(super) fn known() -> u32 {
    MIGRATIONS.len() as u32
}

fn refuse_newer(found: u32) -> Result<()> {
    let known = known();
    if found > known {
        return Err(Fault::Store(StoreError::NewerSchema { found, known }));
    }
    Ok(())
}

fn foreign(path: &Path) -> Fault {
    Fault::Store(StoreError::Foreign(path.display().to_string()))
}
