use std::path::PathBuf;
use std::time::Duration;

use crate::error::Error;

/// What a run may cost, and how much room the host gives to runs. In the configuration file these
/// are the settings under `runtime.`.
#[derive(Debug, Clone)]
pub struct RuntimeConfig {
    /// The budget of one run: about one unit per WebAssembly instruction. 50,000,000, some tens of
    /// milliseconds; a plugin that answers in the usual way uses 10,000 to 200,000.
    pub fuel: u64,
    /// The backstop behind the fuel, in wall-clock time: one second. It is not deterministic, and
    /// is looked at every few milliseconds. A plugin whose runs are long runs on threads that give way
    /// to all others: these have ten times as long, and whom they end did no wrong.
    pub timeout: Duration,
    /// The sum of a run's linear memories in bytes: 32 MiB. Filling it costs less than the fuel, so
    /// that a guest which takes all it can is told apart from one that loops.
    pub max_memory: usize,
    /// Elements of one table: 20,000.
    pub max_table_elements: usize,
    /// Bytes that the guest may hand the host in one go, counted as the host holds them: 1 MiB. It
    /// bounds what a run returns; an effect counts some 300 bytes and its texts.
    pub max_output_bytes: usize,
    /// Effects of one run: 100.
    pub max_effects: usize,
    /// Log lines of one run: 100.
    pub max_log_lines: usize,
    /// Bytes of one log line, which is cut there: 1 KiB.
    pub max_log_line_bytes: usize,
    /// Bytes of all log lines of one run: 16 KiB.
    pub max_log_bytes: usize,
    /// Bytes of a component: 16 MiB.
    pub max_component_bytes: u64,
    /// How long compiling a component may take, in wall-clock time: two minutes. The largest guests,
    /// JavaScript or Python engines of 12 MB, take some 20 seconds on one processor.
    pub compile_timeout: Duration,
    /// Bytes of native stack that a guest's calls may use: 512 KiB. Threads that call plugins need
    /// that much and 256 KiB more.
    pub max_wasm_stack: usize,
    /// Runs at the same time: 64. Further ones wait.
    pub instances: u32,
    /// Whether memory for the instances is reserved ahead.
    pub pooling: Pooling,
    /// Where compiled components are kept, none for nowhere. It holds native code that this host
    /// runs: nobody else may be able to write there, and the host makes it so.
    pub cache_dir: Option<PathBuf>,
}

/// Whether address space for all instances is reserved at the start.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Pooling {
    /// Yes, unless the machine has too little of it. Several times as fast.
    #[default]
    Auto,
    /// No: each run maps its own memory.
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
            max_component_bytes: 16 << 20,
            compile_timeout: Duration::from_secs(120),
            max_wasm_stack: 512 << 10,
            instances: 64,
            pooling: Pooling::Auto,
            cache_dir: None,
        }
    }
}

impl RuntimeConfig {
    /// Refuses what no plugin could run with.
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
