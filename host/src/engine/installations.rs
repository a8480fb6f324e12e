//! Changes of installation records. Each is written with its schedules, then applied to this process's set of plugins.

use std::sync::{Arc, MutexGuard, PoisonError};

use super::Engine;
use crate::error::Error;
use crate::model::*;
use crate::plugin_set::Active;
use crate::store::{Change, Changeset, Precondition, StoreError};

/// The maximum number of retries after another process changed the same record.
const MAX_CONFLICTS: u32 = 16;

impl Engine {
    /// Locks the set of plugins against changes by other threads.
    fn lock_plugins(&self) -> MutexGuard<'_, ()> {
        self.installing
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Locks the set of plugins, and loads changes by other processes.
    pub fn lock_current_plugins(&self) -> Result<MutexGuard<'_, ()>, Error> {
        let lock = self.lock_plugins();
        self.reload_plugins()?;
        Ok(lock)
    }

    /// Changes a record, and retries if another process changed it first. The changes that `noted` returns are written
    /// in the same transaction.
    ///
    /// # Errors
    /// [`Error::NotFound`]. [`Error::Conflict`] after 16 retries. The errors of `change`.
    pub fn alter(
        self: &Arc<Engine>,
        id: &InstallationId,
        change: impl Fn(&mut Installation) -> Result<(), Error>,
        noted: impl Fn(&Installation, &Installation) -> Vec<Change>,
    ) -> Result<Installation, Error> {
        self.check_open()?;
        let _lock = self.lock_plugins();
        for _ in 0..MAX_CONFLICTS {
            let plugins = self.plugins();
            let active = plugins
                .get(id)
                .ok_or_else(|| Error::not_found("plugin", id))?;
            let before = active.stored();
            let mut installation = before.clone();
            change(&mut installation)?;
            let noted = noted(&before, &installation);
            if installation == before && noted.is_empty() {
                return Ok(active.installation.clone());
            }
            installation.version += 1;
            let mut changeset = Changeset::new();
            changeset.expect(Precondition::Installation {
                id: id.clone(),
                version: before.version,
            });
            changeset.changes.extend(noted);
            let next = self.like(active, installation.clone())?;
            match self.put_installation(&changeset, installation, next) {
                Err(Error::Store(StoreError::Conflict(Precondition::Installation { .. }))) => {
                    self.reload_plugins()?;
                }
                other => return other,
            }
        }
        Err(Error::Conflict {
            what: "plugin",
            problem: format!("{id} is changed by others all the time: try again"),
        })
    }

    /// Returns the same code with another record.
    fn like(&self, active: &Active, installation: Installation) -> Result<Active, Error> {
        let admission = active.admission.clone();
        match (active.plugin(), &active.installation.trouble) {
            (Some(plugin), _) => Active::new(installation, plugin.clone(), admission),
            (None, trouble) => {
                let reason = trouble.as_ref().map(|trouble| trouble.reason.clone());
                let now = self.clock.now();
                Ok(Active::broken(
                    installation,
                    reason.unwrap_or_default(),
                    now,
                    admission,
                ))
            }
        }
    }

    /// Writes an installation with its schedules, then replaces it in the set of plugins.
    pub fn put_installation(
        self: &Arc<Engine>,
        base: &Changeset,
        installation: Installation,
        active: Active,
    ) -> Result<Installation, Error> {
        loop {
            let mut changeset = base.clone();
            changeset.push(Change::PutInstallation(installation.clone()));
            self.plan_schedules(&installation, &mut changeset)?;
            match self.commit(changeset) {
                // A fan-out advanced in the meantime: plan from its new state.
                Err(Error::Store(StoreError::Conflict(Precondition::Schedule { .. }))) => {}
                Err(error) => return Err(error),
                Ok(_) => break,
            }
        }
        let shown = active.installation.clone();
        self.replace_plugin(active);
        self.alarm.ring();
        Ok(shown)
    }
}
