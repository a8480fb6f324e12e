//! The installed plugins, each with its code, its grants and its admission.

use std::collections::HashMap;
use std::sync::Arc;

use crate::error::Error;
use crate::model::{
    EventData, Grants, Installation, InstallationId, InstallationState, Timestamp, Trouble,
};
use crate::plugin::admission::AdmissionController;
use crate::plugin::{PluginError, Validator, with_defaults};
use crate::runtime;
use crate::store::Precondition;

/// The event that tells followers of the log that a customer was erased.
pub(crate) const CUSTOMER_ERASED: &str = "customer.erased";

/// An installation with its loaded component.
pub(crate) struct Active {
    /// The stored record. A component that does not load here shows as `Broken`.
    pub installation: Installation,
    /// `None` if the component does not load here.
    plugin: Option<Arc<runtime::Plugin>>,
    /// The stored state and trouble, if the component does not load here.
    stored: Option<(InstallationState, Option<Trouble>)>,
    /// Stays the same for as long as the host runs.
    pub admission: Arc<AdmissionController>,
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
        admission: Arc<AdmissionController>,
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
            admission,
            installation,
        })
    }

    /// An installation whose component does not load here.
    pub fn broken(
        mut installation: Installation,
        reason: String,
        now: Timestamp,
        admission: Arc<AdmissionController>,
    ) -> Active {
        let trouble = Trouble {
            reason,
            since: now,
            next_trial: None,
            trials: 0,
        };
        let stored = (installation.state, installation.trouble.replace(trouble));
        // A disabled plugin need not load until it is enabled.
        if installation.state != InstallationState::Disabled {
            installation.state = InstallationState::Broken;
        }
        Active {
            grants: Arc::default(),
            settings: "{}".into(),
            actions: HashMap::new(),
            plugin: None,
            stored: Some(stored),
            admission,
            installation,
        }
    }

    /// Returns the code. `None` if it does not load here.
    pub fn plugin(&self) -> Option<&Arc<runtime::Plugin>> {
        self.plugin.as_ref()
    }

    /// Returns the record without the state that is found in this process only.
    pub fn stored(&self) -> Installation {
        let mut installation = self.installation.clone();
        if let Some((state, trouble)) = &self.stored {
            installation.state = *state;
            installation.trouble = trouble.clone();
        }
        installation
    }

    /// Returns the precondition that this version is still installed, so that a run cannot write to the memory of
    /// another version.
    pub fn unchanged(&self) -> Precondition {
        Precondition::Installation {
            id: self.installation.id.clone(),
            version: self.installation.version,
        }
    }

    /// Returns true if events are for this plugin, now or once it works again.
    pub fn listens(&self) -> bool {
        self.installation.state != InstallationState::Disabled
    }

    /// Returns true if the plugin is subscribed to the event, or the event is addressed to it.
    fn wants(&self, data: &EventData) -> bool {
        if let Some(addressee) = data.addressee()
            && *addressee != self.installation.id
        {
            return false;
        }
        match data {
            // The plugin ordered these by a schedule or a timer, and needs no subscription.
            EventData::ScheduleDue { .. } | EventData::TimerDue { .. } => true,
            // Plugins are not told of erasures.
            EventData::Other { kind, .. } if kind == CUSTOMER_ERASED => false,
            // A task that staff or the host opened concerns no plugin.
            EventData::TaskClosed {
                installation: None, ..
            } => false,
            _ => self.installation.manifest.subscribes.iter().any(|wanted| {
                wanted.event == data.kind()
                    && match data {
                        EventData::InteractionRecorded { interaction } => {
                            (wanted.kinds.is_empty() || wanted.kinds.contains(&interaction.kind))
                                && self.installation.grants.shows(&interaction.kind)
                        }
                        _ => true,
                    }
            }),
        }
    }
}

/// All installations, sorted by id. The set is replaced as a whole when one of them changes.
#[derive(Default)]
pub(crate) struct PluginSet {
    pub all: Vec<Arc<Active>>,
}

impl PluginSet {
    pub fn get(&self, id: &InstallationId) -> Option<&Arc<Active>> {
        self.all.iter().find(|active| active.installation.id == *id)
    }

    /// Returns the plugins that events are for: all that are not disabled.
    pub fn listening(&self) -> impl Iterator<Item = &Arc<Active>> {
        self.all.iter().filter(|active| active.listens())
    }

    /// Returns the plugins that want an event, now or once they work again, in order of their ids.
    pub fn wanting(&self, data: &EventData) -> Vec<Arc<Active>> {
        self.listening()
            .filter(|active| active.wants(data))
            .cloned()
            .collect()
    }

    /// Returns true if some plugin wants the event. An event that no plugin wants is logged, and needs no handling.
    pub fn is_wanted(&self, data: &EventData) -> bool {
        self.listening().any(|active| active.wants(data))
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
