use std::collections::HashMap;

use super::no_row;
use crate::model::{CustomerId, InstallationId};
use crate::store::sql::{Result, SqlConnection, params, query, read};

/// Entries of each kind, at most: some megabytes.
const LIMIT: usize = 65_536;

/// Keys by id. Keys never change; customers who were erased are forgotten.
#[derive(Default)]
pub(crate) struct Cache {
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
    pub(crate) fn roll_back(&mut self) {
        if self.made {
            self.clear();
        }
    }

    pub(crate) fn clear(&mut self) {
        self.customers.clear();
        self.installations.clear();
    }

    /// None for one who was erased, too.
    pub(super) fn customer<C: SqlConnection>(
        &mut self,
        sql: &C,
        id: CustomerId,
    ) -> Result<Option<i64>> {
        if let Some(key) = self.customers.get(&id) {
            return Ok(Some(*key));
        }
        let key = read::customer::key(sql, id)?;
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

    pub(super) fn installation<C: SqlConnection>(
        &mut self,
        sql: &C,
        id: &InstallationId,
    ) -> Result<i64> {
        if let Some(key) = self.installations.get(id) {
            return Ok(*key);
        }
        let found = query::value(
            sql,
            "SELECT key FROM installation WHERE id = ?",
            params![id.as_str()],
        )?;
        let key = match found {
            Some(key) => key,
            None => {
                self.made = true;
                let made: Option<i64> = query::value(
                    sql,
                    "INSERT INTO installation (id, version) VALUES (?, 0) RETURNING key",
                    params![id.as_str()],
                )?;
                made.ok_or_else(|| no_row("installation"))?
            }
        };
        if self.installations.len() >= LIMIT {
            self.installations.clear();
        }
        self.installations.insert(id.clone(), key);
        Ok(key)
    }
}
