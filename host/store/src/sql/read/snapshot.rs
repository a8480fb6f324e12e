use std::collections::{BTreeSet, HashSet};

use super::{customer, history, log, memory};
use crate::sql::codec::{Columns, signed};
use crate::sql::{Param, Result, SqlConnection, ToParam, params, query, sql};
use crate::{DeskView, HistoryWindow, SnapshotData, SnapshotRequest};
use regulars_model::*;

/// The caller holds a transaction, so that everything is of one moment.
pub(crate) fn snapshot<C: SqlConnection>(
    sql: &C,
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
fn windows<C: SqlConnection>(
    sql: &C,
    key: i64,
    request: &SnapshotRequest,
) -> Result<Vec<Interaction>> {
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

const WINDOW: &str = sql![
    "SELECT i.seq, ",
    history::COLUMNS,
    " FROM interaction i
     WHERE i.customer = ?1 AND i.at BETWEEN ?2 AND ?3 AND i.seq <= ?4"
];
const NEWEST: &str = " ORDER BY i.at DESC, i.seq DESC LIMIT ?5";

fn read_window<C: SqlConnection>(
    sql: &C,
    key: i64,
    request: &SnapshotRequest,
    window: &HistoryWindow,
    seen: &mut HashSet<i64>,
    found: &mut Vec<(Timestamp, i64, Interaction)>,
) -> Result<()> {
    let common = [
        key.param(),
        Param::Integer(window.since.as_millisecond()),
        Param::Integer(request.until.as_millisecond()),
        Param::Integer(request.as_of.map_or(i64::MAX, signed)),
        window.limit.param(),
    ];
    let each = |row: &C::Row<'_>| {
        let mut columns = Columns::<C>::new(row);
        let seq = columns.get()?;
        if seen.insert(seq) {
            let interaction = log::interaction_of(request.customer, &mut columns)?;
            found.push((interaction.occurred_at, seq, interaction));
        }
        Ok(())
    };
    match &window.kind {
        Some(kind) => {
            let [customer, since, until, as_of, limit] = common;
            let params = [customer, since, until, as_of, limit, kind.param()];
            let select = sql![WINDOW, " AND i.kind = ?6", NEWEST];
            sql.query(select, &params, each)?;
        }
        None => drop(sql.query(sql![WINDOW, NEWEST], &common, each)?),
    }
    Ok(())
}

fn blocked<C: SqlConnection>(sql: &C, key: i64) -> Result<BTreeSet<InstallationId>> {
    let blocked = query::all(
        sql,
        "SELECT 0, p.id FROM deferred_event k JOIN installation p ON p.key = k.installation
         WHERE k.customer = ? AND k.dead = 0",
        params![key],
        |columns| columns.installation(),
    )?;
    Ok(blocked.into_iter().collect())
}

fn desk_view<C: SqlConnection>(sql: &C, key: i64) -> Result<DeskView> {
    let last_question_at = query::one(
        sql,
        "SELECT 0, max(created_at) FROM question WHERE customer = ?",
        params![key],
        |columns| columns.time_opt(),
    )?;
    let open_groups = query::all(
        sql,
        "SELECT 0, p.id, t.group_key FROM task t JOIN installation p ON p.key = t.installation
         WHERE t.customer = ? AND t.state = 'open' AND t.group_key IS NOT NULL",
        params![key],
        |columns| Ok((columns.installation()?, columns.get()?)),
    )?;
    let message_keys = query::all(
        sql,
        sql![
            "SELECT 0, p.id, m.dedupe_key FROM message m",
            C::DIALECT.by_index(" INDEXED BY message_key"),
            " JOIN installation p ON p.key = m.installation
             WHERE m.customer = ? AND m.state <> 'denied'"
        ],
        params![key],
        |columns| Ok((columns.installation()?, columns.get()?)),
    )?;
    Ok(DeskView {
        last_question_at: last_question_at.flatten(),
        open_groups: open_groups.into_iter().collect(),
        message_keys: message_keys.into_iter().collect(),
    })
}
