use std::time::Duration;

/// The reason why a call was not admitted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rejection {
    /// The rate limit is used up; a run is available in `millis`.
    Runs {
        allowed: u64,
        millis: u64,
    },
    /// The fuel limit is used up; one run's budget is available in `millis`.
    Fuel {
        allowed: u64,
        millis: u64,
    },
    /// All slots are taken.
    Concurrent {
        allowed: u32,
    },
    /// Earlier events of the plugin are deferred, and go first.
    Behind,
    Quarantined,
    Broken,
    /// Another version is being installed.
    Replaced,
}

impl Rejection {
    /// Returns the end of a sentence that begins with the plugin's name.
    pub fn words(self) -> String {
        match self {
            Rejection::Runs { allowed, .. } => {
                format!("ran as often as the {allowed} a second that `runs_per_second` allows")
            }
            Rejection::Fuel { allowed, .. } => {
                format!("used up the {allowed} fuel a minute that `fuel_per_minute` allows")
            }
            Rejection::Concurrent { allowed } => {
                format!("is busy with the {allowed} calls at once that `concurrent_runs` allows")
            }
            Rejection::Behind => "is at its limits: this waits behind earlier events".to_owned(),
            Rejection::Quarantined => {
                "is quarantined: it is tried now and then, or resumed by a person".to_owned()
            }
            Rejection::Replaced => "is being replaced by another version".to_owned(),
            Rejection::Broken => "does not load here: install a version that does".to_owned(),
        }
    }

    /// Returns the time after which the caller may try again.
    pub fn retry_after(self) -> Duration {
        match self {
            Rejection::Runs { millis, .. } | Rejection::Fuel { millis, .. } => {
                Duration::from_millis(millis)
            }
            _ => Duration::from_secs(1),
        }
    }
}
