use regulars_model::PluginLimits;

/// Runs per second, unless a limit is set.
const RUNS_PER_SECOND: u32 = 5_000;
/// Fuel per minute, unless a limit is set: about half a core.
const FUEL_PER_MINUTE: u64 = 60_000_000_000;

/// A plugin's limits, with the defaults filled in.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    pub runs_per_second: u64,
    pub fuel_per_minute: u64,
    pub slots: Slots,
}

/// The most concurrent runs.
#[derive(Debug, Clone, Copy)]
pub(super) struct Slots {
    /// While runs are short, they may take nearly all workers.
    pub while_short: u32,
    pub otherwise: u32,
}

impl Limits {
    /// `workers` is the number of the host's worker threads.
    pub fn of(limits: PluginLimits, workers: usize) -> Limits {
        let workers = u32::try_from(workers).unwrap_or(u32::MAX);
        let set = limits.concurrent_runs;
        Limits {
            runs_per_second: u64::from(limits.runs_per_second.unwrap_or(RUNS_PER_SECOND).max(1)),
            fuel_per_minute: limits.fuel_per_minute.unwrap_or(FUEL_PER_MINUTE).max(1),
            slots: Slots {
                while_short: set.unwrap_or(workers.saturating_sub(1)).max(1),
                otherwise: set.unwrap_or(workers / 4).max(1),
            },
        }
    }
}
