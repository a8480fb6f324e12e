use crate::sql::codec::json;
use crate::sql::query;
use crate::sql::{Result, SqlConnection, params, sql};
use regulars_model::*;

/// Longest due first. A leased message is due at the end of its lease.
pub(crate) fn due<C: SqlConnection>(
    sql: &C,
    now: Timestamp,
    limit: u32,
    without: &[String],
) -> Result<Vec<MessageId>> {
    query::all(
        sql,
        sql![
            "SELECT 0, m.id FROM outbox o JOIN message m ON m.seq = o.message
             WHERE o.due_at <= ?1 AND coalesce(m.channel, '') NOT IN ",
            C::DIALECT.list(3),
            " ORDER BY o.due_at, o.message LIMIT ?2"
        ],
        params![now.as_millisecond(), limit, json(without)?],
        |columns| Ok(MessageId(columns.uuid()?)),
    )
}

pub(crate) fn next_due<C: SqlConnection>(sql: &C, after: Timestamp) -> Result<Option<Timestamp>> {
    let next = query::one(
        sql,
        "SELECT 0, min(due_at) FROM outbox WHERE due_at > ?",
        params![after.as_millisecond()],
        |columns| columns.time_opt(),
    )?;
    Ok(next.flatten())
}
