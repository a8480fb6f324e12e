//! Versions of plugins: kept, returned to, dropped.

use super::Apply;
use crate::sql::codec::{json, signed};
use crate::sql::{Result, SqlConnection, params};
use regulars_model::*;

impl<C: SqlConnection> Apply<'_, C> {
    pub(super) fn keep_version(&mut self, id: &InstallationId, at: Timestamp) -> Result<()> {
        let installation = self.installation_key(id)?;
        self.execute(
            "INSERT INTO plugin_version (installation, record, replaced_at)
             SELECT key, record, ?2 FROM installation WHERE key = ?1 AND record IS NOT NULL",
            params![installation, at.as_millisecond()],
        )?;
        self.execute(
            "INSERT INTO plugin_version_memory (version, customer, key, value)
             SELECT (SELECT max(seq) FROM plugin_version WHERE installation = ?1), s.customer, m.key, m.value
             FROM memory_scope s JOIN memory m ON m.scope = s.key WHERE s.installation = ?1",
            params![installation],
        )?;
        Ok(())
    }

    pub(super) fn return_to_version(&mut self, id: &InstallationId, number: u64) -> Result<()> {
        self.forget_memories(id)?;
        let installation = self.installation_key(id)?;
        self.execute(
            "INSERT INTO memory (scope, key, value)
             SELECT s.key, v.key, v.value FROM plugin_version_memory v
             JOIN memory_scope s ON s.installation = ?1 AND s.customer = v.customer
             WHERE v.version = ?2",
            params![installation, signed(number)],
        )?;
        self.execute(
            "DELETE FROM plugin_version_memory WHERE version = ?",
            params![signed(number)],
        )?;
        self.execute(
            "DELETE FROM plugin_version WHERE installation = ? AND seq = ?",
            params![installation, signed(number)],
        )?;
        Ok(())
    }

    pub(super) fn drop_versions(&mut self, id: &InstallationId, keep: u32) -> Result<()> {
        let installation = self.installation_key(id)?;
        self.execute(
            "DELETE FROM plugin_version_memory WHERE version IN (
                 SELECT seq FROM plugin_version WHERE installation = ?1 AND seq NOT IN (
                     SELECT seq FROM plugin_version WHERE installation = ?1
                     ORDER BY seq DESC LIMIT ?2))",
            params![installation, keep],
        )?;
        self.execute(
            "DELETE FROM plugin_version WHERE installation = ?1 AND seq NOT IN (
                 SELECT seq FROM plugin_version WHERE installation = ?1
                 ORDER BY seq DESC LIMIT ?2)",
            params![installation, keep],
        )?;
        Ok(())
    }

    pub(super) fn rewrite_memory(&mut self, change: &crate::Rewritten) -> Result<()> {
        let scope = signed(change.place);
        self.execute("DELETE FROM memory WHERE scope = ?", params![scope])?;
        for (key, value) in &change.entries {
            self.execute(
                "INSERT INTO memory (scope, key, value) VALUES (?, ?, ?)",
                params![scope, key, json(value)?],
            )?;
        }
        self.grown(scope)
    }

    pub(super) fn put_offers(
        &mut self,
        id: &InstallationId,
        digests: &[Digest],
        at: Timestamp,
    ) -> Result<()> {
        self.execute(
            "DELETE FROM plugin_offer WHERE id = ?",
            params![id.as_str()],
        )?;
        for digest in digests {
            self.execute(
                "INSERT INTO plugin_offer (id, digest, offered_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
                params![id.as_str(), digest.to_string(), at.as_millisecond()],
            )?;
        }
        Ok(())
    }

    /// Forgetting counts as a write.
    pub(super) fn forget_memories(&mut self, id: &InstallationId) -> Result<()> {
        let installation = self.installation_key(id)?;
        self.execute(
            "DELETE FROM memory WHERE scope IN (SELECT key FROM memory_scope WHERE installation = ?)",
            params![installation],
        )?;
        self.execute(
            "UPDATE memory_scope SET version = version + 1 WHERE installation = ?",
            params![installation],
        )?;
        self.execute(
            "DELETE FROM uninstalled_plugin WHERE installation = ?",
            params![installation],
        )?;
        Ok(())
    }

    pub(super) fn put_plugin_secret(
        &mut self,
        id: &InstallationId,
        name: &str,
        value: Option<&Json>,
    ) -> Result<()> {
        let installation = self.installation_key(id)?;
        match value {
            Some(value) => self.execute(
                "INSERT INTO plugin_secret (installation, name, value) VALUES (?, ?, ?)
                 ON CONFLICT (installation, name) DO UPDATE SET value = excluded.value",
                params![installation, name, json(value)?],
            )?,
            None => self.execute(
                "DELETE FROM plugin_secret WHERE installation = ? AND name = ?",
                params![installation, name],
            )?,
        };
        Ok(())
    }

    pub(super) fn drop_secrets_of(&mut self, id: &InstallationId) -> Result<()> {
        let installation = self.installation_key(id)?;
        self.execute(
            "DELETE FROM plugin_secret WHERE installation = ?",
            params![installation],
        )?;
        Ok(())
    }

    /// The row stays with its version, so that other rows can refer to it. The next record of this id goes on from
    /// that version.
    pub(super) fn uninstall(&mut self, id: &InstallationId) -> Result<()> {
        let installation = self.installation_key(id)?;
        self.execute(
            "INSERT INTO uninstalled_plugin (installation, name, version, digest)
             SELECT key, record -> 'manifest' ->> 'name', record -> 'manifest' ->> 'version', record ->> 'digest'
             FROM installation WHERE key = ? AND record IS NOT NULL",
            params![installation],
        )?;
        self.execute(
            "UPDATE installation SET record = NULL, version = version + 1 WHERE key = ?",
            params![installation],
        )?;
        Ok(())
    }
}
