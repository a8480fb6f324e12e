use rusqlite::{Connection, params};

use super::query::{self, Filter};
use super::{customer, log};
use crate::model::*;
use crate::store::sqlite::codec::{Columns, json};
use crate::store::sqlite::fault::Result;
use crate::store::{PageRequest, TimelineQuery};

/// Columns that [`interaction`] reads, after the customer's id.
pub(super) const COLUMNS: &str =
    "i.id, i.kind, i.direction, i.at, i.channel, i.subject, i.body, i.data";

const SELECT: &str = "SELECT i.seq, c.id, i.id, i.kind, i.direction, i.at, i.channel, i.subject,
    i.body, i.data FROM interaction i JOIN customer c ON c.key = i.customer";

pub(super) fn decode(columns: &mut Columns<'_, '_>) -> Result<Interaction> {
    let customer = CustomerId(columns.uuid()?);
    log::interaction_of(customer, columns)
}

pub(in crate::store::sqlite) fn interaction(
    sql: &Connection,
    id: InteractionId,
) -> Result<Option<Interaction>> {
    let select = format!("{SELECT} WHERE i.id = ?");
    query::one(sql, &select, [id.0.as_bytes()], decode)
}

pub(in crate::store::sqlite) fn timeline(
    sql: &Connection,
    id: CustomerId,
    wanted: &TimelineQuery,
    page: PageRequest,
) -> Result<Page<Interaction>> {
    let Some(key) = customer::key(sql, id)? else {
        return Ok(Page {
            items: Vec::new(),
            next: None,
        });
    };
    let mut filter = Filter::new();
    filter.and_with("i.customer = ?", key);
    if let Some(kind) = &wanted.kind {
        filter.and_with("i.kind = ?", kind.clone());
    }
    if let Some(cursor) = page.after {
        filter.and_with("(i.at, i.seq) < (?, ?)", cursor.at);
        filter.value(cursor.seq);
    }
    let limit = query::limit(page);
    let statement = filter.statement(SELECT, "i.at DESC, i.seq DESC");
    let rows = query::keyed(sql, &statement, filter.params(limit + 1), decode)?;
    Ok(query::page(rows, limit, |seq, item| Cursor {
        at: item.occurred_at.as_millisecond(),
        seq,
    }))
}

pub(in crate::store::sqlite) fn first_occurred(
    sql: &Connection,
    id: CustomerId,
) -> Result<Option<Timestamp>> {
    let Some(key) = customer::key(sql, id)? else {
        return Ok(None);
    };
    let first = query::one(
        sql,
        "SELECT 0, min(at) FROM interaction WHERE customer = ?",
        [key],
        |columns| columns.time_opt(),
    )?;
    Ok(first.flatten())
}

/// By the index of one customer's times, which is smaller than the table.
pub(in crate::store::sqlite) fn occurred(
    sql: &Connection,
    from: Timestamp,
    until: Timestamp,
) -> Result<u64> {
    let count: Option<i64> = query::value(
        sql,
        "SELECT count(*) FROM interaction INDEXED BY interaction_at WHERE at >= ? AND at < ?",
        [from.as_millisecond(), until.as_millisecond()],
    )?;
    Ok(count.unwrap_or(0).unsigned_abs())
}

pub(in crate::store::sqlite) fn owned(
    sql: &Connection,
    customer: CustomerId,
    ids: &[InteractionId],
) -> Result<usize> {
    if ids.is_empty() {
        return Ok(0);
    }
    let ids: Vec<String> = ids.iter().map(|id| id.0.simple().to_string()).collect();
    let count: Option<i64> = query::value(
        sql,
        "SELECT count(*) FROM json_each(?) wanted
         CROSS JOIN interaction i ON i.id = unhex(wanted.value)
         WHERE i.customer = (SELECT key FROM customer WHERE id = ?)",
        params![json(&ids)?, customer.0.as_bytes()],
    )?;
    Ok(count.unwrap_or(0) as usize)
}

pub(in crate::store::sqlite) fn newest_inbound(
    sql: &Connection,
    of: &[(InteractionId, EventId)],
) -> Result<Option<Timestamp>> {
    let of: Vec<[String; 2]> = of
        .iter()
        .map(|(interaction, event)| [interaction.0, event.0].map(|id| id.simple().to_string()))
        .collect();
    let newest = query::one(
        sql,
        "SELECT 0, max(i.at) FROM json_each(?) wanted
         CROSS JOIN interaction i ON i.id = unhex(wanted.value ->> 0)
         LEFT JOIN event e ON e.id = unhex(wanted.value ->> 1)
         WHERE i.direction = 'inbound' AND ifnull(e.depth, 0) = 0",
        [json(&of)?],
        |columns| columns.time_opt(),
    )?;
    Ok(newest.flatten())
}
