//! Rollback and uninstallation.

use serde_json::json;

use super::Host;
use super::install_version::{Drained, KEPT, still_decided};
use crate::engine::{Engine, ResolvedSettings};
use crate::error::Error;
use crate::model::*;
use crate::plugin_set::Active;
use crate::store::{Change, Changeset, KeptVersion, OrphanedMemories, Precondition};

/// The treatment of an uninstalled plugin's memories.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LeftMemory {
    /// They are kept. Installed again under the same id, the plugin finds them, rewritten by its hook `migrate` if it
    /// is another version.
    Keep,
    /// They are deleted.
    Purge,
}

/// A version to return to.
#[derive(Debug, Clone, Default)]
pub struct RollbackRequest {
    /// A kept version or its digest; the newest by default.
    pub to: Option<String>,
    /// A person's consent to grants beyond those of the installed version.
    pub accept_wider: bool,
    /// The grants instead of those; giving them is consent too.
    pub grants: Option<Grants>,
    /// As they were then by default.
    pub settings: Option<Json>,
    /// The installation's `version` that a person saw when they decided. If it has changed, the rollback fails.
    pub decided_on: Option<u64>,
}

impl RollbackRequest {
    /// Returns a request for the newest kept version, without further grants.
    pub fn newest() -> RollbackRequest {
        RollbackRequest::default()
    }

    /// Returns a request for this version, without further grants.
    pub fn to(version: impl Into<String>) -> RollbackRequest {
        RollbackRequest {
            to: Some(version.into()),
            ..RollbackRequest::default()
        }
    }
}

