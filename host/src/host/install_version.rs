//! Installation of a version, in one transaction with its memories, secrets, schedules and the audit.

use std::sync::Arc;

use super::Host;
use super::migrate::Migration;
use super::plugins::switchable;
use crate::engine::{Engine, GrantSpec, ResolvedSettings, changed_settings};
use crate::error::Error;
use crate::model::*;
use crate::plugin::admission::AdmissionController;
use crate::plugin_set::Active;
use crate::runtime::Plugin;
use crate::store::{Change, Changeset, Precondition, Store, StoreError};
use regulars_manifest::Manifest;

/// The versions that are kept beside the installed one.
pub(super) const KEPT: u32 = 3;
/// The most tries, each after the plugin wrote to its memory.
const MAX_CONFLICTS: u32 = 16;

/// A version to be installed.
pub(super) struct Candidate {
    pub component: Component,
    pub loaded: Arc<Plugin>,
    pub manifest: Manifest,
    pub source: String,
    pub grants: GrantSpec,
    /// The settings; as before or empty by default, and likewise below.
    pub settings: Option<Json>,
    pub priority: Option<i32>,
    pub state: Option<InstallationState>,
    pub limits: Option<PluginLimits>,
    pub over: ReplaceMode,
    /// The version of the record that a person decided on.
    pub decided_on: Option<u64>,
}

/// The installation that may be replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ReplaceMode {
    Nothing,
    Anything,
    /// It must exist, with the same name and another component.
    Another,
}

impl Host {
    /// Installs a version. `tell` receives the number of memories rewritten, and of all.
    pub(super) fn install_version(
        &self,
        id: &InstallationId,
        next: Candidate,
        tell: &mut dyn FnMut(u64, u64),
    ) -> Result<Installation, Error> {
        let mut migration = Migration::new(&self.engine, id, next.loaded.clone());
        // Most memories are rewritten while the old version runs. Those that it changes meanwhile are rewritten again.
        if let Some(before) = self.installed_other(id, &next) {
            // Checked first, so that no person is asked to accept a version that is refused anyway.
            check_over(id, Some(&before), &next)?;
            next.grants.resolve(Some(&before), &next.manifest)?;
            migration.round(&before.manifest.version, tell)?;
        } else if self.engine.plugins().get(id).is_none()
            && let Some(from) = left_by(&*self.engine.store, id, &next)?
        {
            migration.round(&from, tell)?;
        }
        // Locked after compiling, which may take minutes: meanwhile plugins can be disabled.
        let _one = self.engine.lock_current_plugins()?;
        let plugins = self.engine.plugins();
        let before = plugins.get(id).map(|active| active.stored());
        let before = before.as_ref();
        check_over(id, before, &next)?;
        // The version whose memories it takes over, if there are any of another version.
        let from = match before {
            Some(before) if before.digest == next.component.digest => None,
            Some(before) => Some(before.manifest.version.clone()),
            None => left_by(&*self.engine.store, id, &next)?,
        };
        let stored = self.engine.store.plugin_secrets(id)?;
        let given = next.settings.clone();
        let resolved = ResolvedSettings::after(before, given, &next.manifest.settings, &stored)?;
        let left = match before {
            Some(before) => before.version,
            None => self.engine.store.installation_version(id)?,
        };
        let installation = Installation {
            id: id.clone(),
            digest: next.component.digest,
            grants: next.grants.resolve(before, &next.manifest)?,
            settings: resolved.open.clone(),
            secrets: resolved.secrets.clone(),
            source: next.source,
            state: match (next.state, before.map(|before| before.state)) {
                (Some(state), _) => switchable(state)?,
                (None, Some(InstallationState::Disabled)) => InstallationState::Disabled,
                (None, _) => InstallationState::Enabled,
            },
            trouble: None,
            limits: next
                .limits
                .or(before.map(|before| before.limits))
                .unwrap_or_default(),
            priority: next
                .priority
                .or(before.map(|before| before.priority))
                .unwrap_or(0),
            installed_at: before.map_or_else(|| self.now(), |before| before.installed_at),
            version: left + 1,
            manifest: next.manifest,
        };
        let mut base = Changeset::new();
        base.expect(Precondition::Installation {
            id: id.clone(),
            version: left,
        });
        base.push(Change::PutComponent(next.component));
        resolved.write(id, &mut base);
        let act = match before {
            Some(_) => Act::PluginReplaced,
            None => Act::PluginInstalled,
        };
        let mut set = changed_settings(
            before.map(|before| &before.settings),
            &installation.settings,
        );
        set.extend(resolved.changed());
        let details = serde_json::json!({
            "version": installation.manifest.version, "digest": installation.digest,
            "source": installation.source, "grants": installation.grants,
            "state": installation.state, "priority": installation.priority,
            "settings": set,
        });
        base.push(self.act_of(act, id.as_str(), details));
        let admission = self.engine.admission(&installation);
        let active = || Active::new(installation.clone(), next.loaded.clone(), admission.clone());
        let Some(from) = from else {
            return self
                .engine
                .put_installation(&base, installation.clone(), active()?);
        };
        if before.is_some() {
            base.push(Change::KeepVersion {
                installation: id.clone(),
                at: self.now(),
            });
            base.push(Change::DropVersions {
                installation: id.clone(),
                keep: KEPT,
            });
        }
        let _drained = Drained::new(&self.engine, id);
        for _ in 0..MAX_CONFLICTS {
            let mut changeset = base.clone();
            migration.round(&from, tell)?;
            migration.write(&mut changeset);
            match self
                .engine
                .put_installation(&changeset, installation.clone(), active()?)
            {
                Err(Error::Store(StoreError::Conflict(Precondition::Memories { .. }))) => {}
                other => return other,
            }
        }
        Err(Error::Conflict {
            what: "plugin",
            problem: format!("{id} remembers something all the time: switch it off, and try again"),
        })
    }

