use crate::PageRequest;
use crate::sql::codec::{Columns, signed};
use crate::sql::query::{self, Filter};
use crate::sql::{Result, SqlConnection, params, sql};
use regulars_model::*;

/// An event with a joined interaction has no data of its own.
const SELECT: &str = sql![
    "SELECT e.seq, ",
    COLUMNS,
    " FROM event e JOIN customer c ON c.key = e.customer
     LEFT JOIN interaction i ON i.seq = e.interaction"
];

/// The columns that [`decode`] reads.
pub(super) const COLUMNS: &str = "e.seq, e.id, c.id, e.time, e.cause, e.depth, e.as_of, e.data,
    i.id, i.kind, i.direction, i.at, i.channel, i.subject, i.body, i.data";

/// The number of columns of the interaction.
const INTERACTION_COLUMNS: usize = 8;

pub(super) fn decode<C: SqlConnection>(columns: &mut Columns<'_, '_, C>) -> Result<Event> {
    let seq = columns.unsigned()?;
    let id = EventId(columns.uuid()?);
    let customer = CustomerId(columns.uuid()?);
    let time = columns.time()?;
    let cause = columns.uuid_opt()?.map(EventId);
    let depth = columns.get()?;
    let as_of = columns.unsigned()?;
    let data = match columns.json_opt()? {
        Some(data) => {
            columns.skip(INTERACTION_COLUMNS);
            data
        }
        None => EventData::InteractionRecorded {
            interaction: interaction_of(customer, columns)?,
        },
    };
    Ok(Event {
        seq,
        id,
        customer,
        time,
        cause,
        depth,
        as_of,
        data,
    })
}

pub(super) fn interaction_of<C: SqlConnection>(
    customer: CustomerId,
    columns: &mut Columns<'_, '_, C>,
) -> Result<Interaction> {
    Ok(Interaction {
        id: InteractionId(columns.uuid()?),
        customer,
        kind: columns.get()?,
        direction: columns.word()?,
        occurred_at: columns.time()?,
        channel: columns.get()?,
        subject: columns.get()?,
        body: columns.get()?,
        data: columns.json()?,
    })
}

pub(crate) fn events<C: SqlConnection>(sql: &C, after: u64, limit: u32) -> Result<Vec<Event>> {
    let select = sql![SELECT, " WHERE e.seq > ? ORDER BY e.seq LIMIT ?"];
    query::all(sql, select, params![signed(after), limit], decode)
}

pub(crate) fn event<C: SqlConnection>(sql: &C, id: EventId) -> Result<Option<Event>> {
    let select = sql![SELECT, " WHERE e.id = ?"];
    query::one(sql, select, params![id.0.as_bytes()], decode)
}

pub(crate) fn customer_events<C: SqlConnection>(
    sql: &C,
    customer: CustomerId,
    page: PageRequest,
) -> Result<Page<Event>> {
    let mut filter = Filter::new();
    filter.and_with(
        "e.customer = (SELECT key FROM customer WHERE id = ?)",
        customer.0.as_bytes(),
    );
    let order = ("e.seq < ?", "e.seq DESC");
    query::newest_first(sql, SELECT, filter, order, page, decode)
}

pub(crate) fn pending<C: SqlConnection>(
    sql: &C,
    customer: Option<CustomerId>,
    after: u64,
    limit: u32,
) -> Result<Vec<Event>> {
    match customer {
        None => query::all(
            sql,
            sql![
                SELECT,
                " JOIN pending w ON w.event = e.seq WHERE w.event > ? ORDER BY w.event LIMIT ?"
            ],
            params![signed(after), limit],
            decode,
        ),
        Some(customer) => query::all(
            sql,
            sql![
                SELECT,
                " JOIN pending w ON w.event = e.seq
                 WHERE e.customer = (SELECT key FROM customer WHERE id = ?) AND e.seq > ?
                 ORDER BY e.seq LIMIT ?"
            ],
            params![customer.0.as_bytes(), signed(after), limit],
            decode,
        ),
    }
}

pub(crate) fn last_seq<C: SqlConnection>(sql: &C) -> Result<u64> {
    let newest = query::one(
        sql,
        "SELECT 0, coalesce(max(seq), 0) FROM event",
        params![],
        |columns| columns.unsigned(),
    )?;
    Ok(newest.unwrap_or_default())
}
