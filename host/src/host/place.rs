//! Putting a version of a plugin in its place: in one transaction with what it remembers, its secrets, its
//! schedules and the audit, so that there is the old version or the new one, and nothing in between.

use std::sync::Arc;

use super::migrate::Migration;
use super::plugins::switchable;
use super::settings::{Settled, set_otherwise};
use super::{Core, Host};
use crate::error::Error;
use crate::model::*;
use crate::plugin::{Active, AskChange, AskDirection, diff_manifests};
use crate::runtime::Plugin;
use crate::store::{Change, Changeset, Expect, StoreError};
use regulars_manifest::Manifest;

/// How many versions are kept beside the one that is installed.
pub(super) const KEPT: u32 = 3;
/// How often it is tried again because the plugin remembered something meanwhile.
const MAX_CONFLICTS: u32 = 16;

/// A version that is to be installed.
pub(super) struct Next {
    pub component: Component,
    pub loaded: Arc<Plugin>,
    pub manifest: Manifest,
    pub source: String,
    pub grants: Granting,
    /// As before, or none, where none are given; so with what follows.
    pub settings: Option<Json>,
    pub priority: Option<i32>,
    pub state: Option<InstallationState>,
    pub limits: Option<PluginLimits>,
    pub over: Over,
    /// The version of the record that this was decided on.
    pub decided_on: Option<u64>,
}

/// What it is granted.
pub(crate) enum Granting {
    These(Grants),
    /// Whatever it asks for, as far as nothing of that was refused before.
    AllAsked,
    /// As before, where it asks for nothing more; with the person's yes also what is new.
    AsBefore {
        accept_wider: bool,
    },
}

/// In whose place it may come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Over {
    Nothing,
    Anything,
    /// There must be one, of the same name and another component.
    Another,
}

impl Granting {
    pub fn settle(&self, before: Option<&Installation>, new: &Manifest) -> Result<Grants, Error> {
        let grants = match (self, before) {
            (Granting::These(grants), _) => grants.clone(),
            (Granting::AllAsked, Some(before))
                if before.grants != Grants::all_requested(&before.manifest) =>
            {
                before.grants.restricted_to(new)
            }
            (Granting::AsBefore { accept_wider }, Some(before)) => {
                let wider: Vec<AskChange> = diff_manifests(before, new)
                    .into_iter()
                    .filter(|change| change.direction == AskDirection::Wider)
                    .collect();
                if !wider.is_empty() && !accept_wider {
                    return Err(Error::WiderAsks {
                        plugin: before.id.clone(),
                        asks: wider.iter().map(ToString::to_string).collect(),
                    });
                }
                before.grants.widened_to(&before.manifest, new)
            }
            (_, _) => Grants::all_requested(new),
        };
        grants.check(new)?;
        Ok(grants)
    }
}

