//! A measurement for `cargo xtask bench` that no host may rely on.

use std::sync::Arc;
use std::time::Instant;

use super::abi::v0_1;
use super::call::{Runtime, Stop, hook};
use super::plugin::Plugin;
use super::view::PluginView;
use regulars_model::Event;

impl Runtime {
    /// Measures calls in one reused instance, for `cargo xtask bench`: seconds of each call. No host may
    /// reuse instances: a trap spoils one, and one customer's data would remain for the next.
    #[doc(hidden)]
    pub fn time_reused(
        &self,
        plugin: &Plugin,
        view: &Arc<PluginView>,
        event: &Event,
        calls: usize,
    ) -> Vec<f64> {
        let Some(index) = plugin.hooks.handle.as_ref() else {
            return Vec::new();
        };
        let mut times = Vec::with_capacity(calls);
        let bounds = &self.inner.bounds;
        self.run(&plugin.instance, view, bounds, |store, instance| {
            for _ in 0..calls {
                store.set_fuel(bounds.config.fuel)?;
                store.set_epoch_deadline(bounds.ticks);
                let begun = Instant::now();
                let hook =
                    hook::<v0_1::HandleParams<'_>, v0_1::HandleReturn>(store, &instance, index)?;
                let (answer,) = v0_1::with_context(view, |context| {
                    v0_1::with_event(&event.data, |event| {
                        hook.call(&mut *store, (context, event))
                    })
                })?;
                let effects = answer.map_err(|failure| Stop::Failed(v0_1::failure(failure)))?;
                v0_1::effects(effects, bounds.config.max_effects).map_err(Stop::Failed)?;
                times.push(begun.elapsed().as_secs_f64());
            }
            Ok(())
        });
        times
    }
}
