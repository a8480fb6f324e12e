use super::Host;
use super::install_version::{Candidate, ReplaceMode};
use crate::engine::{GrantSpec, inspect};
use crate::error::Error;
use crate::model::*;
use crate::plugin::Inspection;

/// A plugin to install, and its grants.
#[derive(Debug, Clone)]
pub struct InstallRequest {
    /// The component's bytes.
    pub wasm: Vec<u8>,
    /// Its source, as the operator chose it.
    pub source: String,
    /// The manifest's name by default.
    pub id: Option<InstallationId>,
    /// Everything that the plugin asks for by default, except `service`. If the replaced installation was granted
    /// less than it asked for, those of its grants that the new version still asks for.
    pub grants: Option<Grants>,
    /// Checked against the plugin's own schema. An empty object by default, or the settings of the replaced
    /// installation.
    pub settings: Option<Json>,
    /// As before or 0 by default.
    pub priority: Option<i32>,
    /// As before or enabled by default. A quarantine ends.
    pub state: Option<InstallationState>,
    /// As before or none by default.
    pub limits: Option<PluginLimits>,
    /// True if an installation of the same id may be replaced; its memory stays.
    pub replace: bool,
}

impl InstallRequest {
    /// Everything granted, default settings, enabled, nothing replaced.
    pub fn new(wasm: Vec<u8>, source: impl Into<String>) -> InstallRequest {
        InstallRequest {
            wasm,
            source: source.into(),
            id: None,
            grants: None,
            settings: None,
            priority: None,
            state: None,
            limits: None,
            replace: false,
        }
    }
}

impl Host {
    /// Returns a component's description. It is compiled, and introduces itself in a sandbox in which every import
    /// traps. Nothing is stored.
    ///
    /// # Errors
    /// [`Error::Plugin`] says why it cannot be a plugin here.
    pub fn inspect(&self, wasm: Vec<u8>) -> Result<Inspection, Error> {
        inspect(&self.engine.runtime, &Component::new(wasm)).map(|(inspection, _)| inspection)
    }

    /// Installs a plugin. It starts with the next event. A component that replaces another one takes over its
    /// memories, and the replaced version is kept, as with [`Host::upgrade`]; all its asks are granted, unless the
    /// request says otherwise.
    ///
    /// # Errors
    /// [`Error::Plugin`] says why it cannot be a plugin here, [`Error::Invalid`] which setting or
    /// grant is wrong, [`Error::Duplicate`] that the id is taken.
    pub fn install(&self, request: InstallRequest) -> Result<Installation, Error> {
        self.engine.check_open()?;
        let component = Component::new(request.wasm);
        let digest = component.digest;
        let asks_nothing = request.id.is_none()
            && request.settings.is_none()
            && request.grants.is_none()
            && request.priority.is_none()
            && request.state.is_none()
            && request.limits.is_none();
        if request.replace && asks_nothing {
            let plugins = self.engine.plugins();
            let same = plugins.all.iter().find(|active| {
                active.installation.digest == digest && active.installation.source == request.source
            });
            if let Some(same) = same {
                return Ok(same.installation.clone());
            }
        }
        let (inspection, loaded) = inspect(&self.engine.runtime, &component)?;
        let manifest = inspection.manifest;
        let id = match request.id {
            Some(id) => id,
            None => crate::plugin::own_id(&manifest)?,
        };
        if let Some(limits) = &request.limits {
            check_limits(limits)?;
        }
        let next = Candidate {
            component,
            loaded,
            manifest,
            source: request.source,
            grants: match request.grants {
                Some(grants) => GrantSpec::These(grants),
                None => GrantSpec::AllAsked,
            },
            settings: request.settings,
            priority: request.priority,
            state: request.state,
            limits: request.limits,
            decided_on: None,
            over: match request.replace {
                true => ReplaceMode::Anything,
                false => ReplaceMode::Nothing,
            },
        };
        self.install_version(&id, next, &mut |_, _| {})
    }
}

/// Returns a state that a person may set. The host sets the others.
pub(super) fn switchable(state: InstallationState) -> Result<InstallationState, Error> {
    match state {
        InstallationState::Enabled | InstallationState::Disabled => Ok(state),
        _ => Err(Error::invalid(
            "/state",
            "a plugin can be switched on or off; that it is quarantined or broken is what the host finds",
        )),
    }
}

pub(super) fn check_limits(limits: &PluginLimits) -> Result<(), Error> {
    match limits.out_of_range() {
        Some((name, most)) => Err(Error::invalid(
            format!("/limits/{name}"),
            format!("it must be 1 to {most}: to stop a plugin, disable it"),
        )),
        None => Ok(()),
    }
}
