use rusqlite::{Connection, params};

use super::{log, query};
use crate::model::Timestamp;
use crate::store::Parked;
use crate::store::sqlite::codec::Columns;
use crate::store::sqlite::fault::Result;

const FROM: &str = "p.id, k.attempts, k.due_at, k.dead, k.error
    FROM parked k JOIN event e ON e.seq = k.event JOIN customer c ON c.key = e.customer
    JOIN installation p ON p.key = k.installation
    LEFT JOIN interaction i ON i.seq = e.interaction";

fn decode(columns: &mut Columns<'_, '_>) -> Result<Parked> {
    Ok(Parked {
        event: log::decode(columns)?,
        installation: columns.installation()?,
        attempts: columns.get()?,
        due_at: columns.time_opt()?,
        dead: columns.get()?,
        error: columns.get()?,
    })
}

pub(in crate::store::sqlite) fn parked_due(
    sql: &Connection,
    now: Timestamp,
    limit: u32,
) -> Result<Vec<Parked>> {
    let select = format!(
        "SELECT k.event, {}, {FROM} WHERE k.due_at <= ? ORDER BY k.due_at, k.event LIMIT ?",
        log::COLUMNS
    );
    query::all(sql, &select, params![now.as_millisecond(), limit], decode)
}

pub(in crate::store::sqlite) fn parked(sql: &Connection, limit: u32) -> Result<Vec<Parked>> {
    let select = format!(
        "SELECT k.event, {}, {FROM} ORDER BY k.event, p.id LIMIT ?",
        log::COLUMNS
    );
    query::all(sql, &select, [limit], decode)
}
