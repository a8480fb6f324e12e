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
    /// A person's yes to whatever it asks for beyond the version that is installed; what was refused that one
    /// stays refused, and `service` is granted by name alone.
    pub accept_wider: bool,
    /// The grants instead of those; giving them is consent too.
    pub grants: Option<Grants>,
    /// As before where none are given. Secrets that are not given stay in any case.
    pub settings: Option<Json>,
    /// The installation's `version` that a person looked at when they decided. Where it is another by now, nothing is
    /// changed.
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

    /// Puts another version in the place of the one that is installed, in one transaction. What runs ends first;
    /// whatever comes meanwhile waits for the new version. It takes over what the old one remembers, rewritten by its hook
    /// `migrate` where it has one. The last three versions are kept for [`Host::rollback`], with what they
    /// remembered.
    ///
    /// # Errors
    /// [`Error::WiderAsks`] where it asks for more and nobody accepted that; [`Error::Plugin`] where it cannot be a
    /// plugin here, or could not take over what is remembered; [`Error::Conflict`] where it is the same component, or
    /// another plugin, or the installation is not the one that was decided on; [`Error::Invalid`] for a setting or a
    /// grant. The old version works on then.
    pub fn upgrade(
        &self,
        id: &InstallationId,
        request: UpgradeRequest,
    ) -> Result<Installation, Error> {
        self.upgrade_telling(id, request, |_, _| {})
    }

    /// [`Host::upgrade`]; `tell` hears how many of how many memories were rewritten.
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
