//! Compilation of components to native code, with a cache.
//!
//! The engine's compiler cannot be interrupted. Its input is therefore bounded (`bounds`), it uses half of
//! the processors, and callers wait no longer than `runtime.compile_timeout`. A compilation that takes longer
//! is refused and continues in the background. It keeps the turn until it ends, so that at most one runs
//! beside the service, and its result is discarded.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

use wasmtime::Engine;
use wasmtime::component::Component;

use super::cache::Cache;
use super::failure::text_of;
use crate::plugin::PluginError;

/// The stack size of the compiler's threads. Deeply nested functions need a deep stack.
const STACK: usize = 16 << 20;

pub(super) struct Compiler {
    engine: Engine,
    cache: Option<Cache>,
    timeout: Duration,
    /// Allows one compilation at a time, because each takes much memory and processor time.
    lock: Arc<CompileLock>,
}

impl Compiler {
    pub fn new(engine: Engine, cache: Option<Cache>, timeout: Duration) -> Compiler {
        Compiler {
            engine,
            cache,
            timeout,
            lock: Arc::default(),
        }
    }

    pub fn compile(&self, component: &regulars_model::Component) -> Result<Component, PluginError> {
        // Cached code does not wait for the turn.
        if let Some(compiled) = self.cached(component) {
            return Ok(compiled);
        }
        let Some(lock) = CompileLock::take(&self.lock, self.timeout) else {
            return Err(PluginError::CompilerBusy {
                limit: self.timeout,
            });
        };
        // The previous compilation may have been of the same component.
        if let Some(compiled) = self.cached(component) {
            return Ok(compiled);
        }
        let compiled = self.on_its_own_threads(component.wasm.clone(), lock)?;
        if let Some(cache) = &self.cache {
            match compiled.serialize() {
                Ok(code) => cache.put(&component.digest, &code),
                Err(error) => tracing::warn!("cannot serialize compiled code: {error:#}"),
            }
        }
        Ok(compiled)
    }

    fn on_its_own_threads(
        &self,
        wasm: Vec<u8>,
        lock: CompileGuard,
    ) -> Result<Component, PluginError> {
        let (done, compiled) = sync_channel(1);
        let engine = self.engine.clone();
        let job = move || {
            let result = catch_unwind(AssertUnwindSafe(|| Component::from_binary(&engine, &wasm)));
            // The caller may have timed out.
            let _ = done.send(result);
            drop(lock);
        };
        // The service keeps half of the processors. The threads end with the job.
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        rayon::ThreadPoolBuilder::new()
            .num_threads((cores / 2).max(1))
            .stack_size(STACK)
            .thread_name(|_| "regulars-compile".to_owned())
            .build()
            .map_err(|error| PluginError::Compile(format!("cannot start a thread: {error}")))?
            .spawn(job);
        match compiled.recv_timeout(self.timeout) {
            Ok(Ok(result)) => result.map_err(|error| refusal(&error)),
            Ok(Err(_)) | Err(RecvTimeoutError::Disconnected) => Err(PluginError::Compile(
                "the compiler panicked on this component".to_owned(),
            )),
            Err(RecvTimeoutError::Timeout) => Err(PluginError::SlowToCompile {
                limit: self.timeout,
            }),
        }
    }

    fn cached(&self, component: &regulars_model::Component) -> Option<Component> {
        let code = self.cache.as_ref()?.get(&component.digest)?;
        // SAFETY: the code came from `serialize` of the same engine version: it has that file name, only this
        // host writes to the directory, and its checksum matches.
        match unsafe { Component::deserialize(&self.engine, code) } {
            Ok(compiled) => Some(compiled),
            Err(error) => {
                tracing::warn!("compiled code in the cache does not load: {error:#}");
                None
            }
        }
    }
}

/// The engine has no error type for exceeded pool limits, only a text, which a test pins.
fn refusal(error: &wasmtime::Error) -> PluginError {
    let text = text_of(error);
    if text.contains("pooling allocator") {
        return PluginError::TooDemanding(text);
    }
    PluginError::NotWasm(text)
}

/// The right to compile. Unlike a lock's guard, it can be moved to another thread.
#[derive(Default)]
struct CompileLock {
    taken: Mutex<bool>,
    free: Condvar,
}

/// A taken turn. Dropping it releases the turn.
struct CompileGuard(Arc<CompileLock>);

impl CompileLock {
    /// Waits for the turn. Returns `None` after `patience`.
    fn take(lock: &Arc<CompileLock>, patience: Duration) -> Option<CompileGuard> {
        let taken = lock.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let (mut taken, waited) = lock
            .free
            .wait_timeout_while(taken, patience, |taken| *taken)
            .unwrap_or_else(PoisonError::into_inner);
        if waited.timed_out() {
            return None;
        }
        *taken = true;
        Some(CompileGuard(lock.clone()))
    }
}

impl Drop for CompileGuard {
    fn drop(&mut self) {
        *self.0.taken.lock().unwrap_or_else(PoisonError::into_inner) = false;
        self.0.free.notify_one();
    }
}
