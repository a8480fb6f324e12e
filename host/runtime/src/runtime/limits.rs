//! The limits of one run's store. The engine's own limits hold for each memory; these hold for the sum.

use wasmtime::ResourceLimiter;
use wasmtime::component::Component;

use super::config::RuntimeConfig;
use super::engine::PAGE;
use super::failure::grouped;
use crate::plugin::PluginError;

/// The maximum core instances of one component. Python components have 38.
pub(super) const MAX_INSTANCES: u32 = 64;
/// The maximum linear memories of one component. They share `runtime.max_memory`.
pub(super) const MAX_MEMORIES: u32 = 4;
/// The maximum tables of one component.
pub(super) const MAX_TABLES: u32 = 8;

/// Sums a run's linear memories, and records refused growth: the guest itself only shows an `unreachable`
/// after the failed allocation.
#[derive(Debug)]
pub(super) struct Limiter {
    max_memory: usize,
    max_table_elements: usize,
    memory: usize,
    last_growth: usize,
    /// The largest sum so far in bytes.
    pub peak: usize,
    /// The last refused growth.
    pub refused: Option<Refusal>,
}

#[derive(Debug, Clone, Copy)]
pub(super) enum Refusal {
    /// Bytes of all memories together.
    Memory(usize),
    /// Elements of a table.
    Table(usize),
}

/// Refuses an initial memory above the limit of a run.
pub(super) fn check_memory(pages: u64, config: &RuntimeConfig) -> Result<(), PluginError> {
    let bytes = pages.saturating_mul(PAGE as u64);
    if bytes <= config.max_memory as u64 {
        return Ok(());
    }
    Err(PluginError::TooDemanding(format!(
        "it starts with {} bytes of memory, more than the {} that `runtime.max_memory` allows",
        grouped(bytes),
        grouped(config.max_memory as u64)
    )))
}

/// Refuses an initial table above the limit of a run.
pub(super) fn check_table(elements: u64, config: &RuntimeConfig) -> Result<(), PluginError> {
    if elements <= config.max_table_elements as u64 {
        return Ok(());
    }
    Err(PluginError::TooDemanding(format!(
        "a table of {} elements, more than the {} that `runtime.max_table_elements` allows",
        grouped(elements),
        grouped(config.max_table_elements as u64)
    )))
}

/// Refuses more memories or tables than a slot of the pool has.
pub(super) fn check_counts(component: &Component) -> Result<(), PluginError> {
    let refuse = |problem: String| Err(PluginError::TooDemanding(problem));
    let Some(needs) = component.resources_required() else {
        return refuse("it imports core modules".to_owned());
    };
    if needs.num_memories > MAX_MEMORIES {
        return refuse(format!(
            "it has {} linear memories, the limit is {MAX_MEMORIES}",
            needs.num_memories
        ));
    }
    if needs.num_tables > MAX_TABLES {
        return refuse(format!(
            "it has {} tables, the limit is {MAX_TABLES}",
            needs.num_tables
        ));
    }
    Ok(())
}

impl Limiter {
    pub fn new(max_memory: usize, max_table_elements: usize) -> Limiter {
        Limiter {
            max_memory,
            max_table_elements,
            memory: 0,
            last_growth: 0,
            peak: 0,
            refused: None,
        }
    }
}

impl ResourceLimiter for Limiter {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        self.last_growth = 0;
        let growth = desired.saturating_sub(current);
        let sum = self.memory.saturating_add(growth);
        if sum > self.max_memory {
            self.refused = Some(Refusal::Memory(sum));
            return Ok(false);
        }
        if maximum.is_some_and(|maximum| desired > maximum) {
            return Ok(false);
        }
        self.last_growth = growth;
        self.memory = sum;
        self.peak = self.peak.max(sum);
        Ok(true)
    }

    fn memory_grow_failed(&mut self, _error: wasmtime::Error) -> wasmtime::Result<()> {
        self.memory -= std::mem::take(&mut self.last_growth);
        Ok(())
    }

    fn table_growing(
        &mut self,
        _current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let fits = desired <= self.max_table_elements;
        if !fits {
            self.refused = Some(Refusal::Table(desired));
        }
        Ok(fits)
    }

    fn instances(&self) -> usize {
        MAX_INSTANCES as usize
    }

    fn memories(&self) -> usize {
        MAX_MEMORIES as usize
    }

    fn tables(&self) -> usize {
        MAX_TABLES as usize
    }
}
