//! Components, installations, keys, and how much there is of everything.

use rusqlite::Connection;

use super::query;
use crate::model::*;
use crate::store::sqlite::codec::Columns;
use crate::store::sqlite::fault::Result;
use crate::store::{ApiKey, Counts};

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

const API_KEY: &str = "SELECT seq, id, name, hash, created_at FROM api_key";

fn decode_api_key(columns: &mut Columns<'_, '_>) -> Result<ApiKey> {
    Ok(ApiKey {
        id: KeyId(columns.uuid()?),
        name: columns.get()?,
        hash: columns.get()?,
        created_at: columns.time()?,
    })
}

pub(in crate::store::sqlite) fn api_key(
    sql: &Connection,
    hash: &[u8; 32],
) -> Result<Option<ApiKey>> {
    let select = format!("{API_KEY} WHERE hash = ?");
    query::one(sql, &select, [hash], decode_api_key)
}

pub(in crate::store::sqlite) fn api_keys(sql: &Connection) -> Result<Vec<ApiKey>> {
    let select = format!("{API_KEY} ORDER BY seq");
    query::all(sql, &select, [], decode_api_key)
}

pub(in crate::store::sqlite) fn counts(sql: &Connection) -> Result<Counts> {
    let counts = query::one(
        sql,
        "SELECT 0, (SELECT count(*) FROM customer), (SELECT count(*) FROM interaction),
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
