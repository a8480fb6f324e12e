//! Components, installations, and how much there is of everything.

use rusqlite::Connection;

use super::query;
use crate::model::*;
use crate::store::sqlite::fault::Result;
use crate::store::{Counts, Depths};

pub(in crate::store::sqlite) fn installations(sql: &Connection) -> Result<Vec<Installation>> {
    query::all(
        sql,
        "SELECT key, record, version FROM installation WHERE record IS NOT NULL ORDER BY id",
        [],
        |columns| {
            let mut installation: Installation = columns.json()?;
            installation.version = columns.unsigned()?;
            Ok(installation)
        },
    )
}

pub(in crate::store::sqlite) fn installation_versions(
    sql: &Connection,
) -> Result<Vec<(InstallationId, u64)>> {
    query::all(
        sql,
        "SELECT key, id, version FROM installation WHERE record IS NOT NULL ORDER BY id",
        [],
        |columns| Ok((columns.installation()?, columns.unsigned()?)),
    )
}

pub(in crate::store::sqlite) fn component(
    sql: &Connection,
    digest: Digest,
) -> Result<Option<Component>> {
    let wasm = query::value(
        sql,
        "SELECT wasm FROM component WHERE digest = ?",
        [digest.0],
    )?;
    Ok(wasm.map(|wasm| Component { digest, wasm }))
}

pub(in crate::store::sqlite) fn counts(sql: &Connection) -> Result<Counts> {
    let counts = query::one(
        sql,
        "SELECT 0, (SELECT count(*) FROM customer WHERE erased_at IS NULL), (SELECT count(*) FROM interaction),
             (SELECT count(*) FROM event), (SELECT count(*) FROM pending),
             (SELECT count(*) FROM task WHERE state = 'open'), (SELECT count(*) FROM run)",
        [],
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

pub(in crate::store::sqlite) fn depths(sql: &Connection) -> Result<Depths> {
    let depths = query::one(
        sql,
        "SELECT 0, (SELECT count(*) FROM pending), (SELECT count(*) FROM parked WHERE NOT dead),
             (SELECT count(*) FROM parked WHERE dead),
             (SELECT page_count * page_size FROM pragma_page_count, pragma_page_size)",
        [],
        |columns| {
            Ok(Depths {
                pending: columns.unsigned()?,
                parked: columns.unsigned()?,
                dead: columns.unsigned()?,
                bytes: columns.unsigned()?,
            })
        },
    )?;
    Ok(depths.unwrap_or_default())
}
