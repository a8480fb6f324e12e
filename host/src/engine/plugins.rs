//! The set of plugins. The host loads it from the store at the start and after changes by other processes.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError};

use super::Engine;
use crate::error::Error;
use crate::model::*;
use crate::plugin::admission::AdmissionController;
use crate::plugin_set::Active;
use crate::runtime::Plugin;

impl Engine {
    /// Loads new and changed installations, and removes uninstalled ones. Returns the number of changes. A component
    /// that does not load here is marked broken, and does not affect other plugins.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn reload_plugins(&self) -> Result<usize, Error> {
        // The order matters: each plugin in this set was stored before the next line reads the store.
        let known = self.plugins();
        let stored: HashMap<InstallationId, u64> =
            self.store.installation_versions()?.into_iter().collect();
        let unchanged = known.all.len() == stored.len()
            && known.all.iter().all(|active| {
                let installation = &active.installation;
                stored.get(&installation.id) == Some(&installation.version)
            });
        if unchanged {
            return Ok(0);
        }
        let mut changed = 0;
        for active in &known.all {
            if !stored.contains_key(&active.installation.id) {
                self.remove_plugin(&active.installation.id);
                changed += 1;
            }
        }
        for installation in self.store.installations()? {
            let before = known.get(&installation.id);
            if before.is_some_and(|before| before.installation.version >= installation.version) {
                continue;
            }
            let same = before
                .filter(|before| before.installation.digest == installation.digest)
                .and_then(|before| before.plugin().cloned());
            self.replace_plugin(self.activate(installation, same)?);
            changed += 1;
        }
        Ok(changed)
    }

    fn activate(
        &self,
        installation: Installation,
        same: Option<Arc<Plugin>>,
    ) -> Result<Active, Error> {
        let admission = self.admission(&installation);
        let loaded = match same {
            Some(plugin) => Ok(plugin),
            None => match self.store.component(installation.digest)? {
                Some(component) => self.runtime.load(&component).map_err(Error::from),
                None => Err(Error::not_found("component", installation.digest)),
            },
        };
        let active =
            loaded.and_then(|plugin| Active::new(installation.clone(), plugin, admission.clone()));
        Ok(active.unwrap_or_else(|error| {
            tracing::error!(plugin = %installation.id, %error, "a plugin does not load; what happens waits for it");
            let reason = crate::text::line(&error.to_string(), 500);
            Active::broken(installation, reason, self.clock.now(), admission)
        }))
    }

    /// Returns the admission controller of an installation. It stays the same while the host runs.
    pub fn admission(&self, installation: &Installation) -> Arc<AdmissionController> {
        if let Some(active) = self.plugins().get(&installation.id) {
            return active.admission.clone();
        }
        Arc::new(AdmissionController::new(
            installation.limits.or(self.config.limits),
            self.config.workers.max(1),
            self.runtime.config().fuel,
            self.clock.now(),
        ))
    }

    /// Adds or replaces an installation, unless the one in the set is newer.
    pub(super) fn replace_plugin(&self, active: Active) {
        let mut plugins = self.plugins.write().unwrap_or_else(PoisonError::into_inner);
        let next = &active.installation;
        if let Some(before) = plugins.get(&next.id).map(|before| &before.installation) {
            if before.version >= next.version {
                return;
            }
            if before.limits != next.limits {
                let limits = next.limits.or(self.config.limits);
                let workers = self.config.workers.max(1);
                active
                    .admission
                    .set_limits(limits, workers, self.clock.now());
            }
            active.admission.reset();
        }
        *plugins = Arc::new(plugins.with(active));
    }

    pub fn remove_plugin(&self, id: &InstallationId) {
        let mut plugins = self.plugins.write().unwrap_or_else(PoisonError::into_inner);
        *plugins = Arc::new(plugins.without(id));
    }
}
