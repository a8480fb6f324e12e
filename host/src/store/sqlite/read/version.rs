//! Versions of plugins that are kept, and the memories of a plugin as a whole.

use std::collections::BTreeMap;
use std::sync::Arc;

use rusqlite::Connection;

use super::query;
use crate::model::*;
use crate::store::sqlite::codec::signed;
use crate::store::sqlite::fault::Result;
use crate::store::{KeptVersion, MemoryPlace};

/// Newest first.
pub(in crate::store::sqlite) fn kept(
    sql: &Connection,
    id: &InstallationId,
) -> Result<Vec<KeptVersion>> {
    query::all(
        sql,
        "SELECT 0, v.seq, v.record, v.replaced_at,
             (SELECT count(*) FROM plugin_version_memory m WHERE m.version = v.seq)
         FROM plugin_version v JOIN installation p ON p.key = v.installation
         WHERE p.id = ? ORDER BY v.seq DESC",
        [id.as_str()],
        |columns| {
            Ok(KeptVersion {
                number: columns.unsigned()?,
                installation: columns.json()?,
                replaced_at: columns.time()?,
                remembered: columns.unsigned()?,
            })
        },
    )
}

/// 0 where there never was one.
pub(in crate::store::sqlite) fn of_record(sql: &Connection, id: &InstallationId) -> Result<u64> {
    let found = query::value::<i64>(
        sql,
        "SELECT version FROM installation WHERE id = ?",
        [id.as_str()],
    )?;
    Ok(found.unwrap_or(0).unsigned_abs())
}

pub(in crate::store::sqlite) fn places(
    sql: &Connection,
    id: &InstallationId,
) -> Result<Vec<MemoryPlace>> {
    query::all(
        sql,
        "SELECT 0, s.key, s.version, s.customer FROM memory_scope s
         JOIN installation p ON p.key = s.installation WHERE p.id = ? ORDER BY s.key",
        [id.as_str()],
        |columns| {
            let place = columns.unsigned()?;
            let version = columns.unsigned()?;
            let customer: i64 = columns.get()?;
            Ok(MemoryPlace {
                place,
                version,
                scope: match customer {
                    0 => Scope::Plugin,
                    _ => Scope::Customer,
                },
            })
        },
    )
}

pub(in crate::store::sqlite) fn entries(
    sql: &Connection,
    place: u64,
) -> Result<Arc<BTreeMap<String, Json>>> {
    let rows = query::all(
        sql,
        "SELECT 0, key, value FROM memory WHERE scope = ?",
        [signed(place)],
        |columns| Ok((columns.get::<String>()?, columns.json::<Json>()?)),
    )?;
    Ok(Arc::new(rows.into_iter().collect()))
}

pub(in crate::store::sqlite) fn secrets(
    sql: &Connection,
    id: &InstallationId,
) -> Result<BTreeMap<String, Json>> {
    let rows = query::all(
        sql,
        "SELECT 0, s.name, s.value FROM plugin_secret s
         JOIN installation p ON p.key = s.installation WHERE p.id = ?",
        [id.as_str()],
        |columns| Ok((columns.get::<String>()?, columns.json::<Json>()?)),
    )?;
    Ok(rows.into_iter().collect())
}
