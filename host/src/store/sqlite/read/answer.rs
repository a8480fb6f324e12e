use rusqlite::Connection;
use uuid::Uuid;

use super::query;
use crate::model::{ActionReply, CustomerId, RunId};
use crate::store::Answer;
use crate::store::sqlite::fault::Result;

pub(in crate::store::sqlite) fn answer(sql: &Connection, name: Uuid) -> Result<Option<Answer>> {
    query::one(
        sql,
        "SELECT 0, a.name, a.asked, c.id, a.run, a.output, a.at
         FROM answer a LEFT JOIN customer c ON c.key = a.customer WHERE a.name = ?",
        [name.as_bytes()],
        |columns| {
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
        },
    )
}
