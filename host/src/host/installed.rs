//! Installed plugins: reading and changing them.

use super::Host;
use super::install_version::still_decided;
use super::plugins::{check_limits, switchable};
use crate::engine::{ResolvedSettings, changed_settings};
use crate::error::Error;
use crate::model::*;
use crate::store::{Change, Changeset};

impl Host {
    /// Returns all installations, by id.
    pub fn installations(&self) -> Vec<Installation> {
        self.engine
            .plugins()
            .all
            .iter()
            .map(|active| active.installation.clone())
            .collect()
    }

    /// # Errors
    /// [`Error::NotFound`].
    pub fn installation(&self, id: &InstallationId) -> Result<Installation, Error> {
        let plugins = self.engine.plugins();
        let active = plugins
            .get(id)
            .ok_or_else(|| Error::not_found("plugin", id))?;
        Ok(active.installation.clone())
    }

    /// Enables or disables an installation. Its proposals stay; while disabled it sees nothing. A quarantine ends.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Invalid`] for a state that only the host finds.
    pub fn set_plugin_state(
        &self,
        id: &InstallationId,
        state: InstallationState,
    ) -> Result<Installation, Error> {
        switchable(state)?;
        self.alter(id, |installation| {
            installation.state = state;
            installation.trouble = None;
            Ok(())
        })
    }

    /// Ends a quarantine. Deferred events reach the plugin at the rate that its limits allow.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Conflict`] if it is disabled or does not load.
    pub fn resume_plugin(&self, id: &InstallationId) -> Result<Installation, Error> {
        let shown = self.installation(id)?;
        let refuse = |problem| {
            Err(Error::Conflict {
                what: "plugin",
                problem,
            })
        };
        match (shown.state, shown.trouble) {
            (InstallationState::Disabled, _) => refuse(format!("{id} is switched off: enable it")),
            (InstallationState::Broken, Some(trouble)) => refuse(format!(
                "{id} does not load here: {}; install a version that does",
                trouble.reason
            )),
            _ => self.alter(id, |installation| {
                if installation.state == InstallationState::Quarantined {
                    installation.state = InstallationState::Enabled;
                    installation.trouble = None;
                }
                Ok(())
            }),
        }
    }

    /// Changes an installation's settings, after checking them against the plugin's own schema. A secret that is not
    /// given stays as it is; null removes it.
    ///
    /// # Errors
    /// [`Error::Invalid`] names the setting.
    pub fn set_plugin_settings(
        &self,
        id: &InstallationId,
        settings: Json,
    ) -> Result<Installation, Error> {
        // Another process may have changed the secrets, so each try reads them again.
        let secrets = std::cell::RefCell::new(None);
        let change = |installation: &mut Installation| {
            let stored = self.engine.store.plugin_secrets(id)?;
            let schema = &installation.manifest.settings;
            let resolved = ResolvedSettings::of(schema, settings.clone(), &stored)?;
            installation.settings = resolved.open.clone();
            installation.secrets = resolved.secrets.clone();
            // A new value under an old name is a change of the record too: who holds the old one is to notice.
            secrets.replace(Some(resolved));
            Ok(())
        };
        let noted = |before: &Installation, after: &Installation| {
            let resolved = secrets.borrow();
            let mut noted = Changeset::new();
            if let Some(resolved) = &*resolved {
                resolved.write(id, &mut noted);
                let mut set = changed_settings(Some(&before.settings), &after.settings);
                set.extend(resolved.changed());
                if !set.is_empty() {
                    let details = serde_json::json!({ "settings": set });
                    noted.push(self.act_of(Act::PluginSet, id.as_str(), details));
                }
            }
            noted.changes
        };
        self.engine.alter(id, change, noted)
    }

    /// Changes an installation's grants, from its next run on. `decided_on` is the installation's `version` that a
    /// person saw when they decided.
    ///
    /// # Errors
    /// [`Error::Invalid`] for what it does not ask for; [`Error::Conflict`] if the version has changed.
    pub fn set_plugin_grants(
        &self,
        id: &InstallationId,
        grants: Grants,
        decided_on: Option<u64>,
    ) -> Result<Installation, Error> {
        self.alter(id, |installation| {
            still_decided(installation, decided_on)?;
            grants.check(&installation.manifest)?;
            installation.grants = grants.clone();
            Ok(())
        })
    }

    /// Sets an installation's limits. Members that are not set follow the host's configuration.
    ///
    /// # Errors
    /// [`Error::Invalid`] names the limit.
    pub fn set_plugin_limits(
        &self,
        id: &InstallationId,
        limits: PluginLimits,
    ) -> Result<Installation, Error> {
        check_limits(&limits)?;
        self.alter(id, |installation| {
            installation.limits = limits;
            Ok(())
        })
    }
}

impl Host {
    /// Changes a record, as an act of this handle's actor.
    fn alter(
        &self,
        id: &InstallationId,
        change: impl Fn(&mut Installation) -> Result<(), Error>,
    ) -> Result<Installation, Error> {
        let noted = |before: &Installation, after: &Installation| self.acts(before, after);
        self.engine.alter(id, change, noted)
    }

    /// Returns the audit entries for a change of an installation.
    fn acts(&self, before: &Installation, after: &Installation) -> Vec<Change> {
        let id = after.id.as_str();
        let mut acts = Vec::new();
        if after.state != before.state {
            let act = match (before.state, after.state) {
                (InstallationState::Quarantined, InstallationState::Enabled) => Act::PluginResumed,
                (_, InstallationState::Enabled) => Act::PluginEnabled,
                _ => Act::PluginDisabled,
            };
            acts.push(self.act_of(act, id, serde_json::json!({})));
        }
        if after.grants != before.grants {
            let details = serde_json::json!({ "grants": after.grants });
            acts.push(self.act_of(Act::PluginSet, id, details));
        }
        if after.limits != before.limits {
            let details = serde_json::json!({ "limits": after.limits });
            acts.push(self.act_of(Act::PluginSet, id, details));
        }
        acts
    }
}
