use crate::sql::codec::Columns;
use crate::sql::query;
use crate::sql::{Result, SqlConnection, params, sql};
use crate::{StaleTranscripts, StoredTranscript};
use regulars_model::RunId;

pub(crate) fn transcript<C: SqlConnection>(
    sql: &C,
    run: RunId,
) -> Result<Option<StoredTranscript>> {
    query::one(
        sql,
        "SELECT t.run, r.id, t.kept_at, t.size, t.packed
         FROM run r JOIN transcript t ON t.run = r.seq WHERE r.id = ?",
        params![run.0.as_bytes()],
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

fn id<C: SqlConnection>(columns: &mut Columns<'_, '_, C>) -> Result<RunId> {
    Ok(RunId(columns.uuid()?))
}

pub(crate) fn stale<C: SqlConnection>(
    sql: &C,
    stale: &StaleTranscripts,
    limit: u32,
) -> Result<Vec<RunId>> {
    let mut runs = query::all(
        sql,
        sql![
            "SELECT t.run, r.id FROM transcript t",
            C::DIALECT.by_index(" INDEXED BY transcript_kept_at"),
            " JOIN run r ON r.seq = t.run WHERE t.kept_at < ? ORDER BY t.kept_at LIMIT ?"
        ],
        params![stale.before.as_millisecond(), limit],
        id,
    )?;
    let installations = query::all(
        sql,
        "SELECT 0, key FROM installation",
        params![],
        |columns| columns.get::<i64>(),
    )?;
    for installation in installations {
        let left = limit.saturating_sub(runs.len() as u32);
        if left == 0 {
            break;
        }
        // The newest transcript beyond the limit, and older ones.
        runs.extend(query::all(
            sql,
            sql![
                "SELECT t.run, r.id FROM transcript t",
                C::DIALECT.by_index(" INDEXED BY transcript_installation"),
                " JOIN run r ON r.seq = t.run
                 WHERE t.installation = ?1 AND t.run <= (SELECT run FROM transcript",
                C::DIALECT.by_index(" INDEXED BY transcript_installation"),
                " WHERE installation = ?1 ORDER BY run DESC LIMIT 1 OFFSET ?2)
                 ORDER BY t.run LIMIT ?3"
            ],
            params![installation, stale.beyond, left],
            id,
        )?);
    }
    Ok(runs)
}