impl Host {
    /// The installed version, then those that can be returned to, newest first.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub fn plugin_versions(&self, id: &InstallationId) -> Result<Vec<PluginVersion>, Error> {
        let installed = self.installation(id)?;
        let kept = self.engine.store.kept_versions(id)?;
        let version = |installation: Installation| PluginVersion {
            version: installation.manifest.version,
            digest: installation.digest,
            source: installation.source,
            grants: installation.grants,
            replaced_at: None,
            remembered: None,
        };
        let kept = kept.into_iter().map(|kept| PluginVersion {
            replaced_at: Some(kept.replaced_at),
            remembered: Some(kept.remembered),
            ..version(kept.installation)
        });
        Ok(std::iter::once(version(installed)).chain(kept).collect())
    }

    /// Returns to a kept version, with its grants, settings and memories of then. Memories written since are dropped.
    /// The replaced version is kept in turn. Limits, priority and secrets stay as they are.
    ///
    /// # Errors
    /// [`Error::NotFound`] if there is no such version; [`Error::WiderAsks`] if it was granted more than the installed
    /// one and that is not accepted; [`Error::Plugin`] if it does not load here; [`Error::Invalid`] if its settings lack
    /// a secret that was removed meanwhile; [`Error::Conflict`] if the installation has changed since the decision.
    /// Nothing is changed then.
    pub fn rollback(
        &self,
        id: &InstallationId,
        request: RollbackRequest,
    ) -> Result<Installation, Error> {
        self.engine.check_open()?;
        let _one = self.engine.lock_current_plugins()?;
        let before = stored(&self.engine, id)?;
        still_decided(&before, request.decided_on)?;
        let kept = pick(
            id,
            self.engine.store.kept_versions(id)?,
            request.to.as_deref(),
        )?;
        let manifest = &kept.installation.manifest;
        let grants = match request.grants {
            Some(grants) => grants,
            None => {
                let grants = kept.installation.grants.clone();
                let asks = grants.diff(&before.grants);
                if !asks.is_empty() && !request.accept_wider {
                    let plugin = id.clone();
                    return Err(Error::WiderAsks { plugin, asks });
                }
                grants
            }
        };
        grants.check(manifest)?;
        let digest = kept.installation.digest;
        let component = self.engine.store.component(digest)?;
        let component = component.ok_or_else(|| Error::not_found("component", digest))?;
        let loaded = self.engine.runtime.load(&component)?;
        let stored_secrets = self.engine.store.plugin_secrets(id)?;
        let of_then = Some(&kept.installation);
        let resolved = ResolvedSettings::after(
            of_then,
            request.settings,
            &manifest.settings,
            &stored_secrets,
        )?;
        let installation = Installation {
            id: id.clone(),
            grants,
            settings: resolved.open.clone(),
            secrets: resolved.secrets.clone(),
            state: match before.state {
                InstallationState::Disabled => InstallationState::Disabled,
                _ => InstallationState::Enabled,
            },
            trouble: None,
            limits: before.limits,
            priority: before.priority,
            installed_at: before.installed_at,
            version: before.version + 1,
            ..kept.installation
        };
        let mut changeset = Changeset::new();
        changeset.expect(Precondition::Installation {
            id: id.clone(),
            version: before.version,
        });
        changeset.push(Change::KeepVersion {
            installation: id.clone(),
            at: self.now(),
        });
        changeset.push(Change::ReturnToVersion {
            installation: id.clone(),
            number: kept.number,
        });
        changeset.push(Change::DropVersions {
            installation: id.clone(),
            keep: KEPT,
        });
        resolved.write(id, &mut changeset);
        let details = json!({
            "from": before.manifest.version, "version": installation.manifest.version,
            "digest": installation.digest, "grants": installation.grants,
        });
        changeset.push(self.act_of(Act::PluginRolledBack, id.as_str(), details));
        let admission = self.engine.admission(&installation);
        let active = Active::new(installation.clone(), loaded, admission)?;
        let _drained = Drained::new(&self.engine, id);
        self.engine
            .put_installation(&changeset, installation, active)
    }

    /// Returns the memories left behind by an uninstalled plugin, and the version that wrote them. `None` if there are
    /// none. A plugin installed under that id finds them: the same component unchanged, another version through its
    /// hook `migrate`.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn orphaned_memories(
        &self,
        id: &InstallationId,
    ) -> Result<Option<OrphanedMemories>, Error> {
        Ok(self.engine.store.orphaned_memories(id)?)
    }

    /// Uninstalls a plugin, with its kept versions, secrets, schedules, timers and deferred events. Its open cards and
    /// questions are dismissed, and its queued messages cancelled. Tasks stay, because they are people's work by now,
    /// and so do its runs. The memories of a plugin that is not installed any more can still be purged.
    ///
    /// # Errors
    /// [`Error::NotFound`] if it is not installed, and nothing is to be purged.
    pub fn uninstall(&self, id: &InstallationId, memory: LeftMemory) -> Result<(), Error> {
        self.engine.check_open()?;
        let _one = self.engine.lock_current_plugins()?;
        let mut changeset = Changeset::new();
        let mut details = json!({ "memory": match memory {
            LeftMemory::Keep => "kept",
            LeftMemory::Purge => "purged",
        }});
        match stored(&self.engine, id) {
            Ok(before) => {
                changeset.expect(Precondition::Installation {
                    id: id.clone(),
                    version: before.version,
                });
                changeset.uninstall(id);
                details["version"] = json!(before.manifest.version);
                details["digest"] = json!(before.digest);
            }
            Err(error) => {
                let was_there = self.engine.store.installation_version(id)? > 0;
                if memory == LeftMemory::Keep || !was_there {
                    return Err(error);
                }
            }
        }
        if memory == LeftMemory::Purge {
            changeset.push(Change::ForgetMemories(id.clone()));
        }
        changeset.push(self.act_of(Act::PluginUninstalled, id.as_str(), details));
        let _drained = Drained::new(&self.engine, id);
        self.engine.commit(changeset)?;
        self.engine.remove_plugin(id);
        Ok(())
    }
}

/// Returns the stored record of an installation.
fn stored(engine: &Engine, id: &InstallationId) -> Result<Installation, Error> {
    let plugins = engine.plugins();
    let active = plugins.get(id);
    let active = active.ok_or_else(|| Error::not_found("plugin", id))?;
    Ok(active.stored())
}

/// Returns true if `to` names this version or its digest, or is `None`.
pub fn is_meant(to: Option<&str>, version: &str, digest: Digest) -> bool {
    to.is_none_or(|to| version == to || digest.to_string() == to)
}

fn pick(
    id: &InstallationId,
    kept: Vec<KeptVersion>,
    to: Option<&str>,
) -> Result<KeptVersion, Error> {
    let known: Vec<String> = kept
        .iter()
        .map(|kept| crate::text::line(&kept.installation.manifest.version, 64))
        .collect();
    let found = kept.into_iter().find(|kept| {
        let installation = &kept.installation;
        is_meant(to, &installation.manifest.version, installation.digest)
    });
    found.ok_or_else(|| {
        let to = to.map_or(String::new(), |to| crate::text::line(to, 80));
        let which = match known.is_empty() {
            true => format!("{to} of {id}, of which none is kept"),
            false => format!("{to} of {id}, of which are kept: {}", known.join(", ")),
        };
        Error::not_found("version", which.trim_start())
    })
}
