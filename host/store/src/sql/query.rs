//! One row, all rows, a page of rows. Every SELECT begins with the integer key of its row; `decode` reads the columns
//! after it.

use super::codec::{Columns, FromColumn};
use super::{Param, Result, SqlConnection};
use crate::PageRequest;
use regulars_model::{Cursor, Page};

/// Decodes the first row.
pub(crate) fn one<C: SqlConnection, T>(
    sql: &C,
    select: &str,
    params: &[Param<'_>],
    decode: impl FnOnce(&mut Columns<'_, '_, C>) -> Result<T>,
) -> Result<Option<T>> {
    sql.query_one(select, params, |row| {
        let mut columns = Columns::new(row);
        columns.skip(1);
        decode(&mut columns)
    })
}

pub(crate) fn all<C: SqlConnection, T>(
    sql: &C,
    select: &str,
    params: &[Param<'_>],
    mut decode: impl FnMut(&mut Columns<'_, '_, C>) -> Result<T>,
) -> Result<Vec<T>> {
    sql.query(select, params, |row| {
        let mut columns = Columns::new(row);
        columns.skip(1);
        decode(&mut columns)
    })
}

/// [`all`], each with the key of its row.
pub(crate) fn keyed<C: SqlConnection, T>(
    sql: &C,
    select: &str,
    params: &[Param<'_>],
    mut decode: impl FnMut(&mut Columns<'_, '_, C>) -> Result<T>,
) -> Result<Vec<(i64, T)>> {
    sql.query(select, params, |row| {
        let mut columns = Columns::new(row);
        Ok((columns.get()?, decode(&mut columns)?))
    })
}

/// Reads the first column of the first row.
#[inline]
pub(crate) fn value<C: SqlConnection, T: FromColumn>(
    sql: &C,
    select: &str,
    params: &[Param<'_>],
) -> Result<Option<T>> {
    sql.query_one(select, params, |row| Columns::<C>::new(row).get())
}

/// Returns true if there is a row.
#[inline]
pub(crate) fn exists<C: SqlConnection>(
    sql: &C,
    select: &str,
    params: &[Param<'_>],
) -> Result<bool> {
    Ok(sql.query_one(select, params, |_| Ok(()))?.is_some())
}

/// Runs a SELECT that counts.
pub(crate) fn count<C: SqlConnection>(sql: &C, select: &str, params: &[Param<'_>]) -> Result<u64> {
    let count: Option<i64> = value(sql, select, params)?;
    Ok(count.unwrap_or(0).unsigned_abs())
}

/// An owned parameter.
pub(crate) enum Value {
    Null,
    Integer(i64),
    Text(String),
    Bytes(Vec<u8>),
}

impl Value {
    fn param(&self) -> Param<'_> {
        match self {
            Value::Null => Param::Null,
            Value::Integer(value) => Param::Integer(*value),
            Value::Text(value) => Param::Text(value),
            Value::Bytes(value) => Param::Bytes(value),
        }
    }
}

impl From<i64> for Value {
    fn from(value: i64) -> Value {
        Value::Integer(value)
    }
}

impl From<String> for Value {
    fn from(value: String) -> Value {
        Value::Text(value)
    }
}

impl From<&[u8; 16]> for Value {
    fn from(value: &[u8; 16]) -> Value {
        Value::Bytes(value.to_vec())
    }
}

/// Conditions that are joined by AND, each a fixed text with one `?` for each of its values.
pub(crate) struct Filter {
    clauses: Vec<&'static str>,
    values: Vec<Value>,
}

impl Filter {
    pub(crate) fn new() -> Filter {
        Filter {
            clauses: vec!["TRUE"],
            values: Vec::new(),
        }
    }

    pub(crate) fn and(&mut self, clause: &'static str) {
        self.clauses.push(clause);
    }

    pub(crate) fn and_with(&mut self, clause: &'static str, value: impl Into<Value>) {
        self.clauses.push(clause);
        self.values.push(value.into());
    }

    /// Adds a value to the clause that came last.
    pub(crate) fn value(&mut self, value: impl Into<Value>) {
        self.values.push(value.into());
    }

    /// Runs the SELECT with these conditions and returns up to `limit` rows in this order, each with its key.
    pub(crate) fn select<C: SqlConnection, T>(
        &self,
        sql: &C,
        select: &str,
        order: &str,
        limit: i64,
        decode: impl FnMut(&mut Columns<'_, '_, C>) -> Result<T>,
    ) -> Result<Vec<(i64, T)>> {
        let clauses = self.clauses.join(" AND ");
        let statement = format!("{select} WHERE {clauses} ORDER BY {order} LIMIT ?");
        let values = self.values.iter().map(Value::param);
        let params: Vec<Param<'_>> = values.chain([Param::Integer(limit)]).collect();
        keyed(sql, &statement, &params, decode)
    }
}

/// Returns a page of the rows that meet the filter, highest `key` first. `before_key` is `<key> < ?`.
pub(crate) fn newest_first<C: SqlConnection, T>(
    sql: &C,
    select: &str,
    mut filter: Filter,
    (before_key, order): (&'static str, &'static str),
    request: PageRequest,
    decode: impl FnMut(&mut Columns<'_, '_, C>) -> Result<T>,
) -> Result<Page<T>> {
    if let Some(cursor) = request.after {
        filter.and_with(before_key, cursor.seq);
    }
    let limit = limit(request);
    let rows = filter.select(sql, select, order, limit + 1, decode)?;
    Ok(page(rows, limit, |seq, _| Cursor { at: 0, seq }))
}

pub(crate) fn limit(request: PageRequest) -> i64 {
    i64::from(request.limit.clamp(1, 1000))
}

/// Makes a page of up to one row more than `limit`: that one means that there is a next page.
pub(crate) fn page<T>(
    mut rows: Vec<(i64, T)>,
    limit: i64,
    cursor: impl Fn(i64, &T) -> Cursor,
) -> Page<T> {
    let limit = limit as usize;
    let more = rows.len() > limit;
    rows.truncate(limit);
    let next = match rows.last() {
        Some((seq, item)) if more => Some(cursor(*seq, item)),
        _ => None,
    };
    Page {
        items: rows.into_iter().map(|(_, item)| item).collect(),
        next,
    }
}
