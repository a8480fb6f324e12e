use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// When a trainer would help.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Coming often is at least so many visits…
    #[schemars(range(min = 1, max = 200))]
    pub visits: u32,
    /// … in so many days.
    #[schemars(range(min = 1, max = 90))]
    pub visit_days: u32,
    /// How many days of measurements are compared, the first with the last.
    #[schemars(range(min = 28, max = 365))]
    pub measured_days: u32,
    /// The first and the last measurement lie at least so many days apart; anything shorter says
    /// nothing.
    #[schemars(range(min = 28, max = 365))]
    pub min_days: u32,
    /// Progress is at least so many percent of the way from the first measurement to the goal.
    #[schemars(range(min = 0, max = 100))]
    pub min_progress_percent: u32,
    /// After a referral, none for so many days.
    #[schemars(range(min = 1, max = 3650))]
    pub pause_days: u32,
    /// A link to something worth reading, to go with the introduction; empty for none.
    pub reading: String,
    /// Ask those who come often and stated no goal what they are training for, once.
    pub ask_for_goal: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            visits: 12,
            visit_days: 30,
            measured_days: 90,
            min_days: 28,
            min_progress_percent: 10,
            pause_days: 60,
            reading: String::new(),
            ask_for_goal: true,
        }
    }
}
