//! Versions of plugins that are kept, and the memories of a plugin as a whole.

use std::collections::BTreeMap;
use std::sync::Arc;

use rusqlite::Connection;

use super::query;
use crate::model::*;
use crate::store::sqlite::codec::signed;
use crate::store::sqlite::fault::Result;
use crate::store::{KeptVersion, LeftMemories, LeftVersion, MemoryPlace, PluginOffer};

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

pub(in crate::store::sqlite) fn left(
    sql: &Connection,
    id: &InstallationId,
) -> Result<Option<LeftMemories>> {
    let remembered = query::value::<i64>(
        sql,
        "SELECT count(*) FROM installation p JOIN memory_scope s ON s.installation = p.key
         JOIN memory m ON m.scope = s.key WHERE p.id = ? AND p.record IS NULL",
        [id.as_str()],
    )?;
    let remembered = remembered.unwrap_or(0).unsigned_abs();
    if remembered == 0 {
        return Ok(None);
    }
    let of = query::one(
        sql,
        "SELECT 0, l.name, l.version, l.digest FROM uninstalled_plugin l
         JOIN installation p ON p.key = l.installation WHERE p.id = ?",
        [id.as_str()],
        |columns| {
            Ok(LeftVersion {
                name: columns.get()?,
                version: columns.get()?,
                digest: columns.word()?,
            })
        },
    )?;
    Ok(Some(LeftMemories { of, remembered }))
}

pub(in crate::store::sqlite) fn offers(sql: &Connection) -> Result<Vec<PluginOffer>> {
    query::all(
        sql,
        "SELECT 0, id, digest, offered_at FROM plugin_offer ORDER BY id, digest",
        [],
        |columns| {
            Ok(PluginOffer {
                id: columns.installation()?,
                digest: columns.word()?,
                at: columns.time()?,
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
