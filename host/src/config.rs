use std::time::Duration;

use crate::model::PluginLimits;

/// The configuration of a host. The limits of the sandbox are in [`crate::runtime::RuntimeConfig`].
#[derive(Debug, Clone)]
pub struct Config {
    /// The business's IANA time zone, which stands in for a customer's unknown one. Default `UTC`.
    pub time_zone: String,
    /// Threads that run plugins. Default: two for each core, and at least four, so that a plugin which
    /// takes its time does not keep the others from theirs.
    pub workers: usize,
    /// The limits of plugins whose installation sets none. Defaults: 5,000 runs per second; 60,000,000,000 fuel per
    /// minute, about half a core; all workers but one at a time while runs are short, otherwise a quarter of them.
    pub limits: PluginLimits,
    /// The attempts at an event before it goes to the dead letter. Default 5.
    pub max_attempts: u32,
    /// The pause after a first failure; each further one is four times as long. Up to a quarter is taken off, derived
    /// from the event, so that events that failed together are not retried together. Default 30 s.
    pub retry_after: Duration,
    /// The failures in a row that quarantine a plugin: of runs on events, or of actions, where declining does not
    /// count. Only the plugin's own faults count. Default 20.
    pub quarantine_after: u32,
    /// The pause before one event is tried on a quarantined plugin. Each failed trial doubles it. Default 1 min.
    pub quarantine_rest: Duration,
    /// The longest such pause. Default 1 h.
    pub quarantine_longest: Duration,
    /// The days that an event waits for a plugin before it goes to the dead letter. Default 30.
    pub waiting_days: u32,
    /// The most events that wait for one plugin. The oldest of further ones go to the dead letter. Default 100,000.
    pub waiting_most: u64,
    /// Days between two questions to one customer, by any plugin. Default 30.
    pub question_days: u32,
    /// The longest chain of events that cause events. Default 8.
    pub max_depth: u8,
    /// The transcripts that are kept.
    pub transcripts: Transcripts,
    /// With a seed, ids are the same in every execution: for tests only.
    pub seed: Option<u64>,
}

impl Default for Config {
    fn default() -> Config {
        Config {
            time_zone: "UTC".to_owned(),
            workers: std::thread::available_parallelism()
                .map_or(4, |cores| (2 * cores.get()).max(4)),
            limits: PluginLimits::default(),
            max_attempts: 5,
            retry_after: Duration::from_secs(30),
            quarantine_after: 20,
            quarantine_rest: Duration::from_secs(60),
            quarantine_longest: Duration::from_secs(3600),
            waiting_days: 30,
            waiting_most: 100_000,
            question_days: 30,
            max_depth: 8,
            transcripts: Transcripts::default(),
            seed: None,
        }
    }
}

/// The runs that keep a [transcript](crate::transcript), and for how long. In the configuration file these are the
/// settings under `transcripts.`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Transcripts {
    /// One in this many completed runs keeps its transcript, chosen by its id: 1 is all, 0 none. Failed runs always
    /// do. Default 100.
    pub one_in: u32,
    /// Bytes of JSON, before it is compressed: a larger transcript is not kept, and the run says so.
    /// Default 4 MiB, at most 256 MiB.
    pub max_bytes: usize,
    /// Days until a transcript is removed: it holds what the plugin saw of a customer. Default 30.
    pub days: u32,
    /// The number of newest transcripts that stay per plugin. Default 1,000.
    pub per_plugin: u32,
}

impl Default for Transcripts {
    fn default() -> Transcripts {
        Transcripts {
            one_in: 100,
            max_bytes: 4 << 20,
            days: 30,
            per_plugin: 1000,
        }
    }
}
