use std::collections::{BTreeSet, HashSet};

use rusqlite::{Connection, params};

use super::{customer, history, memory, query};
use crate::model::*;
use crate::store::sqlite::codec::{Columns, signed};
use crate::store::sqlite::fault::Result;
use crate::store::{DeskView, HistoryWindow, SnapshotData, SnapshotRequest};

/// Inside a transaction, so that everything is of one moment.
pub(in crate::store::sqlite) fn snapshot(
    sql: &Connection,
    request: &SnapshotRequest,
) -> Result<Option<SnapshotData>> {
    let (Some(key), Some(customer)) = (
        customer::key(sql, request.customer)?,
        customer::customer(sql, request.customer)?,
    ) else {
        return Ok(None);
    };
    Ok(Some(SnapshotData {
        customer,
        history: windows(sql, key, request)?,
        memories: memory::memories(sql, &request.installations, key)?,
        blocked: blocked(sql, key)?,
        desk: desk_view(sql, key)?,
    }))
}

/// The union of the windows, newest first, ties in reverse storage order.
fn windows(sql: &Connection, key: i64, request: &SnapshotRequest) -> Result<Vec<Interaction>> {
    let mut seen = HashSet::new();
    let mut found = Vec::new();
    for window in &request.windows {
        read_window(sql, key, request, window, &mut seen, &mut found)?;
    }
    if request.windows.len() > 1 {
        found.sort_unstable_by_key(|(at, seq, _)| std::cmp::Reverse((*at, *seq)));
    }
    Ok(found.into_iter().map(|(_, _, item)| item).collect())
}

fn read_window(
    sql: &Connection,
    key: i64,
    request: &SnapshotRequest,
    window: &HistoryWindow,
    seen: &mut HashSet<i64>,
    found: &mut Vec<(Timestamp, i64, Interaction)>,
) -> Result<()> {
    let kind = match window.kind {
        Some(_) => "i.kind = ?6",
        None => "?6 IS NULL",
    };
    // The customer's id as a value: the columns are those of an interaction and its customer.
    let select = format!(
        "SELECT i.seq, ?7, {} FROM interaction i
         WHERE i.customer = ?1 AND {kind} AND i.at BETWEEN ?2 AND ?3 AND i.seq <= ?4
         ORDER BY i.at DESC, i.seq DESC LIMIT ?5",
        history::COLUMNS
    );
    let mut statement = sql.prepare_cached(&select)?;
    let mut rows = statement.query(params![
        key,
        window.since.as_millisecond(),
        request.until.as_millisecond(),
        request.as_of.map_or(i64::MAX, signed),
        window.limit,
        window.kind,
        request.customer.0.as_bytes(),
    ])?;
    while let Some(row) = rows.next()? {
        let mut columns = Columns::new(row);
        let seq = columns.get()?;
        if seen.insert(seq) {
            let interaction = history::decode(&mut columns)?;
            found.push((interaction.occurred_at, seq, interaction));
        }
    }
    Ok(())
}

fn blocked(sql: &Connection, key: i64) -> Result<BTreeSet<InstallationId>> {
    let blocked = query::all(
        sql,
        "SELECT 0, p.id FROM parked k JOIN installation p ON p.key = k.installation
         WHERE k.customer = ? AND k.dead = 0",
        [key],
        |columns| columns.installation(),
    )?;
    Ok(blocked.into_iter().collect())
}

fn desk_view(sql: &Connection, key: i64) -> Result<DeskView> {
    let last_question_at = query::one(
        sql,
        "SELECT 0, max(created_at) FROM question WHERE customer = ?",
        [key],
        |columns| columns.time_opt(),
    )?;
    let open_groups = query::all(
        sql,
        "SELECT 0, p.id, t.group_key FROM task t JOIN installation p ON p.key = t.installation
         WHERE t.customer = ? AND t.state = 'open' AND t.group_key IS NOT NULL",
        [key],
        |columns| Ok((columns.installation()?, columns.get()?)),
    )?;
    let message_keys = query::all(
        sql,
        "SELECT 0, p.id, m.dedupe_key FROM message m INDEXED BY message_key
         JOIN installation p ON p.key = m.installation WHERE m.customer = ? AND m.state <> 'denied'",
        [key],
        |columns| Ok((columns.installation()?, columns.get()?)),
    )?;
    Ok(DeskView {
        last_question_at: last_question_at.flatten(),
        open_groups: open_groups.into_iter().collect(),
        message_keys: message_keys.into_iter().collect(),
    })
}
