use std::collections::HashMap;
use std::sync::Arc;

use crate::dispatch::Gate;
use crate::error::Error;
use crate::model::{Grants, Installation, InstallationId, InstallationState, Timestamp, Trouble};
use crate::plugin::schema::with_defaults;
use crate::plugin::{PluginError, Validator};
use crate::runtime;
use crate::store::Expect;

/// An installation with its loaded component.
pub(crate) struct Active {
    /// The stored record, except for the state of a broken component.
    pub installation: Installation,
    /// `None` if the component is broken.
    plugin: Option<Arc<runtime::Plugin>>,
    /// The stored state, if the shown one is `Broken`.
    stored: Option<(InstallationState, Option<Trouble>)>,
    pub gate: Arc<Gate>,
    /// The installation's grants, shared with every run.
    pub grants: Arc<Grants>,
    /// The settings with their defaults as JSON text, without secrets.
    pub settings: Arc<str>,
    /// The input and output schemas of each action.
    pub actions: HashMap<String, (Validator, Validator)>,
}

impl Active {
    pub fn new(
        installation: Installation,
        plugin: Arc<runtime::Plugin>,
        gate: Arc<Gate>,
    ) -> Result<Active, Error> {
        let schema = &installation.manifest.settings;
        let settings = with_defaults(schema, &installation.settings);
        let mut actions = HashMap::new();
        for action in &installation.manifest.actions {
            let compile = |schema| {
                Validator::new(schema).map_err(|problem| PluginError::Manifest {
                    at: format!("/actions/{}", action.id),
                    problem,
                })
            };
            actions.insert(
                action.id.clone(),
                (compile(&action.input)?, compile(&action.output)?),
            );
        }
        Ok(Active {
            grants: Arc::new(installation.grants.clone()),
            settings: settings.to_string().into(),
            actions,
            plugin: Some(plugin),
            stored: None,
            gate,
            installation,
        })
    }

    /// Creates an installation whose component does not load.
    pub fn broken(
        mut installation: Installation,
        reason: String,
        now: Timestamp,
        gate: Arc<Gate>,
    ) -> Active {
        let trouble = Trouble {
            reason,
            since: now,
            next_trial: None,
            trials: 0,
        };
        let stored = (installation.state, installation.trouble.replace(trouble));
        // The component of a disabled plugin needs to load only once it is enabled.
        if installation.state != InstallationState::Disabled {
            installation.state = InstallationState::Broken;
        }
        Active {
            grants: Arc::default(),
            settings: "{}".into(),
            actions: HashMap::new(),
            plugin: None,
            stored: Some(stored),
            gate,
            installation,
        }
    }

    /// Returns the loaded component. `None` if it is broken.
    pub fn plugin(&self) -> Option<&Arc<runtime::Plugin>> {
        self.plugin.as_ref()
    }

    /// Returns the record to store, without the state of this process.
    pub fn stored(&self) -> Installation {
        let mut installation = self.installation.clone();
        if let Some((state, trouble)) = &self.stored {
            installation.state = *state;
            installation.trouble = trouble.clone();
        }
        installation
    }

    /// Returns the precondition that the same version is still installed: a run's effects must not reach
    /// another version's memory.
    pub fn unchanged(&self) -> Expect {
        Expect::Installation {
            id: self.installation.id.clone(),
            version: self.installation.version,
        }
    }

    /// Returns true unless the plugin is disabled.
    pub fn listens(&self) -> bool {
        self.installation.state != InstallationState::Disabled
    }
}

/// All installations, sorted by id. A change replaces the whole set.
#[derive(Default)]
pub(crate) struct PluginSet {
    pub all: Vec<Arc<Active>>,
}

impl PluginSet {
    pub fn get(&self, id: &InstallationId) -> Option<&Arc<Active>> {
        self.all.iter().find(|active| active.installation.id == *id)
    }

    /// Returns the installations that are not disabled.
    pub fn listening(&self) -> impl Iterator<Item = &Arc<Active>> {
        self.all.iter().filter(|active| active.listens())
    }

    /// Returns the set with one installation added or replaced.
    pub fn with(&self, active: Active) -> PluginSet {
        let mut all = self.without(&active.installation.id).all;
        all.push(Arc::new(active));
        all.sort_by(|a, b| a.installation.id.cmp(&b.installation.id));
        PluginSet { all }
    }

    /// Returns the set without one installation.
    pub fn without(&self, id: &InstallationId) -> PluginSet {
        let others = self.all.iter();
        PluginSet {
            all: others
                .filter(|other| other.installation.id != *id)
                .cloned()
                .collect(),
        }
    }
}
