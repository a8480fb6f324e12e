//! API keys and the audit.

use super::Apply;
use crate::ApiKey;
use crate::sql::codec::{json, millis, word};
use crate::sql::{Result, SqlConnection, params};
use regulars_model::{AuditEntry, KeyId, Timestamp};

impl<C: SqlConnection> Apply<'_, C> {
    pub(super) fn put_api_key(&self, key: &ApiKey) -> Result<()> {
        self.execute(
            "INSERT INTO api_key (id, name, hash, created_at, scopes, expires_at, last_used_at)
             VALUES (?, ?, ?, ?, ?, ?, ?)
             ON CONFLICT (id) DO UPDATE SET
                 name = excluded.name, hash = excluded.hash, created_at = excluded.created_at,
                 scopes = excluded.scopes, expires_at = excluded.expires_at,
                 last_used_at = excluded.last_used_at",
            params![
                key.id.0.as_bytes(),
                key.name,
                key.hash,
                key.created_at.as_millisecond(),
                json(&key.scopes)?,
                millis(key.expires_at),
                millis(key.last_used_at),
            ],
        )?;
        Ok(())
    }

    pub(super) fn remove_api_key(&self, key: KeyId) -> Result<()> {
        self.execute(
            "DELETE FROM api_key WHERE id = ?",
            params![key.0.as_bytes()],
        )?;
        Ok(())
    }

    pub(super) fn use_api_key(&self, key: KeyId, at: Timestamp) -> Result<()> {
        self.execute(
            "UPDATE api_key SET last_used_at = ?1
             WHERE id = ?2 AND (last_used_at IS NULL OR last_used_at < ?1)",
            params![at.as_millisecond(), key.0.as_bytes()],
        )?;
        Ok(())
    }

    pub(super) fn append_audit(&self, entry: &AuditEntry) -> Result<()> {
        self.execute(
            "INSERT INTO audit (at, actor, act, subject, details) VALUES (?, ?, ?, ?, ?)",
            params![
                entry.at.as_millisecond(),
                json(&entry.actor)?,
                word(&entry.act)?,
                entry.subject,
                json(&entry.details)?,
            ],
        )?;
        Ok(())
    }
}
