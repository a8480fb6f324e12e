use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use wasmtime::component::{
    ComponentExportIndex, ComponentNamedList, Instance, InstancePre, Lift, Linker, Lower, TypedFunc,
};
use wasmtime::{Engine, Store};

use super::abi::v0_1;
use super::cache::{Cache, Survey};
use super::compile::Compiler;
use super::config::RuntimeConfig;
use super::epoch::{self, Ticker};
use super::failure::{CallFailure, Phase, classify};
use super::imports::{self, LogBuffer};
use super::inspect::inspect;
use super::limits::{self, Limiter};
use super::plugin::{self, Plugin};
use super::semaphore::RunSemaphore;
use super::view::PluginView;
use super::{engine, failure};
use crate::Error;
use crate::plugin::PluginError;
use regulars_model::{Component, Digest, Effect, Event, EventData, FailureKind, Json, LogLine};

/// Loads and runs plugins. Clones share one engine.
#[derive(Clone)]
pub struct Runtime {
    pub(super) inner: Arc<Inner>,
}

pub(super) struct Inner {
    pub bounds: Bounds,
    /// The limits of calls on low-priority threads.
    low_priority: Bounds,
    pub engine: Engine,
    linker: Linker<RunState>,
    compiler: Compiler,
    semaphore: Arc<RunSemaphore>,
    _ticker: Ticker,
}

/// The factor on `runtime.timeout` for calls on low-priority threads, which may spend most of that time
/// waiting for a processor.
const LOW_PRIORITY_FACTOR: u32 = 10;

/// The limits of one call.
pub(super) struct Bounds {
    pub config: RuntimeConfig,
    pub ticks: u64,
}

impl Bounds {
    pub fn new(config: RuntimeConfig) -> Bounds {
        Bounds {
            ticks: epoch::ticks(config.timeout),
            config,
        }
    }
}

/// The result of one call, and its cost.
#[derive(Debug, Clone, PartialEq)]
pub struct Call<T> {
    pub result: Result<T, CallFailure>,
    /// Consumed fuel. Deterministic for the same component, view and input.
    pub fuel: u64,
    /// Wall-clock microseconds, without the wait for a free instance.
    pub micros: u64,
    /// The largest sum of the guest's linear memories in bytes.
    pub peak_memory: u64,
    pub logs: Vec<LogLine>,
    /// True if the guest read the installation's own memory. The result then depends on runs for other
    /// customers.
    pub read_plugin_memory: bool,
}

impl<T> Call<T> {
    /// Returns the result of a call that the host could not make.
    pub fn not_made(why: &str) -> Call<T> {
        Call {
            result: Err(CallFailure::new(FailureKind::Host, why.to_owned())),
            fuel: 0,
            micros: 0,
            peak_memory: 0,
            logs: Vec::new(),
            read_plugin_memory: false,
        }
    }
}

/// The data of a run's store.
pub(super) struct RunState {
    pub view: Arc<PluginView>,
    pub limiter: Limiter,
    pub log: LogBuffer,
    pub read_plugin_memory: bool,
}

/// The reason that a hook returned no result.
pub(super) enum Stop {
    /// The guest returned this failure.
    Failed(CallFailure),
    /// The engine ended the call.
    Engine(wasmtime::Error),
}

impl From<wasmtime::Error> for Stop {
    fn from(error: wasmtime::Error) -> Stop {
        Stop::Engine(error)
    }
}

impl Runtime {
    /// Starts an engine.
    ///
    /// # Errors
    /// [`Error::Config`] for settings out of range, and for a cache directory that others can write to.
    pub fn new(config: RuntimeConfig) -> Result<Runtime, Error> {
        config.check()?;
        let engine = engine::new(&config)?;
        let broken = |problem: String| Error::Config {
            key: "runtime",
            problem,
        };
        let cache = match &config.cache_dir {
            Some(dir) => Some(Cache::open(dir, &engine)?),
            None => None,
        };
        let semaphore = Arc::new(RunSemaphore::new(config.instances));
        let ticker = Ticker::start(engine.clone(), semaphore.clone())
            .map_err(|error| broken(format!("cannot start the ticker: {error}")))?;
        let low_priority = RuntimeConfig {
            timeout: config.timeout.saturating_mul(LOW_PRIORITY_FACTOR),
            ..config.clone()
        };
        Ok(Runtime {
            inner: Arc::new(Inner {
                linker: imports::linker(&engine).map_err(|error| broken(error.to_string()))?,
                compiler: Compiler::new(engine.clone(), cache, config.compile_timeout),
                low_priority: Bounds::new(low_priority),
                bounds: Bounds::new(config),
                engine,
                semaphore,
                _ticker: ticker,
            }),
        })
    }

    /// Returns the limits in force.
    pub fn config(&self) -> &RuntimeConfig {
        &self.inner.bounds.config
    }

    /// Inspects a cache directory. Files of other components count as stale.
    pub fn survey(&self, dir: &Path, components: &[Digest]) -> io::Result<Survey> {
        Cache::survey(dir, &self.inner.engine, components)
    }

    /// Checks, compiles and links a component. Blocks for seconds if a large one is not in the cache.
    pub fn load(&self, component: &Component) -> Result<Arc<Plugin>, PluginError> {
        let size = component.wasm.len() as u64;
        let limit = self.config().max_component_bytes;
        if size > limit {
            return Err(PluginError::TooLarge { size, limit });
        }
        let imports = inspect(&component.wasm, self.config())?;
        let compiled = self.inner.compiler.compile(component)?;
        limits::check_counts(&compiled)?;
        let (instance, hooks) = plugin::link(&self.inner.linker, &compiled)?;
        Ok(Arc::new(Plugin {
            digest: component.digest,
            size,
            imports,
            instance,
            hooks,
        }))
    }

