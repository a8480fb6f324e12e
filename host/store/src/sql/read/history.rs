use super::{customer, log};
use crate::sql::codec::{Columns, json};
use crate::sql::query::{self, Filter};
use crate::sql::{Result, SqlConnection, params, sql};
use crate::{PageRequest, TimelineQuery};
use regulars_model::*;

/// The columns of an interaction, after the customer's id.
pub(super) const COLUMNS: &str =
    "i.id, i.kind, i.direction, i.at, i.channel, i.subject, i.body, i.data";

const SELECT: &str = "SELECT i.seq, c.id, i.id, i.kind, i.direction, i.at, i.channel, i.subject,
    i.body, i.data FROM interaction i JOIN customer c ON c.key = i.customer";

pub(super) fn decode<C: SqlConnection>(columns: &mut Columns<'_, '_, C>) -> Result<Interaction> {
    let customer = CustomerId(columns.uuid()?);
    log::interaction_of(customer, columns)
}

pub(crate) fn interaction<C: SqlConnection>(
    sql: &C,
    id: InteractionId,
) -> Result<Option<Interaction>> {
    let select = sql![SELECT, " WHERE i.id = ?"];
    query::one(sql, select, params![id.0.as_bytes()], decode)
}

pub(crate) fn timeline<C: SqlConnection>(
    sql: &C,
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
    let order = "i.at DESC, i.seq DESC";
    let rows = filter.select(sql, SELECT, order, limit + 1, decode)?;
    Ok(query::page(rows, limit, |seq, item| Cursor {
        at: item.occurred_at.as_millisecond(),
        seq,
    }))
}

pub(crate) fn first_occurred<C: SqlConnection>(
    sql: &C,
    id: CustomerId,
) -> Result<Option<Timestamp>> {
    let Some(key) = customer::key(sql, id)? else {
        return Ok(None);
    };
    let first = query::one(
        sql,
        "SELECT 0, min(at) FROM interaction WHERE customer = ?",
        params![key],
        |columns| columns.time_opt(),
    )?;
    Ok(first.flatten())
}

/// Reads the index of times, which is smaller than the table.
pub(crate) fn count_interactions<C: SqlConnection>(
    sql: &C,
    from: Timestamp,
    until: Timestamp,
) -> Result<u64> {
    query::count(
        sql,
        sql![
            "SELECT count(*) FROM interaction i",
            C::DIALECT.by_index(" INDEXED BY interaction_at"),
            " WHERE i.at >= ? AND i.at < ?"
        ],
        params![from.as_millisecond(), until.as_millisecond()],
    )
}

pub(crate) fn count_owned<C: SqlConnection>(
    sql: &C,
    customer: CustomerId,
    ids: &[InteractionId],
) -> Result<usize> {
    if ids.is_empty() {
        return Ok(0);
    }
    let ids: Vec<[String; 1]> = ids.iter().map(|id| [id.0.simple().to_string()]).collect();
    let count = query::count(
        sql,
        sql![
            "SELECT count(*) FROM ",
            C::DIALECT.wanted(),
            C::DIALECT.join_in_order(),
            "interaction i ON i.id = ",
            C::DIALECT.wanted_id(0),
            " WHERE i.customer = (SELECT key FROM customer WHERE id = ?2)"
        ],
        params![json(&ids)?, customer.0.as_bytes()],
    )?;
    Ok(count as usize)
}

pub(crate) fn newest_inbound<C: SqlConnection>(
    sql: &C,
    of: &[(InteractionId, EventId)],
) -> Result<Option<Timestamp>> {
    let of: Vec<[String; 2]> = of
        .iter()
        .map(|(interaction, event)| [interaction.0, event.0].map(|id| id.simple().to_string()))
        .collect();
    let newest = query::one(
        sql,
        sql![
            "SELECT 0, max(i.at) FROM ",
            C::DIALECT.wanted(),
            C::DIALECT.join_in_order(),
            "interaction i ON i.id = ",
            C::DIALECT.wanted_id(0),
            " LEFT JOIN event e ON e.id = ",
            C::DIALECT.wanted_id(1),
            " WHERE i.direction = 'inbound' AND coalesce(e.depth, 0) = 0"
        ],
        params![json(&of)?],
        |columns| columns.time_opt(),
    )?;
    Ok(newest.flatten())
}
