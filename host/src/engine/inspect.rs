use std::sync::Arc;

use crate::error::Error;
use crate::model::{Component, Grants};
use crate::plugin::{Inspection, PluginError};
use crate::runtime::{Plugin, Runtime};

/// Loads a component, and returns its description and its code.
///
/// # Errors
/// [`Error::Plugin`] if the component cannot run as a plugin here.
pub(crate) fn inspect(
    runtime: &Runtime,
    component: &Component,
) -> Result<(Inspection, Arc<Plugin>), Error> {
    let loaded = runtime.load(component)?;
    let manifest = crate::plugin::read(&runtime.describe(&loaded)?)?;
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
