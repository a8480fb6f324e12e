//! What is installed: looked at, switched, set, resumed.

use std::sync::{Arc, MutexGuard, PoisonError};

use super::place::still_decided;
use super::plugins::{check_limits, switchable};
use super::settings::{Settled, set_otherwise};
use super::{Core, Host};
use crate::error::Error;
use crate::model::*;
use crate::plugin_set::Active;
use crate::store::{Change, Changeset, Expect, StoreError};

/// How often a change is tried again because another process changed the same record.
const MAX_CONFLICTS: u32 = 16;

impl Host {
    /// By id.
    pub fn installations(&self) -> Vec<Installation> {
        self.core
            .plugins()
            .all
            .iter()
            .map(|active| active.installation.clone())
            .collect()
    }

    /// # Errors
    /// [`Error::NotFound`].
    pub fn installation(&self, id: &InstallationId) -> Result<Installation, Error> {
        let plugins = self.core.plugins();
        let active = plugins
            .get(id)
            .ok_or_else(|| Error::not_found("plugin", id))?;
        Ok(active.installation.clone())
    }

    /// Switches an installation on or off. What it proposed stays; while off it sees nothing. One that
    /// was quarantined is not any more.
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

    /// Ends a quarantine: what waited for the plugin reaches it at the rate that its limits allow.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Conflict`] where it is switched off or does not load.
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
    /// given stays as it is, and null forgets it.
    ///
    /// # Errors
    /// [`Error::Invalid`] names the setting.
    pub fn set_plugin_settings(
        &self,
        id: &InstallationId,
        settings: Json,
    ) -> Result<Installation, Error> {
        // Of another process's making: what it knows of secrets is looked at in the same try.
        let secrets = std::cell::RefCell::new(None);
        let change = |installation: &mut Installation| {
            let stored = self.core.store.plugin_secrets(id)?;
            let schema = &installation.manifest.settings;
            let settled = Settled::of(schema, settings.clone(), &stored)?;
            installation.settings = settled.open.clone();
            installation.secrets = settled.secrets.clone();
            // A new value under an old name is a change of the record too: who holds the old one is to notice.
            secrets.replace(Some(settled));
            Ok(())
        };
        let noted = |before: &Installation, after: &Installation| {
            let settled = secrets.borrow();
            let mut noted = Changeset::new();
            if let Some(settled) = &*settled {
                settled.write(id, &mut noted);
                let mut set = set_otherwise(Some(&before.settings), &after.settings);
                set.extend(settled.changed());
                if !set.is_empty() {
                    let details = serde_json::json!({ "settings": set });
                    noted.push(self.act_of(Act::PluginSet, id.as_str(), details));
                }
            }
            noted.changes
        };
        self.core.alter(id, change, noted)
    }

    /// Grants an installation something else of what it asks for, from its next run on. `decided_on` is its `version`
    /// that a person looked at when they decided, where one did.
    ///
    /// # Errors
    /// [`Error::Invalid`] for what it does not ask for; [`Error::Conflict`] where it is another version by now.
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

    /// Sets what an installation may use; members that are not set are as the host's configuration
    /// says.
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
        self.core.alter(id, change, noted)
    }

    /// What was done to an installation, for the audit.
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

impl Core {
    /// Nobody else of this process changes what is installed as long as it is held.
    fn only_one(&self) -> MutexGuard<'_, ()> {
        self.installing
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// [`Core::only_one`], with what other processes changed taken up.
    pub(super) fn only_one_current(&self) -> Result<MutexGuard<'_, ()>, Error> {
        let one = self.only_one();
        self.reload_plugins()?;
        Ok(one)
    }

    /// Changes a record, and again where another process was quicker. What `noted` gives is written
    /// with it.
    pub fn alter(
        self: &Arc<Core>,
        id: &InstallationId,
        change: impl Fn(&mut Installation) -> Result<(), Error>,
        noted: impl Fn(&Installation, &Installation) -> Vec<Change>,
    ) -> Result<Installation, Error> {
        self.open()?;
        let _one = self.only_one();
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
            changeset.expect(Expect::Installation {
                id: id.clone(),
                version: before.version,
            });
            changeset.changes.extend(noted);
            let next = self.like(active, installation.clone())?;
            match self.put(&changeset, installation, next) {
                Err(Error::Store(StoreError::Conflict(Expect::Installation { .. }))) => {
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

    /// The same code with another record.
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

    /// Writes an installation and its schedules, then exchanges the set that dispatch uses.
    pub(super) fn put(
        self: &Arc<Core>,
        base: &Changeset,
        installation: Installation,
        active: Active,
    ) -> Result<Installation, Error> {
        loop {
            let mut changeset = base.clone();
            changeset.push(Change::PutInstallation(installation.clone()));
            crate::dispatch::plan_schedules(self, &installation, &mut changeset)?;
            match self.commit(changeset) {
                // A fan-out went on meanwhile: look where it stands now.
                Err(Error::Store(StoreError::Conflict(Expect::Schedule { .. }))) => {}
                Err(error) => return Err(error),
                Ok(_) => break,
            }
        }
        let shown = active.installation.clone();
        self.exchange(active);
        self.dispatcher.wake();
        Ok(shown)
    }
}