impl Host {
    /// Installs a version. `tell` hears how many of how many memories were taken over.
    pub(super) fn place(
        &self,
        id: &InstallationId,
        next: Next,
        tell: &mut dyn FnMut(u64, u64),
    ) -> Result<Installation, Error> {
        let mut migration = Migration::new(&self.core, id, next.loaded.clone());
        // Most of the work is done while the old version goes on; what it remembers meanwhile is looked at again.
        if let Some(before) = self.installed_other(id, &next) {
            // Nobody is asked to accept what is refused in any case.
            check_over(id, Some(&before), &next)?;
            next.grants.settle(Some(&before), &next.manifest)?;
            migration.round(&before.manifest.version, tell)?;
        } else if self.core.plugins().get(id).is_none()
            && let Some(from) = self.core.left_by(id, &next)?
        {
            migration.round(&from, tell)?;
        }
        // Compiling may take minutes: whoever wants to switch a plugin off does not wait for that.
        let _one = self.core.only_one_current()?;
        let plugins = self.core.plugins();
        let before = plugins.get(id).map(|active| active.stored());
        let before = before.as_ref();
        check_over(id, before, &next)?;
        // Whose memory it takes over; none where it is its own, or there is none.
        let from = match before {
            Some(before) if before.digest == next.component.digest => None,
            Some(before) => Some(before.manifest.version.clone()),
            None => self.core.left_by(id, &next)?,
        };
        let stored = self.core.store.plugin_secrets(id)?;
        let given = next.settings.clone();
        let settled = Settled::after(before, given, &next.manifest.settings, &stored)?;
        let left = match before {
            Some(before) => before.version,
            None => self.core.store.installation_version(id)?,
        };
        let installation = Installation {
            id: id.clone(),
            digest: next.component.digest,
            grants: next.grants.settle(before, &next.manifest)?,
            settings: settled.open.clone(),
            secrets: settled.secrets.clone(),
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
        base.expect(Expect::Installation {
            id: id.clone(),
            version: left,
        });
        base.push(Change::PutComponent(next.component));
        settled.write(id, &mut base);
        let act = match before {
            Some(_) => Act::PluginReplaced,
            None => Act::PluginInstalled,
        };
        let mut set = set_otherwise(
            before.map(|before| &before.settings),
            &installation.settings,
        );
        set.extend(settled.changed());
        let details = serde_json::json!({
            "version": installation.manifest.version, "digest": installation.digest,
            "source": installation.source, "grants": installation.grants,
            "state": installation.state, "priority": installation.priority,
            "settings": set,
        });
        base.push(self.act_of(act, id.as_str(), details));
        let gate = self.core.gate(&installation);
        let active = || Active::new(installation.clone(), next.loaded.clone(), gate.clone());
        let Some(from) = from else {
            return self.core.put(&base, installation.clone(), active()?);
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
        let _drained = self.core.drained(id);
        for _ in 0..MAX_CONFLICTS {
            let mut changeset = base.clone();
            migration.round(&from, tell)?;
            migration.write(&mut changeset);
            match self.core.put(&changeset, installation.clone(), active()?) {
                Err(Error::Store(StoreError::Conflict(Expect::Memories { .. }))) => {}
                other => return other,
            }
        }
        Err(Error::Conflict {
            what: "plugin",
            problem: format!("{id} remembers something all the time: switch it off, and try again"),
        })
    }

    /// What is installed where this would be another component in its place.
    fn installed_other(&self, id: &InstallationId, next: &Next) -> Option<Installation> {
        let plugins = self.core.plugins();
        let before = plugins.get(id)?.stored();
        let replaces = next.over != Over::Nothing && before.digest != next.component.digest;
        replaces.then_some(before)
    }
}

fn check_over(
    id: &InstallationId,
    before: Option<&Installation>,
    next: &Next,
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
        (Some(_), Over::Nothing) => Err(Error::Duplicate {
            what: "plugin",
            id: id.to_string(),
        }),
        (None, Over::Another) => Err(Error::not_found("plugin", id)),
        (Some(before), Over::Another) if before.digest == next.component.digest => {
            refuse(format!("{id} is this very component already"))
        }
        (Some(before), Over::Another) => same_plugin(before, &next.manifest),
        _ => Ok(()),
    }
}

/// That an installation is the one that a person looked at when they decided.
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

/// That a component is another version of what is installed, and no other plugin.
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

/// Nobody calls the plugin as long as it is there.
pub(super) struct Drained<'c> {
    core: &'c Arc<Core>,
    gate: Option<Arc<crate::dispatch::Gate>>,
}

impl Core {
    /// The version whose memory a component finds that is installed where nothing is, if it is another one.
    ///
    /// # Errors
    /// [`Error::Conflict`] where another plugin left it.
    fn left_by(&self, id: &InstallationId, next: &Next) -> Result<Option<String>, Error> {
        let left = self.store.left_memories(id)?;
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

    /// Lets nobody in to a plugin, and waits for those who are.
    pub(super) fn drained(self: &Arc<Core>, id: &InstallationId) -> Drained<'_> {
        let gate = self.plugins().get(id).map(|active| active.gate.clone());
        if let Some(gate) = &gate {
            gate.drain();
        }
        Drained { core: self, gate }
    }
}

impl Drop for Drained<'_> {
    fn drop(&mut self) {
        if let Some(gate) = &self.gate {
            gate.release();
            // Whoever waited outside is let in.
            self.core.dispatcher.wake();
        }
    }
}
