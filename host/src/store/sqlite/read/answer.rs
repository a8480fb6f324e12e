use rusqlite::Connection;
use uuid::Uuid;

use super::query;
use crate::model::{ActionReply, CustomerId, RunId};
use crate::store::Answer;
use crate::store::sqlite::codec::Columns;
use crate::store::sqlite::fault::Result;

pub(in crate::store::sqlite) fn answer(sql: &Connection, name: Uuid) -> Result<Option<Answer>> {
    query::one(
        sql,
        &format!("{SELECT} WHERE a.name = ?"),
        [name.as_bytes()],
        decode,
    )
}

/// Those about one customer, oldest first.
pub(super) fn answers_of(sql: &Connection, customer: i64) -> Result<Vec<Answer>> {
    let select = format!("{SELECT} WHERE a.customer = ? ORDER BY a.at, a.name");
    query::all(sql, &select, [customer], decode)
}

const SELECT: &str = "SELECT 0, a.name, a.asked, c.id, a.run, a.output, a.at
    FROM idempotency_record a LEFT JOIN customer c ON c.key = a.customer";

fn decode(columns: &mut Columns<'_, '_>) -> Result<Answer> {
    Ok(Answer {
        name: columns.uuid()?,
        asked: columns.get()?,
        customer: columns.uuid_opt()?.map(CustomerId),
        reply: ActionReply {
            run: RunId(columns.uuid()?),
            output: columns.json()?,
        },
        at: columns.time()?,
    })
}
