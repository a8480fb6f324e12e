//! The adapter between the host's calls and the plugin's hooks, for [`export!`](crate::export) only.

use std::marker::PhantomData;

use crate::bindings::exports::regulars::plugin::{about, actions, events};
use crate::bindings_migrate::exports::regulars::plugin::migrate;
use crate::{Context, Effect, Event, Failure, Input, Migrate, Plugin, Reply, Scope};

/// A [`Plugin`] as the exports of a component.
pub struct Component<P>(PhantomData<P>);

impl<P: Plugin> about::Guest for Component<P> {
    fn describe() -> String {
        // A panic here cannot be logged: every import traps during `describe`.
        serde_json::to_string(&P::manifest()).expect("a manifest has string keys only")
    }
}

impl<P: Plugin> events::Guest for Component<P> {
    fn handle(context: Context, event: Event) -> Result<Vec<Effect>, Failure> {
        log_panics();
        P::handle(&context, event).map(Into::into)
    }
}

impl<P: Plugin> actions::Guest for Component<P> {
    fn act(context: Context, action: String, input: String) -> Result<Reply, Failure> {
        log_panics();
        P::act(&context, &action, Input::new(input))
    }
}

impl<P: Migrate> migrate::Guest for Component<P> {
    fn rewrite(
        from_version: String,
        scope: Scope,
        entries: Vec<(String, String)>,
    ) -> Result<Vec<(String, String)>, String> {
        log_panics();
        let read = |(key, text): (String, String)| match serde_json::from_str(&text) {
            Ok(value) => Ok((key, value)),
            Err(error) => Err(format!("{key:?}: {error}")),
        };
        let entries = entries.into_iter().map(read).collect::<Result<_, _>>()?;
        let after = P::migrate(&from_version, scope, entries)?;
        let write = |(key, value): (String, serde_json::Value)| (key, value.to_string());
        Ok(after.into_iter().map(write).collect())
    }
}

/// Logs panics, whose text and place a bare `unreachable` would lose.
fn log_panics() {
    std::panic::set_hook(Box::new(|panic| crate::log::error!("{panic}")));
}

/// The allocator of plugins. std's asks for more memory at its first allocation; this one uses the memory
/// that the module was linked with, which costs the host nothing.
#[cfg(target_arch = "wasm32")]
#[global_allocator]
static ALLOCATOR: dlmalloc::GlobalDlmalloc = dlmalloc::GlobalDlmalloc;

/// Exports a [`Plugin`] as this component. Call it once, at the crate's root.
///
/// It emits exports for `wasm32` only, so native builds and tests are unaffected. `export!(MyPlugin,
/// migrate)` also exports the hook of [`Migrate`](crate::Migrate).
#[macro_export]
macro_rules! export {
    ($plugin:ty) => {
        #[cfg(target_arch = "wasm32")]
        const _: () = {
            type Exported = $crate::component::Component<$plugin>;
    $crate::bindings::export!(Exported with_types_in $crate::bindings);
        };
    };
    ($plugin:ty, migrate) => {
        $crate::export!($plugin);
        #[cfg(target_arch = "wasm32")]
        const _: () = {
            type Migrating = $crate::component::Component<$plugin>;
            $crate::bindings_migrate::export_migrate!(Migrating with_types_in $crate::bindings_migrate);
        };
    };
}
