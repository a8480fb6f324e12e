use std::time::Duration;

use crate::model::PluginLimits;

/// How a host behaves. What the sandbox allows is in [`crate::runtime::RuntimeConfig`].
#[derive(Debug, Clone)]
pub struct Config {
    /// The business's IANA time zone, which stands in for a customer's unknown one. Default `UTC`.
    pub time_zone: String,
    /// Threads that run plugins. Default: two for each core, and at least four, so that a plugin which
    /// takes its time does not keep the others from theirs.
    pub workers: usize,
    /// What each plugin may use whose installation says nothing else. Where this says nothing either:
    /// 5,000 runs a second; at a time, all workers but one as long as its runs are short, else a quarter
    /// of them; and 60,000,000,000 fuel a minute, which is about half a core.
    pub limits: PluginLimits,
    /// How often an event is tried for a plugin that fails before it goes to the dead letter. Default 5.
    pub max_attempts: u32,
    /// The pause after a first failure; each further one is four times as long. Up to a quarter of it is
    /// taken off, by the event, so that what failed together is not tried together. Default 30 s.
    pub retry_after: Duration,
    /// How many runs on events must fail in a row, through the plugin's own fault, for it to be
    /// quarantined; or how many actions, where declining is no failure. Default 20.
    pub quarantine_after: u32,
    /// How long a quarantined plugin rests before one event is tried on it; each trial that fails
    /// doubles the time. Default 1 min.
    pub quarantine_rest: Duration,
    /// The longest it rests. Default 1 h.
    pub quarantine_longest: Duration,
    /// How many days an event waits for a plugin before it goes to the dead letter. Default 30.
    pub waiting_days: u32,
    /// How many events wait for one plugin at the most; beyond, those that wait longest go to the dead
    /// letter. Default 100,000.
    pub waiting_most: u64,
    /// Days between two questions put to one customer, by whichever plugin. Default 30.
    pub question_days: u32,
    /// The longest chain of events that cause events. Default 8.
    pub max_depth: u8,
    /// Which runs can be made again, and for how long.
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

/// Which runs keep a [transcript](crate::transcript), and for how long. In the configuration file
/// these are the settings under `transcripts.`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Transcripts {
    /// Of the runs that completed, one in so many keeps its transcript, chosen by its id: 1 is all of
    /// them, 0 none. Runs that failed always do. Default 100.
    pub one_in: u32,
    /// Bytes of JSON, before it is compressed: a larger transcript is not kept, and the run says so.
    /// Default 4 MiB, at most 256 MiB.
    pub max_bytes: usize,
    /// Days until a transcript is removed: it holds what the plugin saw of a customer. Default 30.
    pub days: u32,
    /// The newest so many of each plugin stay. Default 1,000.
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
