use std::sync::Arc;

use crate::model::EventData;
use crate::plugin::{Active, PluginSet};

/// The plugins that want an event, now or later, in order of their ids.
pub(crate) fn route(plugins: &PluginSet, data: &EventData) -> Vec<Arc<Active>> {
    plugins
        .listening()
        .filter(|active| wants(active, data))
        .cloned()
        .collect()
}

/// Whether anybody wants it: an event that nobody wants is logged and needs no handling.
pub(crate) fn wanted(plugins: &PluginSet, data: &EventData) -> bool {
    plugins.listening().any(|active| wants(active, data))
}

fn wants(active: &Active, data: &EventData) -> bool {
    if let Some(addressee) = data.addressee()
        && *addressee != active.installation.id
    {
        return false;
    }
    match data {
        // What a plugin ordered by a schedule or a timer needs no subscription.
        EventData::ScheduleDue { .. } | EventData::TimerDue { .. } => true,
        // A task that staff or the host opened concerns no plugin.
        EventData::TaskClosed {
            installation: None, ..
        } => false,
        _ => active
            .installation
            .manifest
            .subscribes
            .iter()
            .any(|wanted| {
                wanted.event == data.kind()
                    && match data {
                        EventData::InteractionRecorded { interaction } => {
                            (wanted.kinds.is_empty() || wanted.kinds.contains(&interaction.kind))
                                && active.installation.grants.shows(&interaction.kind)
                        }
                        _ => true,
                    }
            }),
    }
}
