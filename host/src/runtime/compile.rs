//! From a component's bytes to native code: checked first, compiled once, then taken from the cache.

use std::sync::{Mutex, PoisonError};

use wasmparser::{Encoding, Parser, Payload};
use wasmtime::Engine;
use wasmtime::component::Component;

use super::abi::v0_1;
use super::cache::Cache;
use super::clean::clean;
use super::config::RuntimeConfig;
use super::failure::text_of;
use super::limits::{check_memory, check_table};
use crate::model;
use crate::plugin::PluginError;

/// How many names one refusal lists.
pub(super) const MAX_NAMES: usize = 20;

pub(super) struct Compiler {
    engine: Engine,
    cache: Option<Cache>,
    /// One at a time: compiling takes memory and every core, and hostile code takes long.
    turn: Mutex<()>,
}

impl Compiler {
    pub fn new(engine: Engine, cache: Option<Cache>) -> Compiler {
        Compiler {
            engine,
            cache,
            turn: Mutex::new(()),
        }
    }

    pub fn compile(&self, component: &model::Component) -> Result<Component, PluginError> {
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(compiled) = self.cached(component) {
            return Ok(compiled);
        }
        let compiled = Component::from_binary(&self.engine, &component.wasm)
            .map_err(|error| refusal(&error))?;
        if let Some(cache) = &self.cache {
            match compiled.serialize() {
                Ok(code) => cache.put(&component.digest, &code),
                Err(error) => tracing::warn!("compiled code cannot be kept: {error:#}"),
            }
        }
        Ok(compiled)
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

fn refusal(error: &wasmtime::Error) -> PluginError {
    let text = text_of(error);
    if text.contains("pooling allocator") {
        return PluginError::TooDemanding(text);
    }
    PluginError::NotWasm(text)
}

/// The capabilities that a component imports, sorted. Refuses what is no component, what imports
/// anything else and what starts too large, before any time is spent on compiling it.
pub(super) fn inspect(wasm: &[u8], config: &RuntimeConfig) -> Result<Vec<String>, PluginError> {
    let broken =
        |error: wasmparser::BinaryReaderError| PluginError::NotWasm(clean(&error.to_string(), 400));
    let mut capabilities = Vec::new();
    let mut unknown = Vec::new();
    let mut depth = 0;
    for payload in Parser::new(0).parse_all(wasm) {
        match payload.map_err(broken)? {
            Payload::Version { encoding, .. } => {
                if depth == 0 && encoding == Encoding::Module {
                    return Err(PluginError::CoreModule);
                }
                depth += 1;
            }
            Payload::End(_) => depth -= 1,
            Payload::ComponentImportSection(section) if depth == 1 => {
                for import in section {
                    let name = import.map_err(broken)?.name.full_name().into_owned();
                    let interface = v0_1::interface_name(&name);
                    match interface {
                        Some(interface)
                            if v0_1::CAPABILITIES
                                .iter()
                                .any(|(known, _)| *known == interface) =>
                        {
                            capabilities.push(interface.to_owned());
                        }
                        Some(interface) if v0_1::TYPE_INTERFACES.contains(&interface) => {}
                        _ => unknown.push(clean(&name, 200)),
                    }
                }
            }
            Payload::MemorySection(section) => {
                for memory in section {
                    check_memory(memory.map_err(broken)?.initial, config)?;
                }
            }
            Payload::TableSection(section) => {
                for table in section {
                    check_table(table.map_err(broken)?.ty.initial, config)?;
                }
            }
            _ => {}
        }
    }
    if unknown.is_empty() {
        capabilities.sort();
        capabilities.dedup();
        return Ok(capabilities);
    }
    let more = unknown.len().saturating_sub(MAX_NAMES);
    unknown.truncate(MAX_NAMES);
    if more > 0 {
        unknown.push(format!("and {more} more"));
    }
    Err(PluginError::UnknownImports(unknown))
}
