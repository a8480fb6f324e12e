//! One row, all rows, a page of rows.

use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension, Params, params_from_iter};

use crate::model::{Cursor, Page};
use crate::store::PageRequest;
use crate::store::sqlite::codec::Columns;
use crate::store::sqlite::fault::Result;

/// Reads the columns after the key.
pub(in crate::store::sqlite) type Decode<T> = fn(&mut Columns<'_, '_>) -> Result<T>;

pub(in crate::store::sqlite) fn one<T>(
    sql: &Connection,
    select: &str,
    params: impl Params,
    decode: Decode<T>,
) -> Result<Option<T>> {
    let mut statement = sql.prepare_cached(select)?;
    let mut rows = statement.query(params)?;
    match rows.next()? {
        Some(row) => {
            let mut columns = Columns::new(row);
            columns.skip(1);
            decode(&mut columns).map(Some)
        }
        None => Ok(None),
    }
}

pub(in crate::store::sqlite) fn all<T>(
    sql: &Connection,
    select: &str,
    params: impl Params,
    decode: Decode<T>,
) -> Result<Vec<T>> {
    let keyed = keyed(sql, select, params, decode)?;
    Ok(keyed.into_iter().map(|(_, item)| item).collect())
}

pub(in crate::store::sqlite) fn keyed<T>(
    sql: &Connection,
    select: &str,
    params: impl Params,
    decode: Decode<T>,
) -> Result<Vec<(i64, T)>> {
    let mut statement = sql.prepare_cached(select)?;
    let mut rows = statement.query(params)?;
    let mut items = Vec::new();
    while let Some(row) = rows.next()? {
        let mut columns = Columns::new(row);
        items.push((columns.get()?, decode(&mut columns)?));
    }
    Ok(items)
}

/// One value of one row.
pub(in crate::store::sqlite) fn value<T: rusqlite::types::FromSql>(
    sql: &Connection,
    select: &str,
    params: impl Params,
) -> Result<Option<T>> {
    let mut statement = sql.prepare_cached(select)?;
    Ok(statement.query_row(params, |row| row.get(0)).optional()?)
}

/// Conditions that are joined by AND, each a fixed text with one `?` for each of its values.
pub(in crate::store::sqlite) struct Filter {
    clauses: Vec<&'static str>,
    values: Vec<Value>,
}

impl Filter {
    pub(in crate::store::sqlite) fn new() -> Filter {
        Filter {
            clauses: vec!["TRUE"],
            values: Vec::new(),
        }
    }

    pub(in crate::store::sqlite) fn and(&mut self, clause: &'static str) {
        self.clauses.push(clause);
    }

    pub(in crate::store::sqlite) fn and_with(
        &mut self,
        clause: &'static str,
        value: impl Into<Value>,
    ) {
        self.clauses.push(clause);
        self.values.push(value.into());
    }

    /// One more value for the clause that came last.
    pub(in crate::store::sqlite) fn value(&mut self, value: impl Into<Value>) {
        self.values.push(value.into());
    }

    pub(in crate::store::sqlite) fn statement(&self, select: &str, order: &str) -> String {
        let clauses = self.clauses.join(" AND ");
        format!("{select} WHERE {clauses} ORDER BY {order} LIMIT ?")
    }

    /// The values, and the limit after them.
    pub(in crate::store::sqlite) fn params(self, limit: i64) -> impl Params {
        let limit = std::iter::once(Value::from(limit));
        params_from_iter(self.values.into_iter().chain(limit))
    }
}

/// A page of what the filter lets through, highest `key` first. `before_key` is `<key> < ?`.
pub(in crate::store::sqlite) fn newest_first<T>(
    sql: &Connection,
    select: &str,
    mut filter: Filter,
    (before_key, order): (&'static str, &'static str),
    request: PageRequest,
    decode: Decode<T>,
) -> Result<Page<T>> {
    if let Some(cursor) = request.after {
        filter.and_with(before_key, cursor.seq);
    }
    let limit = limit(request);
    let statement = filter.statement(select, order);
    let rows = keyed(sql, &statement, filter.params(limit + 1), decode)?;
    Ok(page(rows, limit, |seq, _| Cursor { at: 0, seq }))
}

pub(in crate::store::sqlite) fn limit(request: PageRequest) -> i64 {
    i64::from(request.limit.clamp(1, 1000))
}

/// Makes a page of one row more than it holds: that one tells whether there is a next page.
pub(in crate::store::sqlite) fn page<T>(
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
