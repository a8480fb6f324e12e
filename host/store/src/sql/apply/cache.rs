use std::collections::HashMap;

use super::no_row;
use crate::sql::{Result, SqlConnection, params, query, read};
use regulars_model::{CustomerId, InstallationId};

/// The most entries of each kind: some megabytes.
const LIMIT: usize = 65_536;

/// Integer keys by id. A key never changes. Erased customers have none.
#[derive(Default)]
pub(crate) struct Cache {
    customers: HashMap<CustomerId, i64>,
    installations: HashMap<InstallationId, i64>,
    /// True if the current changeset made a row with an entry here.
    made: bool,
}

impl Cache {
    /// Begins a changeset.
    pub(super) fn begin(&mut self) {
        self.made = false;
    }

    /// Forgets keys that the current changeset may have made, after its rollback.
    pub(crate) fn roll_back(&mut self) {
        if self.made {
            self.clear();
        }
    }

    pub(crate) fn clear(&mut self) {
        self.customers.clear();
        self.installations.clear();
    }

    /// Returns `None` for an erased customer, too.
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

    /// Forgets a customer who is being erased.
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
