use std::sync::Arc;

use super::place::{Granting, Next, Over};
use super::{Core, Host};
use crate::error::Error;
use crate::model::*;
use crate::plugin::{Inspection, PluginError};

/// What to install, and what it is granted.
#[derive(Debug, Clone)]
pub struct InstallRequest {
    /// The component's bytes.
    pub wasm: Vec<u8>,
    /// Where it came from, as the operator chose it.
    pub source: String,
    /// The manifest's name where none is given.
    pub id: Option<InstallationId>,
    /// Everything the plugin asks for where none is given, but `service`. Where an installation is replaced that was
    /// granted less than it asked for: what of that the new version still asks for.
    pub grants: Option<Grants>,
    /// Checked against the plugin's own schema. An empty object, or on replacing what was set before, where none is given.
    pub settings: Option<Json>,
    /// As before, or 0, where none is given.
    pub priority: Option<i32>,
    /// As before, or enabled, where none is given. What was quarantined gets another chance.
    pub state: Option<InstallationState>,
    /// As before, or none, where none is given.
    pub limits: Option<PluginLimits>,
    /// Whether an installation of the same id may be replaced; its memory stays.
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
    /// What a component is and asks for. It is compiled, and introduces itself in a sandbox where
    /// every import traps; nothing is kept.
    ///
    /// # Errors
    /// [`Error::Plugin`] says why it cannot be a plugin here.
    pub fn inspect(&self, wasm: Vec<u8>) -> Result<Inspection, Error> {
        self.core
            .inspect(&Component::new(wasm))
            .map(|(inspection, _)| inspection)
    }

    /// Installs a plugin. It starts with the next event. Another component in the place of one that is installed
    /// takes over what it remembers, and the version of before is kept, as with [`Host::upgrade`]; whatever
    /// that asks for is granted, unless the request says otherwise.
    ///
    /// # Errors
    /// [`Error::Plugin`] says why it cannot be a plugin here, [`Error::Invalid`] which setting or
    /// grant is wrong, [`Error::Duplicate`] that the id is taken.
    pub fn install(&self, request: InstallRequest) -> Result<Installation, Error> {
        self.core.open()?;
        let component = Component::new(request.wasm);
        let digest = component.digest;
        let asks_nothing = request.id.is_none()
            && request.settings.is_none()
            && request.grants.is_none()
            && request.priority.is_none()
            && request.state.is_none()
            && request.limits.is_none();
        if request.replace && asks_nothing {
            let plugins = self.core.plugins();
            let same = plugins.all.iter().find(|active| {
                active.installation.digest == digest && active.installation.source == request.source
            });
            if let Some(same) = same {
                return Ok(same.installation.clone());
            }
        }
        let (inspection, loaded) = self.core.inspect(&component)?;
        let manifest = inspection.manifest;
        let id = match request.id {
            Some(id) => id,
            None => crate::plugin::own_id(&manifest)?,
        };
        if let Some(limits) = &request.limits {
            check_limits(limits)?;
        }
        let next = Next {
            component,
            loaded,
            manifest,
            source: request.source,
            grants: match request.grants {
                Some(grants) => Granting::These(grants),
                None => Granting::AllAsked,
            },
            settings: request.settings,
            priority: request.priority,
            state: request.state,
            limits: request.limits,
            decided_on: None,
            over: match request.replace {
                true => Over::Anything,
                false => Over::Nothing,
            },
        };
        self.place(&id, next, &mut |_, _| {})
    }
}

impl Core {
    /// What it is and asks for, and its code.
    pub fn inspect(
        &self,
        component: &Component,
    ) -> Result<(Inspection, Arc<crate::runtime::Plugin>), Error> {
        let loaded = self.runtime.load(component)?;
        let manifest = crate::plugin::read(&self.runtime.describe(&loaded)?)?;
        let needs_events = !manifest.subscribes.is_empty() || !manifest.schedules.is_empty();
        if needs_events && !loaded.has_events() {
            return Err(PluginError::MissingExport(
                "regulars:plugin/events@0.1.0, which its manifest needs,".to_owned(),
            )
            .into());
        }
        if !manifest.actions.is_empty() && !loaded.has_actions() {
            return Err(PluginError::MissingExport(
                "regulars:plugin/actions@0.1.0, which its manifest needs,".to_owned(),
            )
            .into());
        }
        let hooks = [
            ("events", loaded.has_events()),
            ("actions", loaded.has_actions()),
            ("migrate", loaded.migrates()),
        ];
        let inspection = Inspection {
            digest: component.digest,
            size: component.wasm.len() as u64,
            imports: loaded.imports().to_vec(),
            hooks: hooks
                .into_iter()
                .filter(|(_, has)| *has)
                .map(|(name, _)| name)
                .collect(),
            grants: Grants::all_requested(&manifest),
            risk_flags: crate::plugin::risk_flags(&manifest),
            words: crate::plugin::sections(&manifest),
            manifest,
        };
        Ok((inspection, loaded))
    }
}

/// What a person may set; the other states are the host's findings.
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
