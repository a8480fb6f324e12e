//! rusqlite's connection and rows, as [`crate::sql`] sees them.

use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, ToSql, params_from_iter};

use crate::StoreError;
use crate::sql::{Dialect, Fault, Param, Result, Row, SqlConnection};

impl SqlConnection for Connection {
    const DIALECT: Dialect = Dialect::Sqlite;

    type Row<'r> = rusqlite::Row<'r>;

    #[inline]
    fn execute(&self, statement: &str, params: &[Param<'_>]) -> Result<u64> {
        let mut statement = self.prepare_cached(statement)?;
        Ok(statement.execute(params_from_iter(params))? as u64)
    }

    #[inline]
    fn query<T>(
        &self,
        statement: &str,
        params: &[Param<'_>],
        mut map: impl FnMut(&rusqlite::Row<'_>) -> Result<T>,
    ) -> Result<Vec<T>> {
        let mut statement = self.prepare_cached(statement)?;
        let mut rows = statement.query(params_from_iter(params))?;
        let mut items = Vec::new();
        while let Some(row) = rows.next()? {
            items.push(map(row)?);
        }
        Ok(items)
    }

    #[inline]
    fn query_one<T>(
        &self,
        statement: &str,
        params: &[Param<'_>],
        map: impl FnOnce(&rusqlite::Row<'_>) -> Result<T>,
    ) -> Result<Option<T>> {
        let mut statement = self.prepare_cached(statement)?;
        let mut rows = statement.query(params_from_iter(params))?;
        rows.next()?.map(map).transpose()
    }

    #[inline]
    fn in_transaction(&self) -> bool {
        !self.is_autocommit()
    }

    fn size(&self) -> Result<u64> {
        let bytes: i64 = self
            .prepare_cached(
                "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size",
            )?
            .query_row([], |row| row.get(0))?;
        Ok(bytes.unsigned_abs())
    }

    fn erased(&self, customer: i64) -> Result<()> {
        // The statistics keep rows of indexes as samples, contact points among them. Closing the file makes new ones.
        let sampled = self
            .prepare_cached("SELECT 1 FROM sqlite_schema WHERE name = 'sqlite_stat4'")?
            .exists([])?;
        if sampled {
            // Not kept prepared: the table may come and go.
            Connection::execute(self, "DELETE FROM sqlite_stat4", [])?;
        }
        self.prepare_cached("INSERT INTO wal_erasure (customer) VALUES (?)")?
            .execute([customer])?;
        Ok(())
    }
}

impl ToSql for Param<'_> {
    #[inline]
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Param::Null => ValueRef::Null,
            Param::Integer(value) => ValueRef::Integer(*value),
            Param::Text(value) => ValueRef::Text(value.as_bytes()),
            Param::Bytes(value) => ValueRef::Blob(value),
        }))
    }
}

impl Row for rusqlite::Row<'_> {
    #[inline]
    fn integer(&self, column: usize) -> Result<Option<i64>> {
        match self.get_ref(column)? {
            ValueRef::Null => Ok(None),
            ValueRef::Integer(value) => Ok(Some(value)),
            other => Err(mistyped(self, column, other)),
        }
    }

    #[inline]
    fn text(&self, column: usize) -> Result<Option<&str>> {
        match self.get_ref(column)? {
            ValueRef::Null => Ok(None),
            ValueRef::Text(value) => match std::str::from_utf8(value) {
                Ok(value) => Ok(Some(value)),
                Err(error) => Err(corrupt(self, column, error)),
            },
            other => Err(mistyped(self, column, other)),
        }
    }

    #[inline]
    fn bytes(&self, column: usize) -> Result<Option<&[u8]>> {
        match self.get_ref(column)? {
            ValueRef::Null => Ok(None),
            ValueRef::Blob(value) => Ok(Some(value)),
            other => Err(mistyped(self, column, other)),
        }
    }

    fn name(&self, column: usize) -> &str {
        self.as_ref().column_name(column).unwrap_or("?")
    }
}

#[cold]
fn mistyped(row: &rusqlite::Row<'_>, column: usize, value: ValueRef<'_>) -> Fault {
    let found = value.data_type();
    corrupt(row, column, format!("unexpected type {found}"))
}

#[cold]
fn corrupt(row: &rusqlite::Row<'_>, column: usize, why: impl ToString) -> Fault {
    let (name, why) = (row.name(column), why.to_string());
    Fault::Store(StoreError::Corrupt(format!("column {name}: {why}")))
}
