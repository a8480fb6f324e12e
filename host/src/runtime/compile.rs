//! From a component's bytes to native code: compiled once, then taken from the cache.
//!
//! The engine's compiler cannot be interrupted. What it is given is bounded before (`bounds`), it works
//! on half the processors, and whoever waits for it waits no longer than `runtime.compile_timeout`. What
//! takes longer is refused, and goes on in the background until it is done: it keeps the turn, so that
//! there is never more than one such beside the service, and nobody gets to see its result.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

use wasmtime::Engine;
use wasmtime::component::Component;

use super::cache::Cache;
use super::failure::text_of;
use crate::model;
use crate::plugin::PluginError;

/// Stack of the compiler's threads: deep nesting in a function is depth there too.
const STACK: usize = 16 << 20;

pub(super) struct Compiler {
    engine: Engine,
    cache: Option<Cache>,
    timeout: Duration,
    /// One at a time: compiling takes memory and processors.
    turn: Arc<Turn>,
}

impl Compiler {
    pub fn new(engine: Engine, cache: Option<Cache>, timeout: Duration) -> Compiler {
        Compiler {
            engine,
            cache,
            timeout,
            turn: Arc::default(),
        }
    }

    pub fn compile(&self, component: &model::Component) -> Result<Component, PluginError> {
        // What is there already waits for nobody.
        if let Some(compiled) = self.cached(component) {
            return Ok(compiled);
        }
        let Some(turn) = Turn::take(&self.turn, self.timeout) else {
            return Err(PluginError::CompilerBusy {
                limit: self.timeout,
            });
        };
        // The one before may have been the same.
        if let Some(compiled) = self.cached(component) {
            return Ok(compiled);
        }
        let compiled = self.on_its_own_threads(component.wasm.clone(), turn)?;
        if let Some(cache) = &self.cache {
            match compiled.serialize() {
                Ok(code) => cache.put(&component.digest, &code),
                Err(error) => tracing::warn!("compiled code cannot be kept: {error:#}"),
            }
        }
        Ok(compiled)
    }

    fn on_its_own_threads(&self, wasm: Vec<u8>, turn: Taken) -> Result<Component, PluginError> {
        let (done, compiled) = sync_channel(1);
        let engine = self.engine.clone();
        let job = move || {
            let result = catch_unwind(AssertUnwindSafe(|| Component::from_binary(&engine, &wasm)));
            // Whoever gave up waiting does not want it any more.
            let _ = done.send(result);
            drop(turn);
        };
        // Half of the processors stay with the service. The threads go when the work is done.
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        rayon::ThreadPoolBuilder::new()
            .num_threads((cores / 2).max(1))
            .stack_size(STACK)
            .thread_name(|_| "regulars-compile".to_owned())
            .build()
            .map_err(|error| PluginError::Compile(format!("no thread for it: {error}")))?
            .spawn(job);
        match compiled.recv_timeout(self.timeout) {
            Ok(Ok(result)) => result.map_err(|error| refusal(&error)),
            Ok(Err(_)) | Err(RecvTimeoutError::Disconnected) => Err(PluginError::Compile(
                "the compiler has a defect that this component meets".to_owned(),
            )),
            Err(RecvTimeoutError::Timeout) => Err(PluginError::SlowToCompile {
                limit: self.timeout,
            }),
        }
    }

    fn cached(&self, component: &model::Component) -> Option<Component> {
        let code = self.cache.as_ref()?.get(&component.digest)?;
        // SAFETY: the code came from `serialize` of this version of the engine: it lay under that
        // name in a directory that only this host writes to, and its checksum is right.
        match unsafe { Component::deserialize(&self.engine, code) } {
            Ok(compiled) => Some(compiled),
            Err(error) => {
                tracing::warn!("compiled code in the cache does not load: {error:#}");
                None
            }
        }
    }
}

/// The engine has no type for what its pool has no room for, only words; a test holds them to it.
fn refusal(error: &wasmtime::Error) -> PluginError {
    let text = text_of(error);
    if text.contains("pooling allocator") {
        return PluginError::TooDemanding(text);
    }
    PluginError::NotWasm(text)
}

/// Who may compile now. Unlike a lock's guard, it can be handed to the thread that does it.
#[derive(Default)]
struct Turn {
    taken: Mutex<bool>,
    free: Condvar,
}

/// A turn that is taken. Dropping it gives it back.
struct Taken(Arc<Turn>);

impl Turn {
    /// Waits for the turn; none where that takes longer than `patience`.
    fn take(turn: &Arc<Turn>, patience: Duration) -> Option<Taken> {
        let taken = turn.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let (mut taken, waited) = turn
            .free
            .wait_timeout_while(taken, patience, |taken| *taken)
            .unwrap_or_else(PoisonError::into_inner);
        if waited.timed_out() {
            return None;
        }
        *taken = true;
        Some(Taken(turn.clone()))
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        *self.0.taken.lock().unwrap_or_else(PoisonError::into_inner) = false;
        self.0.free.notify_one();
    }
}
