//! Timers and schedules.

use crate::sql::codec::Columns;
use crate::sql::query;
use crate::sql::{Result, SqlConnection, params, sql};
use crate::{ScheduleState, Timer};
use regulars_model::*;

/// The SELECT for [`schedule`].
pub(crate) const SCHEDULE: &str = "SELECT s.seq, p.id, s.schedule, s.time_zone,
    s.date, s.due_at, s.cursor FROM schedule s JOIN installation p ON p.key = s.installation";

pub(crate) fn schedule<C: SqlConnection>(
    columns: &mut Columns<'_, '_, C>,
) -> Result<ScheduleState> {
    let (installation, schedule, time_zone) =
        (columns.installation()?, columns.get()?, columns.get()?);
    let date: String = columns.get()?;
    Ok(ScheduleState {
        installation,
        schedule,
        time_zone,
        date: date.parse().map_err(|error| columns.corrupt(error))?,
        due_at: columns.time()?,
        cursor: columns.get::<Option<i64>>()?.map(|cursor| cursor as u64),
    })
}

pub(crate) fn schedules<C: SqlConnection>(sql: &C) -> Result<Vec<ScheduleState>> {
    let select = sql![SCHEDULE, " ORDER BY p.id, s.schedule, s.time_zone"];
    query::all(sql, select, params![], schedule)
}

pub(crate) fn timers_due<C: SqlConnection>(
    sql: &C,
    now: Timestamp,
    limit: u32,
) -> Result<Vec<Timer>> {
    let select = sql![TIMER, " WHERE t.at <= ? ORDER BY t.at LIMIT ?"];
    query::all(sql, select, params![now.as_millisecond(), limit], timer)
}

const TIMER: &str = "SELECT 0, p.id, c.id, t.key, t.at, t.payload, t.cause
    FROM timer t JOIN installation p ON p.key = t.installation
    JOIN customer c ON c.key = t.customer";

fn timer<C: SqlConnection>(columns: &mut Columns<'_, '_, C>) -> Result<Timer> {
    Ok(Timer {
        installation: columns.installation()?,
        customer: CustomerId(columns.uuid()?),
        key: columns.get()?,
        at: columns.time()?,
        payload: columns.json()?,
        cause: columns.uuid_opt()?.map(EventId),
    })
}

/// The timers about one customer, by plugin.
pub(super) fn timers_of<C: SqlConnection>(sql: &C, customer: i64) -> Result<Vec<Timer>> {
    // The primary key begins with the installation.
    let select = sql![
        TIMER,
        " WHERE t.installation IN (SELECT key FROM installation) AND t.customer = ?
         ORDER BY p.id, t.key"
    ];
    query::all(sql, select, params![customer], timer)
}

pub(crate) fn timer_keys<C: SqlConnection>(
    sql: &C,
    installation: &InstallationId,
    customer: CustomerId,
) -> Result<Vec<String>> {
    query::all(
        sql,
        "SELECT 0, t.key FROM timer t JOIN installation p ON p.key = t.installation
         JOIN customer c ON c.key = t.customer WHERE p.id = ? AND c.id = ?",
        params![installation.as_str(), customer.0.as_bytes()],
        |columns| columns.get(),
    )
}

pub(crate) fn next_due<C: SqlConnection>(sql: &C) -> Result<Option<Timestamp>> {
    let next = query::one(
        sql,
        "SELECT 0, min(at) FROM (
             SELECT min(at) AS at FROM timer
             UNION ALL SELECT min(due_at) FROM schedule)",
        params![],
        |columns| columns.time_opt(),
    )?;
    Ok(next.flatten())
}
