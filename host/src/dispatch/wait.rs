use std::time::Duration;

/// Why a call has to wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wait {
    Runs {
        allowed: u64,
        millis: u64,
    },
    Fuel {
        allowed: u64,
        millis: u64,
    },
    Concurrent {
        allowed: u32,
    },
    /// Events that came earlier wait for one of these.
    Behind,
    Quarantined,
    Broken,
    /// Another version is about to take its place.
    Replaced,
}

impl Wait {
    /// For a person; after the plugin's name, it is a sentence.
    pub fn words(self) -> String {
        match self {
            Wait::Runs { allowed, .. } => {
                format!("ran as often as the {allowed} a second that `runs_per_second` allows")
            }
            Wait::Fuel { allowed, .. } => {
                format!("used up the {allowed} fuel a minute that `fuel_per_minute` allows")
            }
            Wait::Concurrent { allowed } => {
                format!("is busy with the {allowed} calls at once that `concurrent_runs` allows")
            }
            Wait::Behind => "is at its limits: this waits behind earlier events".to_owned(),
            Wait::Quarantined => {
                "is quarantined: it is tried now and then, or resumed by a person".to_owned()
            }
            Wait::Replaced => "is being replaced by another version".to_owned(),
            Wait::Broken => "does not load here: install a version that does".to_owned(),
        }
    }

    /// When it may go better.
    pub fn retry_after(self) -> Duration {
        match self {
            Wait::Runs { millis, .. } | Wait::Fuel { millis, .. } => Duration::from_millis(millis),
            _ => Duration::from_secs(1),
        }
    }
}
