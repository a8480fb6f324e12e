//! Kept versions of plugins, and all memories of a plugin.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::sql::codec::signed;
use crate::sql::query;
use crate::sql::{Result, SqlConnection, params};
use crate::{KeptVersion, MemoryPlace, OrphanedMemories, PluginOffer, UninstalledVersion};
use regulars_model::*;

/// Newest first.
pub(crate) fn kept<C: SqlConnection>(sql: &C, id: &InstallationId) -> Result<Vec<KeptVersion>> {
    query::all(
        sql,
        "SELECT 0, v.seq, v.record, v.replaced_at,
             (SELECT count(*) FROM plugin_version_memory m WHERE m.version = v.seq)
         FROM plugin_version v JOIN installation p ON p.key = v.installation
         WHERE p.id = ? ORDER BY v.seq DESC",
        params![id.as_str()],
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

pub(crate) fn orphaned<C: SqlConnection>(
    sql: &C,
    id: &InstallationId,
) -> Result<Option<OrphanedMemories>> {
    let remembered = query::count(
        sql,
        "SELECT count(*) FROM installation p JOIN memory_scope s ON s.installation = p.key
         JOIN memory m ON m.scope = s.key WHERE p.id = ? AND p.record IS NULL",
        params![id.as_str()],
    )?;
    if remembered == 0 {
        return Ok(None);
    }
    let of = query::one(
        sql,
        "SELECT 0, l.name, l.version, l.digest FROM uninstalled_plugin l
         JOIN installation p ON p.key = l.installation WHERE p.id = ?",
        params![id.as_str()],
        |columns| {
            Ok(UninstalledVersion {
                name: columns.get()?,
                version: columns.get()?,
                digest: columns.word()?,
            })
        },
    )?;
    Ok(Some(OrphanedMemories { of, remembered }))
}

pub(crate) fn offers<C: SqlConnection>(sql: &C) -> Result<Vec<PluginOffer>> {
    query::all(
        sql,
        "SELECT 0, id, digest, offered_at FROM plugin_offer ORDER BY id, digest",
        params![],
        |columns| {
            Ok(PluginOffer {
                id: columns.installation()?,
                digest: columns.word()?,
                at: columns.time()?,
            })
        },
    )
}

/// Returns 0 if there never was one.
pub(crate) fn of_record<C: SqlConnection>(sql: &C, id: &InstallationId) -> Result<u64> {
    query::count(
        sql,
        "SELECT version FROM installation WHERE id = ?",
        params![id.as_str()],
    )
}

pub(crate) fn places<C: SqlConnection>(sql: &C, id: &InstallationId) -> Result<Vec<MemoryPlace>> {
    query::all(
        sql,
        "SELECT 0, s.key, s.version, s.customer FROM memory_scope s
         JOIN installation p ON p.key = s.installation WHERE p.id = ? ORDER BY s.key",
        params![id.as_str()],
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

pub(crate) fn entries<C: SqlConnection>(
    sql: &C,
    place: u64,
) -> Result<Arc<BTreeMap<String, Json>>> {
    let rows = query::all(
        sql,
        "SELECT 0, key, value FROM memory WHERE scope = ?",
        params![signed(place)],
        |columns| Ok((columns.get::<String>()?, columns.json::<Json>()?)),
    )?;
    Ok(Arc::new(rows.into_iter().collect()))
}

pub(crate) fn secrets<C: SqlConnection>(
    sql: &C,
    id: &InstallationId,
) -> Result<BTreeMap<String, Json>> {
    let rows = query::all(
        sql,
        "SELECT 0, s.name, s.value FROM plugin_secret s
         JOIN installation p ON p.key = s.installation WHERE p.id = ?",
        params![id.as_str()],
        |columns| Ok((columns.get::<String>()?, columns.json::<Json>()?)),
    )?;
    Ok(rows.into_iter().collect())
}
