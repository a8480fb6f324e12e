//! Components, installations and counts.

use crate::sql::query;
use crate::sql::{Result, SqlConnection, params};
use crate::{Counts, Stats};
use regulars_model::*;

pub(crate) fn installations<C: SqlConnection>(sql: &C) -> Result<Vec<Installation>> {
    query::all(
        sql,
        "SELECT key, record, version FROM installation WHERE record IS NOT NULL ORDER BY id",
        params![],
        |columns| {
            let mut installation: Installation = columns.json()?;
            installation.version = columns.unsigned()?;
            Ok(installation)
        },
    )
}

pub(crate) fn installation_versions<C: SqlConnection>(
    sql: &C,
) -> Result<Vec<(InstallationId, u64)>> {
    query::all(
        sql,
        "SELECT key, id, version FROM installation WHERE record IS NOT NULL ORDER BY id",
        params![],
        |columns| Ok((columns.installation()?, columns.unsigned()?)),
    )
}

pub(crate) fn component<C: SqlConnection>(sql: &C, digest: Digest) -> Result<Option<Component>> {
    let wasm = query::value(
        sql,
        "SELECT wasm FROM component WHERE digest = ?",
        params![digest.0],
    )?;
    Ok(wasm.map(|wasm| Component { digest, wasm }))
}

pub(crate) fn counts<C: SqlConnection>(sql: &C) -> Result<Counts> {
    let counts = query::one(
        sql,
        "SELECT 0, (SELECT count(*) FROM customer WHERE erased_at IS NULL), (SELECT count(*) FROM interaction),
             (SELECT count(*) FROM event), (SELECT count(*) FROM pending),
             (SELECT count(*) FROM task WHERE state = 'open'), (SELECT count(*) FROM run)",
        params![],
        |columns| {
            Ok(Counts {
                customers: columns.unsigned()?,
                interactions: columns.unsigned()?,
                events: columns.unsigned()?,
                pending: columns.unsigned()?,
                open_tasks: columns.unsigned()?,
                runs: columns.unsigned()?,
            })
        },
    )?;
    Ok(counts.unwrap_or_default())
}

pub(crate) fn stats<C: SqlConnection>(sql: &C) -> Result<Stats> {
    let stats = query::one(
        sql,
        "SELECT 0, (SELECT count(*) FROM pending), (SELECT count(*) FROM deferred_event WHERE dead = 0),
             (SELECT count(*) FROM deferred_event WHERE dead = 1)",
        params![],
        |columns| {
            Ok(Stats {
                pending: columns.unsigned()?,
                deferred: columns.unsigned()?,
                dead: columns.unsigned()?,
                bytes: sql.size()?,
            })
        },
    )?;
    Ok(stats.unwrap_or_default())
}
