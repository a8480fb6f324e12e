use rusqlite::{Connection, params};

use super::{outreach_rows, query};
use crate::model::*;
use crate::store::sqlite::fault::Result;

/// Those that are due longest first. What somebody is sending is due when their time is over.
pub(in crate::store::sqlite) fn due(
    sql: &Connection,
    now: Timestamp,
    limit: u32,
) -> Result<Vec<Message>> {
    let select = format!(
        "{} JOIN outbox o ON o.message = m.seq
         WHERE o.due_at <= ?1
         ORDER BY o.due_at, o.message LIMIT ?2",
        outreach_rows::SELECT
    );
    query::all(
        sql,
        &select,
        params![now.as_millisecond(), limit],
        outreach_rows::decode,
    )
}

pub(in crate::store::sqlite) fn next(sql: &Connection) -> Result<Option<Timestamp>> {
    let next = query::one(sql, "SELECT 0, min(due_at) FROM outbox", [], |columns| {
        columns.time_opt()
    })?;
    Ok(next.flatten())
}
