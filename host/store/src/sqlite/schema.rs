//! Identifies a database file and brings it to this program's schema.

use std::path::Path;

use rusqlite::{Connection, ErrorCode, TransactionBehavior};

use crate::StoreError;
use crate::sql::{Fault, Result};

/// Stands in the file's header, so that another program's database is told apart.
const APPLICATION_ID: i32 = i32::from_be_bytes(*b"Regu");

/// The schema of this program.
pub(super) const SCHEMA: Schema = Schema {
    first: FIRST,
    script: include_str!("schema.sql"),
    migrations: &[],
};

/// The version of `schema.sql`. Until 0.1.0 every change to that file raises this number, and files of an older
/// version are refused. From 0.1.0 on both stay, and a change is a migration.
const FIRST: u32 = 14;

/// A schema and the steps that led to it.
pub(super) struct Schema {
    /// The oldest version that can be opened.
    first: u32,
    /// Makes version `first` in an empty file.
    script: &'static str,
    /// The script at index n leads from version `first + n` to the next one. A released script never changes.
    migrations: &'static [&'static str],
}

impl Schema {
    /// The newest version.
    pub(super) fn version(&self) -> u32 {
        self.first + self.migrations.len() as u32
    }

    /// Returns true if the file needs no migration.
    pub(super) fn is_newest(&self, sql: &Connection) -> Result<bool> {
        Ok(read(sql)?.version == self.version())
    }

    /// Refuses a file of another program or of a version that cannot be opened. Changes nothing.
    pub(super) fn identify(&self, sql: &Connection, path: &Path) -> Result<()> {
        let found = match read(sql) {
            Ok(found) => found,
            Err(error) if error.sqlite_error_code() == Some(ErrorCode::NotADatabase) => {
                return Err(foreign(path));
            }
            Err(error) => return Err(error.into()),
        };
        if !found.is_empty() && found.application != APPLICATION_ID {
            return Err(foreign(path));
        }
        self.check(&found)
    }

    /// [`Schema::identify`], and refuses an empty file. Returns the file's version.
    pub(super) fn require(&self, sql: &Connection, path: &Path) -> Result<u32> {
        self.identify(sql, path)?;
        let found = read(sql)?;
        if found.application != APPLICATION_ID {
            return Err(foreign(path));
        }
        Ok(found.version)
    }

    /// Applies the missing scripts, all or none.
    pub(super) fn migrate(&self, sql: &mut Connection) -> Result<()> {
        if self.is_newest(sql)? {
            return Ok(());
        }
        let transaction = sql.transaction_with_behavior(TransactionBehavior::Immediate)?;
        // Read again, now that no other process can migrate the file.
        let found = read(&transaction)?;
        self.check(&found)?;
        let applied = if found.is_empty() {
            transaction.execute_batch(self.script)?;
            0
        } else {
            found.version - self.first
        };
        for script in self.migrations.iter().skip(applied as usize) {
            transaction.execute_batch(script)?;
        }
        transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
        transaction.pragma_update(None, "user_version", self.version())?;
        transaction.commit()?;
        Ok(())
    }

    fn check(&self, found: &Found) -> Result<()> {
        let refused = if found.version > self.version() {
            StoreError::NewerSchema {
                found: found.version,
                known: self.version(),
            }
        } else if found.version < self.first && !found.is_empty() {
            StoreError::RetiredSchema {
                found: found.version,
                oldest: self.first,
            }
        } else {
            return Ok(());
        };
        Err(Fault::Store(refused))
    }
}

/// The header of a file.
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

fn read(sql: &Connection) -> rusqlite::Result<Found> {
    let pragma = |name| sql.pragma_query_value(None, name, |row| row.get::<_, i32>(0));
    Ok(Found {
        application: pragma("application_id")?,
        version: pragma("user_version")? as u32,
        objects: sql.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?,
    })
}

fn foreign(path: &Path) -> Fault {
    Fault::Store(StoreError::Foreign(path.display().to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: Schema = Schema {
        first: 20,
        script: "CREATE TABLE note (text TEXT) STRICT; INSERT INTO note VALUES ('kept')",
        migrations: &[],
    };

    const TWO: Schema = Schema {
        migrations: &["ALTER TABLE note ADD COLUMN at INTEGER NOT NULL DEFAULT 7"],
        ..ONE
    };

    fn file(schema: &Schema) -> Connection {
        let mut sql = Connection::open_in_memory().unwrap();
        schema.migrate(&mut sql).unwrap();
        sql
    }

    fn refusal(schema: &Schema, sql: &mut Connection) -> StoreError {
        let opened = schema.identify(sql, Path::new("crm.db"));
        opened
            .and_then(|()| schema.migrate(sql))
            .unwrap_err()
            .into()
    }

    #[test]
    fn migration_keeps_rows_and_runs_once() {
        let mut sql = file(&ONE);
        assert!(!TWO.is_newest(&sql).unwrap());
        for _ in 0..2 {
            TWO.migrate(&mut sql).unwrap();
            assert!(TWO.is_newest(&sql).unwrap());
        }
        let read = "SELECT text, at FROM note";
        let note: (String, i64) = sql
            .query_row(read, [], |row| Ok((row.get(0)?, row.get(1)?)))
            .unwrap();
        assert_eq!(note, ("kept".to_owned(), 7));
        let new = file(&TWO);
        assert_eq!(new.query_row(read, [], |row| row.get(1)), Ok(7_i64));
    }

    #[test]
    fn failed_migration_changes_nothing() {
        const BROKEN: Schema = Schema {
            migrations: &["CREATE TABLE half (a INTEGER)", "ALTER TABLE absent ADD b"],
            ..ONE
        };
        let mut sql = file(&ONE);
        assert!(BROKEN.migrate(&mut sql).is_err());
        assert!(ONE.is_newest(&sql).unwrap());
        assert!(!sql.table_exists(None, "half").unwrap());
    }

    #[test]
    fn version_out_of_range_is_refused() {
        let newer = refusal(&ONE, &mut file(&TWO));
        assert!(matches!(
            newer,
            StoreError::NewerSchema {
                found: 21,
                known: 20
            }
        ));
        const LATER: Schema = Schema { first: 21, ..ONE };
        let older = refusal(&LATER, &mut file(&ONE));
        let said = older.to_string();
        assert!(
            said.contains("schema 20") && said.contains("--db"),
            "{said}"
        );
    }
}
