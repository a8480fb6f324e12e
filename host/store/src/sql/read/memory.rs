use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::customer;
use crate::Memory;
use crate::sql::codec::json;
use crate::sql::query;
use crate::sql::{Result, SqlConnection, params, sql};
use regulars_model::{CustomerId, InstallationId, Json};

/// The memory about a customer, or with `None` the plugin's own.
pub(crate) fn memory<C: SqlConnection>(
    sql: &C,
    installation: &InstallationId,
    customer: Option<CustomerId>,
) -> Result<Memory> {
    let key = match customer {
        Some(id) => customer::key(sql, id)?,
        None => None,
    };
    let wanted = std::slice::from_ref(installation);
    let (of_customer, own) = memories(sql, wanted, key.unwrap_or(0))?
        .remove(installation)
        .unwrap_or_default();
    Ok(match (customer, key) {
        (Some(_), Some(_)) => of_customer,
        (Some(_), None) => Memory::default(),
        (None, _) => own,
    })
}

#[derive(Default)]
struct Unshared {
    entries: BTreeMap<String, Json>,
    version: u64,
}

impl Unshared {
    fn share(self) -> Memory {
        Memory {
            entries: Arc::new(self.entries),
            version: self.version,
        }
    }
}

/// Returns the memory of the customer and its own for each installation.
pub(super) fn memories<C: SqlConnection>(
    sql: &C,
    installations: &[InstallationId],
    customer: i64,
) -> Result<HashMap<InstallationId, (Memory, Memory)>> {
    let mut found: HashMap<InstallationId, (Unshared, Unshared)> = installations
        .iter()
        .map(|installation| (installation.clone(), Default::default()))
        .collect();
    if found.is_empty() {
        return Ok(HashMap::new());
    }
    let rows = query::all(
        sql,
        sql![
            "SELECT s.key, p.id, s.customer, s.version, m.key, m.value FROM ",
            C::DIALECT.wanted(),
            C::DIALECT.join_in_order(),
            "installation p ON p.id = ",
            C::DIALECT.wanted_text(),
            C::DIALECT.join_in_order(),
            "memory_scope s ON s.installation = p.key AND s.customer IN (0, ?2)
             LEFT JOIN memory m ON m.scope = s.key"
        ],
        params![json(installations)?, customer],
        |columns| {
            let installation = columns.installation()?;
            let customer: i64 = columns.get()?;
            let version = columns.unsigned()?;
            let entry = match columns.get::<Option<String>>()? {
                Some(key) => Some((key, columns.json::<Json>()?)),
                None => None,
            };
            Ok((installation, customer, version, entry))
        },
    )?;
    for (installation, customer, version, entry) in rows {
        let (of_customer, own) = found.entry(installation).or_default();
        let memory = if customer == 0 { own } else { of_customer };
        memory.version = version;
        memory.entries.extend(entry);
    }
    Ok(found
        .into_iter()
        .map(|(installation, (of_customer, own))| {
            (installation, (of_customer.share(), own.share()))
        })
        .collect())
}
