use std::collections::HashMap;
use std::sync::Arc;

use crate::error::Error;
use crate::model::{Installation, InstallationId, InstallationState};
use crate::plugin::schema::with_defaults;
use crate::plugin::{PluginError, Validator};
use crate::runtime;

/// An installation with its code loaded.
pub(crate) struct Active {
    pub installation: Installation,
    pub plugin: Arc<runtime::Plugin>,
    /// The settings with their defaults filled in, as JSON text.
    pub settings: Arc<str>,
    /// Input and output schema of each action.
    pub actions: HashMap<String, (Validator, Validator)>,
}

impl Active {
    pub fn new(installation: Installation, plugin: Arc<runtime::Plugin>) -> Result<Active, Error> {
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
            settings: settings.to_string().into(),
            actions,
            plugin,
            installation,
        })
    }

    pub fn enabled(&self) -> bool {
        self.installation.state == InstallationState::Enabled
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

    pub fn enabled(&self) -> impl Iterator<Item = &Arc<Active>> {
        self.all.iter().filter(|active| active.enabled())
    }

    /// The same set with one installation put in or exchanged.
    pub fn with(&self, active: Active) -> PluginSet {
        let id = &active.installation.id;
        let mut all: Vec<Arc<Active>> = self
            .all
            .iter()
            .filter(|other| other.installation.id != *id)
            .cloned()
            .collect();
        all.push(Arc::new(active));
        all.sort_by(|a, b| a.installation.id.cmp(&b.installation.id));
        PluginSet { all }
    }
}
