use super::log;
use crate::sql::codec::Columns;
use crate::sql::query::{self, Filter};
use crate::sql::{Result, SqlConnection, params, sql};
use crate::{PageRequest, RetryEntry, RetryQuery, Waiting};
use regulars_model::{Cursor, InstallationId, Page, Timestamp};

const FROM: &str =
    ", p.id, k.attempts, k.attempts_before_redrive, k.due_at, k.dead, k.error, k.since
    FROM deferred_event k JOIN event e ON e.seq = k.event JOIN customer c ON c.key = e.customer
    JOIN installation p ON p.key = k.installation
    LEFT JOIN interaction i ON i.seq = e.interaction";

/// A subquery of the key of the installation in parameter 1.
const INSTALLATION: &str = "(SELECT key FROM installation WHERE id = ?1)";

fn decode<C: SqlConnection>(columns: &mut Columns<'_, '_, C>) -> Result<RetryEntry> {
    Ok(RetryEntry {
        event: log::decode(columns)?,
        installation: columns.installation()?,
        attempts: columns.get()?,
        attempts_before_redrive: columns.get()?,
        due_at: columns.time_opt()?,
        dead: columns.get()?,
        error: columns.get()?,
        since: columns.time()?,
    })
}

pub(crate) fn deferred_due<C: SqlConnection>(
    sql: &C,
    installation: &InstallationId,
    now: Timestamp,
    limit: u32,
) -> Result<Vec<RetryEntry>> {
    let select = sql![
        "SELECT k.event, ",
        log::COLUMNS,
        FROM,
        " WHERE k.installation = ",
        INSTALLATION,
        " AND k.due_at <= ?2 ORDER BY k.due_at, k.event LIMIT ?3"
    ];
    query::all(
        sql,
        select,
        params![installation.as_str(), now.as_millisecond(), limit],
        decode,
    )
}

pub(crate) fn next_due<C: SqlConnection>(
    sql: &C,
    installation: &InstallationId,
    after: Timestamp,
) -> Result<Option<Timestamp>> {
    let select = sql![
        "SELECT 0, min(due_at) FROM deferred_event WHERE installation = ",
        INSTALLATION,
        " AND due_at > ?2"
    ];
    let next = query::one(
        sql,
        select,
        params![installation.as_str(), after.as_millisecond()],
        |columns| columns.time_opt(),
    )?;
    Ok(next.flatten())
}

pub(crate) fn deferred<C: SqlConnection>(
    sql: &C,
    wanted: &RetryQuery,
    page: PageRequest,
) -> Result<Page<RetryEntry>> {
    let mut filter = Filter::new();
    match wanted.dead {
        Some(true) => filter.and("k.dead = 1"),
        Some(false) => filter.and("k.dead = 0"),
        None => {}
    }
    if let Some(event) = wanted.event {
        filter.and_with(
            "k.event = (SELECT seq FROM event WHERE id = ?)",
            event.0.as_bytes(),
        );
    }
    if let Some(installation) = &wanted.installation {
        filter.and_with(
            "k.installation = (SELECT key FROM installation WHERE id = ?)",
            installation.to_string(),
        );
    }
    if let Some(customer) = wanted.customer {
        filter.and_with(
            "k.customer = (SELECT key FROM customer WHERE id = ?)",
            customer.0.as_bytes(),
        );
    }
    if let Some(cursor) = page.after {
        filter.and_with("(k.event, k.installation) > (?, ?)", cursor.seq);
        filter.value(cursor.at);
    }
    let limit = query::limit(page);
    let select = sql!["SELECT k.installation, ", log::COLUMNS, FROM];
    let order = "k.event, k.installation";
    let rows = filter.select(sql, select, order, limit + 1, decode)?;
    Ok(query::page(rows, limit, |installation, deferred| Cursor {
        at: installation,
        seq: deferred.event.seq as i64,
    }))
}

pub(crate) fn waiting<C: SqlConnection>(sql: &C, installation: &InstallationId) -> Result<Waiting> {
    let select = sql![
        "SELECT 0, count(*), min(since) FROM deferred_event
         WHERE installation = ",
        INSTALLATION,
        " AND dead = 0"
    ];
    let waiting = query::one(sql, select, params![installation.as_str()], |columns| {
        Ok(Waiting {
            events: columns.unsigned()?,
            oldest: columns.time_opt()?,
        })
    })?;
    Ok(waiting.unwrap_or_default())
}
