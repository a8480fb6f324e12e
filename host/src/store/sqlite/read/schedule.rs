//! Timers, schedules, and when the next of them is due.

use rusqlite::{Connection, params};

use super::query;
use crate::model::*;
use crate::store::sqlite::codec::Columns;
use crate::store::sqlite::fault::Result;
use crate::store::{ScheduleState, Timer};

/// What [`schedule`] decodes.
pub(in crate::store::sqlite) const SCHEDULE: &str = "SELECT s.seq, p.id, s.schedule, s.time_zone,
    s.date, s.due_at, s.cursor FROM schedule s JOIN installation p ON p.key = s.installation";

pub(in crate::store::sqlite) fn schedule(columns: &mut Columns<'_, '_>) -> Result<ScheduleState> {
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

pub(in crate::store::sqlite) fn schedules(sql: &Connection) -> Result<Vec<ScheduleState>> {
    let select = format!("{SCHEDULE} ORDER BY p.id, s.schedule, s.time_zone");
    query::all(sql, &select, [], schedule)
}

pub(in crate::store::sqlite) fn timers_due(
    sql: &Connection,
    now: Timestamp,
    limit: u32,
) -> Result<Vec<Timer>> {
    let select = format!("{TIMER} WHERE t.at <= ? ORDER BY t.at LIMIT ?");
    query::all(sql, &select, params![now.as_millisecond(), limit], timer)
}

const TIMER: &str = "SELECT 0, p.id, c.id, t.key, t.at, t.payload, t.cause
    FROM timer t JOIN installation p ON p.key = t.installation
    JOIN customer c ON c.key = t.customer";

fn timer(columns: &mut Columns<'_, '_>) -> Result<Timer> {
    Ok(Timer {
        installation: columns.installation()?,
        customer: CustomerId(columns.uuid()?),
        key: columns.get()?,
        at: columns.time()?,
        payload: columns.json()?,
        cause: columns.uuid_opt()?.map(EventId),
    })
}

/// Those about one customer, by plugin.
pub(super) fn timers_of(sql: &Connection, customer: i64) -> Result<Vec<Timer>> {
    // The index begins with the installation.
    let select = format!(
        "{TIMER} WHERE t.installation IN (SELECT key FROM installation) AND t.customer = ?
         ORDER BY p.id, t.key"
    );
    query::all(sql, &select, [customer], timer)
}

pub(in crate::store::sqlite) fn timer_keys(
    sql: &Connection,
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

pub(in crate::store::sqlite) fn next_due(sql: &Connection) -> Result<Option<Timestamp>> {
    let next = query::one(
        sql,
        "SELECT 0, min(at) FROM (
             SELECT min(at) AS at FROM timer
             UNION ALL SELECT min(due_at) FROM schedule)",
        [],
        |columns| columns.time_opt(),
    )?;
    Ok(next.flatten())
}