    /// Returns the installation, if this version would replace its component.
    fn installed_other(&self, id: &InstallationId, next: &Candidate) -> Option<Installation> {
        let plugins = self.engine.plugins();
        let before = plugins.get(id)?.stored();
        let replaces = next.over != ReplaceMode::Nothing && before.digest != next.component.digest;
        replaces.then_some(before)
    }
}

fn check_over(
    id: &InstallationId,
    before: Option<&Installation>,
    next: &Candidate,
) -> Result<(), Error> {
    if let Some(before) = before {
        still_decided(before, next.decided_on)?;
    }
    let refuse = |problem: String| {
        Err(Error::Conflict {
            what: "plugin",
            problem,
        })
    };
    match (before, next.over) {
        (Some(_), ReplaceMode::Nothing) => Err(Error::Duplicate {
            what: "plugin",
            id: id.to_string(),
        }),
        (None, ReplaceMode::Another) => Err(Error::not_found("plugin", id)),
        (Some(before), ReplaceMode::Another) if before.digest == next.component.digest => {
            refuse(format!("{id} is this very component already"))
        }
        (Some(before), ReplaceMode::Another) => same_plugin(before, &next.manifest),
        _ => Ok(()),
    }
}

/// Checks that the installation is the one that a person decided on.
pub(super) fn still_decided(before: &Installation, on: Option<u64>) -> Result<(), Error> {
    if on.is_none_or(|version| version == before.version) {
        return Ok(());
    }
    let id = &before.id;
    Err(Error::Conflict {
        what: "plugin",
        problem: format!(
            "{id} was changed while you decided: it is {} now, perhaps granted otherwise. Nothing is changed; look at \
             what the difference is by now, and decide again",
            crate::text::line(&before.manifest.version, 64)
        ),
    })
}

/// Checks that a component is another version of the installed plugin.
pub(super) fn same_plugin(before: &Installation, new: &Manifest) -> Result<(), Error> {
    if before.manifest.name == new.name {
        return Ok(());
    }
    let id = &before.id;
    Err(Error::Conflict {
        what: "plugin",
        problem: format!(
            "this component calls itself {}, and {id} calls itself {}: install it beside, or uninstall {id} first",
            crate::text::line(&new.name, 64),
            crate::text::line(&before.manifest.name, 64)
        ),
    })
}

/// Keeps a plugin from being called until it is dropped.
pub(super) struct Drained<'e> {
    engine: &'e Engine,
    admission: Option<Arc<AdmissionController>>,
}

impl Drained<'_> {
    /// Rejects all calls of a plugin, and waits for those that run.
    pub fn new<'e>(engine: &'e Engine, id: &InstallationId) -> Drained<'e> {
        let plugins = engine.plugins();
        let admission = plugins.get(id).map(|active| active.admission.clone());
        if let Some(admission) = &admission {
            admission.drain();
        }
        Drained { engine, admission }
    }
}

impl Drop for Drained<'_> {
    fn drop(&mut self) {
        if let Some(admission) = &self.admission {
            admission.release();
            // Events that were deferred meanwhile are let in.
            self.engine.alarm.ring();
        }
    }
}

/// Returns the version that left the memories under an id without an installation, unless it is this component.
///
/// # Errors
/// [`Error::Conflict`] if another plugin left them.
fn left_by(
    store: &dyn Store,
    id: &InstallationId,
    next: &Candidate,
) -> Result<Option<String>, Error> {
    let left = store.orphaned_memories(id)?;
    let Some(of) = left.and_then(|left| left.of) else {
        return Ok(None);
    };
    if of.name != next.manifest.name {
        return Err(Error::Conflict {
            what: "plugin",
            problem: format!(
                "what {} remembers is kept under the id {id}, and this component calls itself {}: install it \
                 under another id, or have that forgotten first (regulars plugin uninstall {id} --purge)",
                crate::text::line(&of.name, 64),
                crate::text::line(&next.manifest.name, 64)
            ),
        });
    }
    Ok((of.digest != next.component.digest).then_some(of.version))
}
