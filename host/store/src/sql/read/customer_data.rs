//! The data about one customer, for an export.

use std::collections::BTreeMap;

use super::{customer, idempotency, schedule};
use crate::sql::query::{self, Filter};
use crate::sql::{Result, SqlConnection, params, sql};
use crate::{CustomerData, KeptMemory, KeptTranscript, PageRequest};
use regulars_model::*;

/// The caller holds a transaction, so that everything is of one moment.
pub(crate) fn customer_data<C: SqlConnection>(sql: &C, id: CustomerId) -> Result<CustomerData> {
    let Some(key) = customer::key(sql, id)? else {
        return Ok(CustomerData::default());
    };
    let remembered = query::all(
        sql,
        "SELECT 0, p.id, m.key, m.value FROM installation p
         JOIN memory_scope s ON s.installation = p.key AND s.customer = ?
         JOIN memory m ON m.scope = s.key ORDER BY p.id, m.key",
        params![key],
        |columns| {
            let plugin = columns.installation()?;
            Ok((plugin, columns.get::<String>()?, columns.json::<Json>()?))
        },
    )?;
    let mut memories: BTreeMap<InstallationId, BTreeMap<String, Json>> = BTreeMap::new();
    for (plugin, key, value) in remembered {
        memories.entry(plugin).or_default().insert(key, value);
    }
    Ok(CustomerData {
        memories,
        kept_memories: kept_memories(sql, key)?,
        timers: schedule::timers_of(sql, key)?,
        answers: idempotency::of_customer(sql, key)?,
    })
}

fn kept_memories<C: SqlConnection>(sql: &C, customer: i64) -> Result<Vec<KeptMemory>> {
    let rows = query::keyed(
        sql,
        "SELECT v.seq, p.id, v.replaced_at, m.key, m.value FROM plugin_version_memory m
         JOIN plugin_version v ON v.seq = m.version
         JOIN installation p ON p.key = v.installation WHERE m.customer = ? ORDER BY v.seq",
        params![customer],
        |columns| {
            let (plugin, at) = (columns.installation()?, columns.time()?);
            Ok((
                plugin,
                at,
                columns.get::<String>()?,
                columns.json::<Json>()?,
            ))
        },
    )?;
    let mut kept: BTreeMap<i64, KeptMemory> = BTreeMap::new();
    for (version, (plugin, replaced_at, key, value)) in rows {
        let memory = kept.entry(version).or_insert_with(|| KeptMemory {
            plugin,
            replaced_at,
            entries: BTreeMap::new(),
        });
        memory.entries.insert(key, value);
    }
    Ok(kept.into_values().collect())
}

/// Newest first.
pub(crate) fn transcripts<C: SqlConnection>(
    sql: &C,
    id: CustomerId,
    page: PageRequest,
) -> Result<Page<KeptTranscript>> {
    let mut filter = Filter::new();
    filter.and_with(
        "r.customer = (SELECT key FROM customer WHERE id = ?)",
        id.0.as_bytes(),
    );
    query::newest_first(
        sql,
        sql![
            "SELECT t.run, r.id, t.kept_at, t.size FROM run r",
            C::DIALECT.by_index(" INDEXED BY run_customer"),
            " JOIN transcript t ON t.run = r.seq"
        ],
        filter,
        ("t.run < ?", "r.seq DESC"),
        page,
        |columns| {
            Ok(KeptTranscript {
                run: RunId(columns.uuid()?),
                kept_at: columns.time()?,
                bytes: columns.unsigned()?,
            })
        },
    )
}
