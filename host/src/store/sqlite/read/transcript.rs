use rusqlite::{Connection, params};

use super::query;
use crate::model::RunId;
use crate::store::sqlite::codec::Columns;
use crate::store::sqlite::fault::Result;
use crate::store::{StaleTranscripts, StoredTranscript};

pub(in crate::store::sqlite) fn transcript(
    sql: &Connection,
    run: RunId,
) -> Result<Option<StoredTranscript>> {
    query::one(
        sql,
        "SELECT t.run, r.id, t.kept_at, t.size, t.packed
         FROM run r JOIN transcript t ON t.run = r.seq WHERE r.id = ?",
        [run.0.as_bytes()],
        |columns| {
            Ok(StoredTranscript {
                run: RunId(columns.uuid()?),
                kept_at: columns.time()?,
                size: columns.unsigned()?,
                packed: columns.get()?,
            })
        },
    )
}

fn id(columns: &mut Columns<'_, '_>) -> Result<RunId> {
    Ok(RunId(columns.uuid()?))
}

pub(in crate::store::sqlite) fn stale(
    sql: &Connection,
    stale: &StaleTranscripts,
    limit: u32,
) -> Result<Vec<RunId>> {
    let mut runs = query::all(
        sql,
        "SELECT t.run, r.id FROM transcript t INDEXED BY transcript_kept_at
         JOIN run r ON r.seq = t.run WHERE t.kept_at < ? ORDER BY t.kept_at LIMIT ?",
        params![stale.before.as_millisecond(), limit],
        id,
    )?;
    let installations = query::all(sql, "SELECT 0, key FROM installation", [], |columns| {
        columns.get::<i64>()
    })?;
    for installation in installations {
        let left = limit.saturating_sub(runs.len() as u32);
        if left == 0 {
            break;
        }
        // The newest that is one too many, and what is older.
        runs.extend(query::all(
            sql,
            "SELECT t.run, r.id FROM transcript t INDEXED BY transcript_installation
             JOIN run r ON r.seq = t.run
             WHERE t.installation = ?1 AND t.run <= (
                 SELECT run FROM transcript INDEXED BY transcript_installation
                 WHERE installation = ?1 ORDER BY run DESC LIMIT 1 OFFSET ?2)
             ORDER BY t.run LIMIT ?3",
            params![installation, stale.beyond, left],
            id,
        )?);
    }
    Ok(runs)
}
