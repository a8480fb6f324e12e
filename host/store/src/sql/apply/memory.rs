use super::Apply;
use crate::sql::codec::json;
use crate::sql::{Result, SqlConnection, params};
use regulars_model::{CustomerId, InstallationId, Json};

impl<C: SqlConnection> Apply<'_, C> {
    /// Forgetting counts as a write, also if there is nothing to forget.
    pub(super) fn remember(
        &mut self,
        installation: &InstallationId,
        customer: Option<CustomerId>,
        key: &str,
        value: Option<Json>,
    ) -> Result<()> {
        let installation = self.installation_key(installation)?;
        let customer = match customer {
            Some(customer) => self.customer_key(customer)?,
            None => 0,
        };
        let scope = self.written_scope(installation, customer)?;
        match value {
            Some(value) => self.execute(
                "INSERT INTO memory (scope, key, value) VALUES (?, ?, ?)
                 ON CONFLICT (scope, key) DO UPDATE SET value = excluded.value",
                params![scope, key, json(&value)?],
            )?,
            None => self.execute(
                "DELETE FROM memory WHERE scope = ? AND key = ?",
                params![scope, key],
            )?,
        };
        Ok(())
    }

    /// Returns the scope's key. Its version grows at the first write of the changeset.
    fn written_scope(&mut self, installation: i64, customer: i64) -> Result<i64> {
        let scope = self.value(
            "INSERT INTO memory_scope (installation, customer, version) VALUES (?, ?, 0)
                 ON CONFLICT (installation, customer) DO UPDATE SET version = memory_scope.version
                 RETURNING key",
            params![installation, customer],
        )?;
        self.grown(scope)?;
        Ok(scope)
    }

    pub(super) fn grown(&mut self, scope: i64) -> Result<()> {
        if self.written_scopes.insert(scope) {
            self.execute(
                "UPDATE memory_scope SET version = version + 1 WHERE key = ?",
                params![scope],
            )?;
        }
        Ok(())
    }
}
