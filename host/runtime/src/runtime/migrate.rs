use std::collections::BTreeMap;

use super::abi::v0_1;
use super::call::{Call, Runtime, Stop, hook, no_hook};
use super::failure::{CallFailure, MAX_DETAIL};
use super::plugin::Plugin;
use super::sanitize::sanitize;
use super::view::PluginView;
use regulars_model::{FailureKind, Json, Scope};

impl Runtime {
    /// Calls a plugin's hook `migrate` on one memory that another version of it wrote.
    pub fn migrate(
        &self,
        plugin: &Plugin,
        from_version: &str,
        scope: Scope,
        entries: &BTreeMap<String, Json>,
    ) -> Call<BTreeMap<String, Json>> {
        let texts: Vec<(&str, String)> = entries
            .iter()
            .map(|(key, value)| (key.as_str(), v0_1::text(value)))
            .collect();
        let given: Vec<(&str, &str)> = texts.iter().map(|(key, text)| (*key, &**text)).collect();
        let scope = match scope {
            Scope::Customer => v0_1::Scope::Customer,
            Scope::Plugin => v0_1::Scope::Plugin,
        };
        let nothing = PluginView::nothing();
        self.run(
            &plugin.instance,
            &nothing,
            &self.inner.bounds,
            |store, instance| {
                let index = plugin.hooks.rewrite.as_ref();
                let index = index.ok_or_else(|| no_hook("migrate"))?;
                let hook =
                    hook::<v0_1::RewriteParams<'_>, v0_1::RewriteReturn>(store, &instance, index)?;
                let (answer,) = hook.call(store, (from_version, scope, given.as_slice()))?;
                let given = answer.map_err(|problem| {
                    let problem = sanitize(&problem, MAX_DETAIL);
                    Stop::Failed(CallFailure::new(FailureKind::Permanent, problem))
                })?;
                v0_1::entries(given).map_err(Stop::Failed)
            },
        )
    }
}
