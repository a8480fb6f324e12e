use rusqlite::{Connection, params};

use super::query;
use crate::model::*;
use crate::store::sqlite::codec::json;
use crate::store::sqlite::fault::Result;

/// Those that are due longest first. What somebody is sending is due when their time is over.
pub(in crate::store::sqlite) fn due(
    sql: &Connection,
    now: Timestamp,
    limit: u32,
    without: &[String],
) -> Result<Vec<MessageId>> {
    query::all(
        sql,
        "SELECT 0, m.id FROM outbox o JOIN message m ON m.seq = o.message
         WHERE o.due_at <= ?1 AND ifnull(m.channel, '') NOT IN (SELECT value FROM json_each(?3))
         ORDER BY o.due_at, o.message LIMIT ?2",
        params![now.as_millisecond(), limit, json(without)?],
        |columns| Ok(MessageId(columns.uuid()?)),
    )
}

pub(in crate::store::sqlite) fn next(
    sql: &Connection,
    after: Timestamp,
) -> Result<Option<Timestamp>> {
    let next = query::one(
        sql,
        "SELECT 0, min(due_at) FROM outbox WHERE due_at > ?",
        [after.as_millisecond()],
        |columns| columns.time_opt(),
    )?;
    Ok(next.flatten())
}