    /// Calls a plugin's event hook.
    pub fn handle(
        &self,
        plugin: &Plugin,
        view: &Arc<PluginView>,
        event: &Event,
    ) -> Call<Vec<Effect>> {
        self.call_handle(plugin, view, &event.data, &self.inner.bounds)
    }

    /// Calls [`Runtime::handle`] from a low-priority thread, with a tenfold time limit.
    pub fn handle_low_priority(
        &self,
        plugin: &Plugin,
        view: &Arc<PluginView>,
        event: &Event,
    ) -> Call<Vec<Effect>> {
        self.call_handle(plugin, view, &event.data, &self.inner.low_priority)
    }

    pub(super) fn call_handle(
        &self,
        plugin: &Plugin,
        view: &Arc<PluginView>,
        event: &EventData,
        bounds: &Bounds,
    ) -> Call<Vec<Effect>> {
        self.run(&plugin.instance, view, bounds, |store, instance| {
            let index = plugin
                .hooks
                .handle
                .as_ref()
                .ok_or_else(|| no_hook("events"))?;
            let hook = hook::<v0_1::HandleParams<'_>, v0_1::HandleReturn>(store, &instance, index)?;
            let (answer,) = v0_1::with_context(view, |context| {
                v0_1::with_event(event, |event| hook.call(store, (context, event)))
            })?;
            let effects = answer.map_err(|failure| Stop::Failed(v0_1::failure(failure)))?;
            v0_1::effects(effects, bounds.config.max_effects).map_err(Stop::Failed)
        })
    }

    /// Calls one of a plugin's actions. Returns its output and its effects.
    pub fn act(
        &self,
        plugin: &Plugin,
        view: &Arc<PluginView>,
        action: &str,
        input: &Json,
    ) -> Call<(Json, Vec<Effect>)> {
        self.call_action(plugin, view, action, input, &self.inner.bounds)
    }

    pub(super) fn call_action(
        &self,
        plugin: &Plugin,
        view: &Arc<PluginView>,
        action: &str,
        input: &Json,
        bounds: &Bounds,
    ) -> Call<(Json, Vec<Effect>)> {
        let input = v0_1::text(input);
        self.run(&plugin.instance, view, bounds, |store, instance| {
            let index = plugin
                .hooks
                .act
                .as_ref()
                .ok_or_else(|| no_hook("actions"))?;
            let hook = hook::<v0_1::ActParams<'_>, v0_1::ActReturn>(store, &instance, index)?;
            let (answer,) =
                v0_1::with_context(view, |context| hook.call(store, (context, action, &input)))?;
            let reply = answer.map_err(|failure| Stop::Failed(v0_1::failure(failure)))?;
            let effects =
                v0_1::effects(reply.effects, bounds.config.max_effects).map_err(Stop::Failed)?;
            let output = v0_1::output(&reply.output).map_err(Stop::Failed)?;
            Ok((output, effects))
        })
    }

    /// Runs one call in a store of its own, which is discarded afterwards.
    pub(super) fn run<T>(
        &self,
        instance: &InstancePre<RunState>,
        view: &Arc<PluginView>,
        bounds: &Bounds,
        call: impl FnOnce(&mut Store<RunState>, Instance) -> Result<T, Stop>,
    ) -> Call<T> {
        let engine = &self.inner.engine;
        let config = &bounds.config;
        let _permit = self.inner.semaphore.acquire();
        let begun = Instant::now();
        let mut store = Store::new(
            engine,
            RunState {
                view: view.clone(),
                limiter: Limiter::new(config.max_memory, config.max_table_elements),
                log: LogBuffer::new(config),
                read_plugin_memory: false,
            },
        );
        // The limits apply before the instance exists, because start functions are guest code too.
        store.limiter(|state| &mut state.limiter);
        store.set_hostcall_fuel(config.max_output_bytes);
        store.set_epoch_deadline(bounds.ticks);
        let result = match store
            .set_fuel(config.fuel)
            .and_then(|()| instance.instantiate(&mut store))
        {
            Ok(instance) => call(&mut store, instance).map_err(|stop| (Phase::Hook, stop)),
            Err(error) => Err((Phase::Start, Stop::Engine(error))),
        };
        let result = result.map_err(|(phase, stop)| match stop {
            Stop::Failed(failure) => failure,
            Stop::Engine(error) => classify(&error, phase, store.data(), config),
        });
        let fuel = config.fuel - store.get_fuel().unwrap_or(0).min(config.fuel);
        let state = store.into_data();
        Call {
            result,
            fuel,
            micros: u64::try_from(begun.elapsed().as_micros()).unwrap_or(u64::MAX),
            peak_memory: state.limiter.peak as u64,
            logs: state.log.finish(),
            read_plugin_memory: state.read_plugin_memory,
        }
    }
}

/// Returns a hook of this instance.
pub(super) fn hook<Params, Return>(
    store: &mut Store<RunState>,
    instance: &Instance,
    index: &ComponentExportIndex,
) -> wasmtime::Result<TypedFunc<Params, Return>>
where
    Params: ComponentNamedList + Lower,
    Return: ComponentNamedList + Lift,
{
    instance.get_typed_func(store, index)
}

pub(super) fn no_hook(name: &str) -> Stop {
    Stop::Failed(failure::CallFailure::new(
        FailureKind::Host,
        format!("the plugin does not export `{name}`"),
    ))
}
