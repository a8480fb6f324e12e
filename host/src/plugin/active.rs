use std::collections::HashMap;
use std::sync::Arc;

use crate::dispatch::Gate;
use crate::error::Error;
use crate::model::{Grants, Installation, InstallationId, InstallationState, Timestamp, Trouble};
use crate::plugin::schema::with_defaults;
use crate::plugin::{PluginError, Validator};
use crate::runtime;
use crate::store::Expect;

/// An installation with its code loaded.
pub(crate) struct Active {
    /// As it is stored, but for what is broken here.
    pub installation: Installation,
    /// None where it is broken.
    plugin: Option<Arc<runtime::Plugin>>,
    /// What is stored in place of what it shows, where it is broken here.
    stored: Option<(InstallationState, Option<Trouble>)>,
    pub gate: Arc<Gate>,
    /// As in the installation, to be shared with every run.
    pub grants: Arc<Grants>,
    /// The settings with their defaults filled in, as JSON text, without secrets.
    pub settings: Arc<str>,
    /// Input and output schema of each action.
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

    /// One whose component does not load here.
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
        // What a person switched off needs to load only when it is switched on.
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

    /// The code; none where it is broken.
    pub fn plugin(&self) -> Option<&Arc<runtime::Plugin>> {
        self.plugin.as_ref()
    }

    /// The record, without what is only so in this process.
    pub fn stored(&self) -> Installation {
        let mut installation = self.installation.clone();
        if let Some((state, trouble)) = &self.stored {
            installation.state = *state;
            installation.trouble = trouble.clone();
        }
        installation
    }

    /// That it is still this version which is installed: what a run leaves must not reach another one's memory.
    pub fn unchanged(&self) -> Expect {
        Expect::Installation {
            id: self.installation.id.clone(),
            version: self.installation.version,
        }
    }

    /// Whether what happens is meant for it, now or later.
    pub fn listens(&self) -> bool {
        self.installation.state != InstallationState::Disabled
    }
}

/// Every installation, by id. Replaced as a whole when one changes.
#[derive(Default)]
pub(crate) struct PluginSet {
    pub all: Vec<Arc<Active>>,
}

impl PluginSet {
    pub fn get(&self, id: &InstallationId) -> Option<&Arc<Active>> {
        self.all.iter().find(|active| active.installation.id == *id)
    }

    /// Those that what happens is meant for, now or later.
    pub fn listening(&self) -> impl Iterator<Item = &Arc<Active>> {
        self.all.iter().filter(|active| active.listens())
    }

    /// The same set with one installation put in or exchanged.
    pub fn with(&self, active: Active) -> PluginSet {
        let mut all = self.without(&active.installation.id).all;
        all.push(Arc::new(active));
        all.sort_by(|a, b| a.installation.id.cmp(&b.installation.id));
        PluginSet { all }
    }

    /// The same set without one installation.
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
