use uuid::Uuid;

use crate::IdempotencyRecord;
use crate::sql::codec::Columns;
use crate::sql::query;
use crate::sql::{Result, SqlConnection, params, sql};
use regulars_model::{ActionReply, CustomerId, RunId};

pub(crate) fn record<C: SqlConnection>(sql: &C, name: Uuid) -> Result<Option<IdempotencyRecord>> {
    query::one(
        sql,
        sql![SELECT, " WHERE a.name = ?"],
        params![name.as_bytes()],
        decode,
    )
}

/// The records about one customer, oldest first.
pub(super) fn of_customer<C: SqlConnection>(
    sql: &C,
    customer: i64,
) -> Result<Vec<IdempotencyRecord>> {
    let select = sql![SELECT, " WHERE a.customer = ? ORDER BY a.at, a.name"];
    query::all(sql, select, params![customer], decode)
}

const SELECT: &str = "SELECT 0, a.name, a.asked, c.id, a.run, a.output, a.at
    FROM idempotency_record a LEFT JOIN customer c ON c.key = a.customer";

fn decode<C: SqlConnection>(columns: &mut Columns<'_, '_, C>) -> Result<IdempotencyRecord> {
    Ok(IdempotencyRecord {
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
