use std::time::Duration;

use crate::model::PluginLimits;

/// The settings of a host. The sandbox's are in [`crate::runtime::RuntimeConfig`].
#[derive(Debug, Clone)]
pub struct Config {
    /// The business's IANA time zone, for customers without their own. Default: `UTC`.
    pub time_zone: String,
    /// Threads that run plugins. Default: two for each core, at least four, so that a slow plugin does not
    /// delay the others.
    pub workers: usize,
    /// The limits of plugins whose installation sets none. The built-in defaults are 5,000 runs per second;
    /// all workers but one, or a quarter of them while the plugin's runs are long; and 60,000,000,000 fuel
    /// per minute, about half a core.
    pub limits: PluginLimits,
    /// The number of attempts to handle an event before it goes to the dead letter. Default: 5.
    pub max_attempts: u32,
    /// The delay after the first failure. Each further delay is four times as long. Up to a quarter is
    /// subtracted, depending on the event, to spread retries. Default: 30 s.
    pub retry_after: Duration,
    /// The number of consecutive failures by the plugin's own fault that quarantine it. Runs on events and
    /// actions are counted separately; an action that declines does not count. Default: 20.
    pub quarantine_after: u32,
    /// The time in quarantine before the first trial event. Each failed trial doubles it. Default: 1 min.
    pub quarantine_rest: Duration,
    /// The longest time between trials. Default: 1 h.
    pub quarantine_longest: Duration,
    /// The days that a deferred event waits for a plugin before it goes to the dead letter. Default: 30.
    pub waiting_days: u32,
    /// The maximum number of deferred events of one plugin. The oldest go to the dead letter. Default:
    /// 100,000.
    pub waiting_most: u64,
    /// The days between two questions to one customer, over all plugins. Default: 30.
    pub question_days: u32,
    /// The maximum length of a chain of events that cause events. Default: 8.
    pub max_depth: u8,
    /// The retention of transcripts.
    pub transcripts: Transcripts,
    /// Makes ids reproducible. For tests only.
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

/// The retention of [transcripts](crate::transcript): the settings `transcripts.*` of the configuration file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Transcripts {
    /// Keeps the transcript of one in `one_in` completed runs, chosen by the run's id: 1 means all, 0 none.
    /// Failed runs always keep theirs. Default: 100.
    pub one_in: u32,
    /// The maximum bytes of a transcript's JSON before compression. A larger one is dropped, and the run says
    /// so. Default: 4 MiB, at most 256 MiB.
    pub max_bytes: usize,
    /// The days until a transcript is removed, because it holds personal data. Default: 30.
    pub days: u32,
    /// The number of the newest transcripts to keep for each plugin. Default: 1,000.
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
