use std::collections::HashMap;

use rusqlite::{Connection, OptionalExtension};

use crate::model::{CustomerId, InstallationId};
use crate::store::sqlite::fault::Result;

/// Entries of each kind, at most: some megabytes.
const LIMIT: usize = 65_536;

/// Keys by id. Keys never change; customers who were erased are forgotten.
#[derive(Default)]
pub(in crate::store::sqlite) struct Cache {
    customers: HashMap<CustomerId, i64>,
    installations: HashMap<InstallationId, i64>,
    /// Whether the changeset at hand made a row that stands here.
    made: bool,
}

impl Cache {
    /// A changeset starts.
    pub(super) fn begin(&mut self) {
        self.made = false;
    }

    /// The changeset at hand was rolled back.
    pub(in crate::store::sqlite) fn roll_back(&mut self) {
        if self.made {
            self.clear();
        }
    }

    pub(in crate::store::sqlite) fn clear(&mut self) {
        self.customers.clear();
        self.installations.clear();
    }

    /// None for one who was erased, too.
    pub(super) fn customer(&mut self, sql: &Connection, id: CustomerId) -> Result<Option<i64>> {
        if let Some(key) = self.customers.get(&id) {
            return Ok(Some(*key));
        }
        let key = sql
            .prepare_cached("SELECT key FROM customer WHERE id = ? AND erased_at IS NULL")?
            .query_row([id.0.as_bytes()], |row| row.get(0))
            .optional()?;
        if let Some(key) = key {
            self.keep_customer(id, key);
        }
        Ok(key)
    }

    pub(super) fn made_customer(&mut self, id: CustomerId, key: i64) {
        self.made = true;
        self.keep_customer(id, key);
    }

    /// Nothing is written about this customer any more.
    pub(super) fn forget_customer(&mut self, id: CustomerId) {
        self.customers.remove(&id);
    }

    fn keep_customer(&mut self, id: CustomerId, key: i64) {
        if self.customers.len() >= LIMIT {
            self.customers.clear();
        }
        self.customers.insert(id, key);
    }

    pub(super) fn installation(&mut self, sql: &Connection, id: &InstallationId) -> Result<i64> {
        if let Some(key) = self.installations.get(id) {
            return Ok(*key);
        }
        let found = sql
            .prepare_cached("SELECT key FROM installation WHERE id = ?")?
            .query_row([id.as_str()], |row| row.get(0))
            .optional()?;
        let key = match found {
            Some(key) => key,
            None => {
                self.made = true;
                sql.prepare_cached("INSERT INTO installation (id, version) VALUES (?, 0)")?
                    .insert([id.as_str()])?
            }
        };
        if self.installations.len() >= LIMIT {
            self.installations.clear();
        }
        self.installations.insert(id.clone(), key);
        Ok(key)
    }
}
