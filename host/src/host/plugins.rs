use std::sync::{Arc, PoisonError};

use super::{Core, Host};
use crate::error::Error;
use crate::model::*;
use crate::plugin::{Active, Inspection, PluginError, Validator};
use crate::store::{Change, Changeset, Expect};

/// What to install, and what it is granted.
#[derive(Debug, Clone)]
pub struct InstallRequest {
    /// The component's bytes.
    pub wasm: Vec<u8>,
    /// Where it came from, as the operator chose it.
    pub source: String,
    /// The manifest's name where none is given.
    pub id: Option<InstallationId>,
    /// Everything the plugin asks for where none is given. Where an installation is replaced that was
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

    /// Installs a plugin. It starts with the next event.
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
            None => manifest.name.parse().map_err(|_| PluginError::Manifest {
                at: "/name".to_owned(),
                problem: "it cannot name an installation".to_owned(),
            })?,
        };
        if let Some(limits) = &request.limits {
            check_limits(limits)?;
        }
        // Compiling may take minutes: whoever wants to switch a plugin off does not wait for that.
        let _one = self
            .core
            .installing
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        self.core.reload_plugins()?;
        let plugins = self.core.plugins();
        let before = plugins.get(&id).map(|active| active.stored());
        let before = before.as_ref();
        if before.is_some() && !request.replace {
            return Err(Error::Duplicate {
                what: "plugin",
                id: id.to_string(),
            });
        }
        let settings = request
            .settings
            .or_else(|| before.map(|before| before.settings.clone()))
            .unwrap_or_else(|| serde_json::json!({}));
        check_settings(&manifest.settings, &settings)?;
        let grants = match (request.grants, before) {
            (Some(grants), _) => grants,
            (None, Some(before)) if before.grants != Grants::all_asked(&before.manifest) => {
                before.grants.narrowed_to(&manifest)
            }
            (None, _) => Grants::all_asked(&manifest),
        };
        grants.check(&manifest)?;
        let installation = Installation {
            digest,
            source: request.source,
            grants,
            settings,
            state: match (request.state, before.map(|before| before.state)) {
                (Some(state), _) => switchable(state)?,
                (None, Some(InstallationState::Disabled)) => InstallationState::Disabled,
                (None, _) => InstallationState::Enabled,
            },
            trouble: None,
            limits: request
                .limits
                .or(before.map(|before| before.limits))
                .unwrap_or_default(),
            priority: request
                .priority
                .or(before.map(|before| before.priority))
                .unwrap_or(0),
            installed_at: before.map_or_else(|| self.now(), |before| before.installed_at),
            version: before.map_or(0, |before| before.version) + 1,
            manifest,
            id,
        };
        let mut changeset = Changeset::new();
        changeset.expect(Expect::Installation {
            id: installation.id.clone(),
            version: installation.version - 1,
        });
        changeset.push(Change::PutComponent(component));
        let act = match before {
            Some(_) => Act::PluginReplaced,
            None => Act::PluginInstalled,
        };
        let details = serde_json::json!({
            "version": installation.manifest.version, "digest": installation.digest,
            "source": installation.source, "grants": installation.grants,
            "state": installation.state, "priority": installation.priority,
            "settings": set_otherwise(before.map(|before| &before.settings), &installation.settings),
        });
        changeset.push(self.act_of(act, installation.id.as_str(), details));
        let gate = self.core.gate(&installation);
        let active = Active::new(installation.clone(), loaded, gate)?;
        self.core.put(&changeset, installation, active)
    }
}

impl Core {
    fn inspect(
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

/// The names of the settings that differ. Their values may be secrets.
pub(super) fn set_otherwise(before: Option<&Json>, after: &Json) -> Vec<String> {
    let member = |settings: Option<&Json>, name: &str| settings?.get(name).cloned();
    let names = |settings: &Json| -> Vec<String> {
        let members = settings.as_object().into_iter().flatten();
        members.map(|(name, _)| name.clone()).collect()
    };
    let mut all = before.map(names).unwrap_or_default();
    all.extend(names(after));
    all.sort();
    all.dedup();
    all.retain(|name| member(before, name) != member(Some(after), name));
    all
}

pub(super) fn check_settings(schema: &Json, settings: &Json) -> Result<(), Error> {
    if !settings.is_object() {
        return Err(Error::invalid("/settings", "a JSON object is expected"));
    }
    if !shallow(settings) {
        return Err(Error::invalid(
            "/settings",
            format!("arrays and objects may lie in one another {MAX_DEPTH} deep at the most"),
        ));
    }
    let validator = Validator::new(schema).map_err(|problem| PluginError::Manifest {
        at: "/settings".to_owned(),
        problem,
    })?;
    validator
        .check(settings)
        .map_err(|errors| match errors.into_iter().next() {
            Some(first) => Error::invalid(format!("/settings{}", first.at), first.problem),
            None => Error::invalid("/settings", "the plugin's schema refuses them"),
        })
}
