//! Upgrades of installed plugins.

use super::Host;
use super::install_version::{Candidate, ReplaceMode, same_plugin};
use crate::engine::{GrantSpec, inspect};
use crate::error::Error;
use crate::model::*;
use crate::plugin::{AskDirection, VersionDiff, VersionName, diff_manifests};

/// A version to replace the installed one.
#[derive(Debug, Clone)]
pub struct UpgradeRequest {
    /// The component's bytes.
    pub wasm: Vec<u8>,
    /// Its source, as the operator chose it.
    pub source: String,
    /// A person's consent to everything that it asks for beyond the installed version. Asks that were refused stay
    /// refused, and `service` is granted by name alone.
    pub accept_wider: bool,
    /// The grants instead of those; giving them is consent too.
    pub grants: Option<Grants>,
    /// As before by default. Secrets that are not given stay.
    pub settings: Option<Json>,
    /// The installation's `version` that a person saw when they decided. If it has changed, the upgrade fails.
    pub decided_on: Option<u64>,
}

impl UpgradeRequest {
    /// Nothing wider accepted, settings as before.
    pub fn new(wasm: Vec<u8>, source: impl Into<String>) -> UpgradeRequest {
        UpgradeRequest {
            wasm,
            source: source.into(),
            accept_wider: false,
            grants: None,
            settings: None,
            decided_on: None,
        }
    }
}

impl Host {
    /// Returns the difference between a component and the installed version that it would replace.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Plugin`] says why it cannot be a plugin here; [`Error::Conflict`] that it is another
    /// plugin.
    pub fn compare(&self, id: &InstallationId, wasm: Vec<u8>) -> Result<VersionDiff, Error> {
        let installed = self.installation(id)?;
        let component = Component::new(wasm);
        let (inspection, loaded) = inspect(&self.engine.runtime, &component)?;
        same_plugin(&installed, &inspection.manifest)?;
        let changes = diff_manifests(&installed, &inspection.manifest);
        let asked = Grants::all_requested(&inspection.manifest);
        let granted = installed
            .grants
            .widened_to(&installed.manifest, &inspection.manifest);
        Ok(VersionDiff {
            from: VersionName {
                version: installed.manifest.version,
                digest: installed.digest,
            },
            to: VersionName {
                version: inspection.manifest.version,
                digest: inspection.digest,
            },
            wider: changes
                .iter()
                .any(|change| change.direction == AskDirection::Wider),
            changes,
            refused: asked.diff(&granted),
            migrates: loaded.migrates(),
        })
    }

    /// Replaces the installed version, in one transaction. Running calls end first, and new events wait for the new
    /// version. It takes over the memories, rewritten by its hook `migrate` if it has one. The last three versions are
    /// kept for [`Host::rollback`], with their memories.
    ///
    /// # Errors
    /// [`Error::WiderAsks`] if it asks for more and that is not accepted; [`Error::Plugin`] if it cannot be a plugin
    /// here, or cannot take over the memories; [`Error::Conflict`] if it is the same component, or another plugin, or
    /// the installation has changed since the decision; [`Error::Invalid`] for a setting or a grant. The old version
    /// stays then.
    pub fn upgrade(
        &self,
        id: &InstallationId,
        request: UpgradeRequest,
    ) -> Result<Installation, Error> {
        self.upgrade_telling(id, request, |_, _| {})
    }

    /// Upgrades as [`Host::upgrade`] does. `tell` receives the number of memories rewritten, and of all.
    pub fn upgrade_telling(
        &self,
        id: &InstallationId,
        request: UpgradeRequest,
        mut tell: impl FnMut(u64, u64),
    ) -> Result<Installation, Error> {
        self.engine.check_open()?;
        self.installation(id)?;
        let component = Component::new(request.wasm);
        let (inspection, loaded) = inspect(&self.engine.runtime, &component)?;
        let next = Candidate {
            component,
            loaded,
            manifest: inspection.manifest,
            source: request.source,
            grants: match request.grants {
                Some(grants) => GrantSpec::These(grants),
                None => GrantSpec::AsBefore {
                    accept_wider: request.accept_wider,
                },
            },
            settings: request.settings,
            priority: None,
            state: None,
            limits: None,
            over: ReplaceMode::Another,
            decided_on: request.decided_on,
        };
        self.install_version(id, next, &mut tell)
    }
}
