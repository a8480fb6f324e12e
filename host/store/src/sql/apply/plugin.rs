//! Components and installations: few rows, seldom written.

use super::Apply;
use crate::sql::codec::json;
use crate::sql::{Result, SqlConnection, params};
use regulars_model::{Component, Installation};

impl<C: SqlConnection> Apply<'_, C> {
    /// A stored component with this digest is the same one.
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
        self.execute(
            "DELETE FROM uninstalled_plugin WHERE installation = ?",
            params![key],
        )?;
        Ok(())
    }
}
