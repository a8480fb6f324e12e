//! The engine's settings, which all plugins share.

use wasmtime::{Config, Enabled, Engine, InstanceAllocationStrategy, PoolingAllocationConfig};

use super::config::{Pooling, RuntimeConfig};
use super::limits::{MAX_INSTANCES, MAX_MEMORIES, MAX_TABLES};
use crate::Error;

/// The size of a WebAssembly page in bytes.
pub(super) const PAGE: usize = 64 << 10;

/// The guard area after each linear memory, where accesses trap. Constant offsets below its size need no
/// check.
const GUARD: u64 = 64 << 10;

/// The part of a finished run's memory that is zeroed in place instead of returned to the system, in bytes. A
/// plugin built with the SDK uses a few hundred KiB, so the next run gets no page fault.
const KEEP_MEMORY: usize = 2 << 20;
const KEEP_TABLE: usize = 64 << 10;

/// Creates the engine, with a pool if it is enabled and the machine has the address space.
pub(super) fn new(config: &RuntimeConfig) -> Result<Engine, Error> {
    if config.pooling == Pooling::Auto {
        let mut pooled = base(config);
        pooled.allocation_strategy(InstanceAllocationStrategy::Pooling(pool(config)));
        match Engine::new(&pooled) {
            Ok(engine) => return Ok(engine),
            Err(error) => tracing::warn!(
                "not enough address space for {} instances, so each run maps its own memory: lower \
                 `runtime.instances` or `runtime.max_memory`, or raise the limit on address space \
                 ({error:#})",
                config.instances
            ),
        }
    }
    let mut plain = base(config);
    plain.allocation_strategy(InstanceAllocationStrategy::OnDemand);
    Engine::new(&plain).map_err(|error| Error::Config {
        key: "runtime",
        problem: format!("the WebAssembly engine does not start: {error:#}"),
    })
}

fn base(config: &RuntimeConfig) -> Config {
    let mut engine = Config::new();
    engine
        .wasm_component_model(true)
        .concurrency_support(false)
        .wasm_memory64(false)
        // Replays give the same result on every machine.
        .cranelift_nan_canonicalization(true)
        .relaxed_simd_deterministic(true)
        .consume_fuel(true)
        .epoch_interruption(true)
        .max_wasm_stack(config.max_wasm_stack)
        .memory_reservation(memory_size(config) as u64)
        .memory_reservation_for_growth(0)
        .memory_guard_size(GUARD)
        // Deep enough to tell recursion from a wild pointer, see `failure`.
        .wasm_backtrace_max_frames(std::num::NonZeroUsize::new(64))
        .generate_address_map(false);
    engine
}

fn pool(config: &RuntimeConfig) -> PoolingAllocationConfig {
    // The gate admits one run less than this, and no run exceeds its share.
    let slots = config.instances + 1;
    let mut pool = PoolingAllocationConfig::new();
    pool.total_component_instances(slots)
        .total_core_instances(slots * MAX_INSTANCES)
        .max_core_instances_per_component(MAX_INSTANCES)
        .total_memories(slots * MAX_MEMORIES)
        .max_memories_per_component(MAX_MEMORIES)
        .max_memories_per_module(MAX_MEMORIES)
        .total_tables(slots * MAX_TABLES)
        .max_tables_per_component(MAX_TABLES)
        .max_tables_per_module(MAX_TABLES)
        .max_memory_size(memory_size(config))
        .table_elements(config.max_table_elements)
        .linear_memory_keep_resident(KEEP_MEMORY)
        .table_keep_resident(KEEP_TABLE)
        // Linux 6.7 and later. Elsewhere the engine zeroes from the start of the memory.
        .pagemap_scan(Enabled::Auto);
    pool
}

fn memory_size(config: &RuntimeConfig) -> usize {
    config.max_memory.next_multiple_of(PAGE)
}
