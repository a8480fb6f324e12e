use std::time::Duration;

/// How a host behaves. What the sandbox allows is in [`crate::runtime::RuntimeConfig`].
#[derive(Debug, Clone)]
pub struct Config {
    /// The business's IANA time zone, which stands in for a customer's unknown one. Default `UTC`.
    pub time_zone: String,
    /// Threads that run plugins. Default: one for each core.
    pub workers: usize,
    /// How often an event is tried for a plugin that fails before it goes to the dead letter. Default 5.
    pub max_attempts: u32,
    /// The pause after a first failure; each further one is four times as long. Default 30 s.
    pub retry_after: Duration,
    /// Days between two questions put to one customer, by whichever plugin. Default 30.
    pub question_days: u32,
    /// The longest chain of events that cause events. Default 8.
    pub max_depth: u8,
    /// With a seed, ids are the same in every execution: for tests only.
    pub seed: Option<u64>,
}

impl Default for Config {
    fn default() -> Config {
        Config {
            time_zone: "UTC".to_owned(),
            workers: std::thread::available_parallelism().map_or(2, usize::from),
            max_attempts: 5,
            retry_after: Duration::from_secs(30),
            question_days: 30,
            max_depth: 8,
            seed: None,
        }
    }
}
