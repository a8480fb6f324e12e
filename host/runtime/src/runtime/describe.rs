//! The call that asks a plugin for its manifest.

use super::abi::v0_1;
use super::call::{Runtime, hook};
use super::failure::{MAX_DETAIL, text_of};
use super::imports;
use super::plugin::Plugin;
use super::sanitize::sanitize;
use super::view::PluginView;
use crate::plugin::PluginError;
use regulars_model::FailureKind;

impl Runtime {
    /// Returns a plugin's manifest as JSON text. The plugin has no imports: a call of one ends the call of
    /// `describe`.
    pub fn describe(&self, plugin: &Plugin) -> Result<String, PluginError> {
        let refuse = |problem: String| PluginError::Describe(problem);
        let component = plugin.instance.component();
        let refused = imports::Refused::default();
        let instance = imports::describe_linker(&self.inner.engine, &refused)
            .and_then(|linker| linker.instantiate_pre(component))
            .map_err(|error| refuse(text_of(&error)))?;
        let bounds = &self.inner.bounds;
        let call = self.run(
            &instance,
            &PluginView::nothing(),
            bounds,
            |store, instance| {
                let hook = hook::<v0_1::DescribeParams, v0_1::DescribeReturn>(
                    store,
                    &instance,
                    &plugin.hooks.describe,
                )?;
                Ok(hook.call(store, ())?.0)
            },
        );
        let text = call.result.map_err(|failure| {
            let logged = call.logs.last().map(|line| line.text.as_str());
            match (failure.kind, refused.get().map(String::as_str), logged) {
                (_, Some(v0_1::LOG), Some(line)) => refuse(format!(
                    "it called log, which `describe` must not: “{line}”"
                )),
                (_, Some(import), _) => {
                    refuse(format!("it called {import}, which `describe` must not"))
                }
                (FailureKind::Host, ..) => PluginError::TooDemanding(failure.detail),
                _ => refuse(failure.detail),
            }
        })?;
        match serde_json::from_str::<serde::de::IgnoredAny>(&text) {
            Ok(_) => Ok(text),
            Err(error) => Err(refuse(format!(
                "the manifest is not JSON: {}",
                sanitize(&error.to_string(), MAX_DETAIL)
            ))),
        }
    }
}
