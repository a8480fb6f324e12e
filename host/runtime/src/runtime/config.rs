use std::path::PathBuf;
use std::time::Duration;

use crate::Error;

/// The limits of a run, and the host's capacity for runs: the settings `runtime.*` of the configuration file.
#[derive(Debug, Clone)]
pub struct RuntimeConfig {
    /// The fuel of one run, about one unit per WebAssembly instruction. Default: 50,000,000, some tens of
    /// milliseconds. A typical run uses 10,000 to 200,000.
    pub fuel: u64,
    /// The wall-clock limit of one run, a backstop behind the fuel. Default: one second. It is not
    /// deterministic, and is checked every few milliseconds. Plugins with long runs run on low-priority
    /// threads with a tenfold limit, and a timeout there is not counted against them.
    pub timeout: Duration,
    /// The sum of a run's linear memories in bytes. Default: 32 MiB. Filling it costs less than the fuel, so
    /// that an allocation loop is distinguishable from an endless one.
    pub max_memory: usize,
    /// The elements of one table. Default: 20,000.
    pub max_table_elements: usize,
    /// Bytes that the guest may pass to the host in one call, as the host stores them. Default: 1 MiB. It
    /// limits a run's output: an effect takes about 300 bytes and its texts.
    pub max_output_bytes: usize,
    /// The effects of one run. Default: 100.
    pub max_effects: usize,
    /// The log lines of one run. Default: 100.
    pub max_log_lines: usize,
    /// The bytes of one log line, which is truncated there. Default: 1 KiB.
    pub max_log_line_bytes: usize,
    /// The bytes of all log lines of one run. Default: 16 KiB.
    pub max_log_bytes: usize,
    /// The bytes of a component. Default: 16 MiB.
    pub max_component_bytes: u64,
    /// The wall-clock limit to compile a component. Default: two minutes. The largest guests, JavaScript or
    /// Python engines of 12 MB, take some 20 seconds on one processor.
    pub compile_timeout: Duration,
    /// The bytes of native stack for a guest's calls. Default: 512 KiB. Threads that call plugins need 256
    /// KiB more than that.
    pub max_wasm_stack: usize,
    /// Concurrent runs, 1 to 10,000. Further ones wait. Default: 64.
    pub instances: u32,
    /// The reservation of memory for the instances.
    pub pooling: Pooling,
    /// The directory of compiled components. `None` disables the cache. It holds native code that the host
    /// runs, so the host creates it without write access for others.
    pub cache_dir: Option<PathBuf>,
}

/// The reservation of address space for all instances at the start.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Pooling {
    /// Reserves it, unless the machine has too little. Several times as fast.
    #[default]
    Auto,
    /// Maps the memory of each run separately.
    Never,
}

impl Default for RuntimeConfig {
    fn default() -> Self {
        RuntimeConfig {
            fuel: 50_000_000,
            timeout: Duration::from_secs(1),
            max_memory: 32 << 20,
            max_table_elements: 20_000,
            max_output_bytes: 1 << 20,
            max_effects: 100,
            max_log_lines: 100,
            max_log_line_bytes: 1 << 10,
            max_log_bytes: 16 << 10,
            max_component_bytes: regulars_model::MAX_COMPONENT_BYTES,
            compile_timeout: Duration::from_secs(120),
            max_wasm_stack: 512 << 10,
            instances: 64,
            pooling: Pooling::Auto,
            cache_dir: None,
        }
    }
}

impl RuntimeConfig {
    /// Refuses settings with which no plugin could run.
    pub(super) fn check(&self) -> Result<(), Error> {
        let refuse = |key, problem: &str| {
            Err(Error::Config {
                key,
                problem: problem.to_owned(),
            })
        };
        if self.fuel == 0 {
            return refuse("runtime.fuel", "must be above 0");
        }
        if self.timeout.is_zero() {
            return refuse("runtime.timeout", "must be above 0");
        }
        if self.compile_timeout.is_zero() {
            return refuse("runtime.compile_timeout", "must be above 0");
        }
        if !(64 << 10..=4 << 30).contains(&self.max_memory) {
            return refuse("runtime.max_memory", "must be 64 KiB to 4 GiB");
        }
        if self.max_output_bytes < 4 << 10 {
            return refuse("runtime.max_output_bytes", "must be 4 KiB or more");
        }
        if !(64 << 10..=1 << 30).contains(&self.max_wasm_stack) {
            return refuse("runtime.max_wasm_stack", "must be 64 KiB to 1 GiB");
        }
        if !(1..=10_000).contains(&self.instances) {
            return refuse("runtime.instances", "must be 1 to 10,000");
        }
        Ok(())
    }
}
