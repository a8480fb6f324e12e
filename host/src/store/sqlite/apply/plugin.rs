//! Components, installations and keys: few rows, seldom written.

use rusqlite::params;

use super::Apply;
use crate::model::{Component, Installation, KeyId};
use crate::store::ApiKey;
use crate::store::sqlite::codec::json;
use crate::store::sqlite::fault::Result;

impl Apply<'_> {
    /// One that is there already is the same: the digest says so.
    pub(super) fn put_component(&self, component: &Component) -> Result<()> {
        self.execute(
            "INSERT INTO component (digest, wasm) VALUES (?, ?) ON CONFLICT DO NOTHING",
            params![component.digest.0, component.wasm],
        )?;
        Ok(())
    }

    pub(super) fn put_installation(&mut self, installation: &Installation) -> Result<()> {
        let key = self.installation_key(&installation.id)?;
        self.execute(
            "UPDATE installation SET version = version + 1, record = ? WHERE key = ?",
            params![json(installation)?, key],
        )?;
        Ok(())
    }

    pub(super) fn put_api_key(&self, key: &ApiKey) -> Result<()> {
        self.execute(
            "INSERT INTO api_key (id, name, hash, created_at) VALUES (?, ?, ?, ?)
             ON CONFLICT (id) DO UPDATE SET
                 name = excluded.name, hash = excluded.hash, created_at = excluded.created_at",
            params![
                key.id.0.as_bytes(),
                key.name,
                key.hash,
                key.created_at.as_millisecond()
            ],
        )?;
        Ok(())
    }

    pub(super) fn remove_api_key(&self, key: KeyId) -> Result<()> {
        self.execute("DELETE FROM api_key WHERE id = ?", [key.0.as_bytes()])?;
        Ok(())
    }
}
