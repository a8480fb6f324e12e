use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What is striking enough to ask about.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Ask about a category that someone buys nearly always.
    pub ask_about_purchases: bool,
    /// It takes at least so many purchases of which the category is known.
    #[schemars(range(min = 2, max = 60))]
    pub min_purchases: u32,
    /// Nearly always is at least so many percent of what they bought.
    #[schemars(range(min = 51, max = 100))]
    pub category_percent: u32,
    /// Ask about a time of the week at which someone comes nearly always.
    pub ask_about_visits: bool,
    /// It takes at least so many visits.
    #[schemars(range(min = 2, max = 60))]
    pub min_visits: u32,
    /// Nearly always is at least so many percent of the visits.
    #[schemars(range(min = 51, max = 100))]
    pub same_time_percent: u32,
    /// The same time is so many hours earlier or later.
    #[schemars(range(min = 1, max = 12))]
    pub same_time_hours: u32,
    /// A label for customers who answered; empty for none.
    pub tag: String,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            ask_about_purchases: true,
            min_purchases: 6,
            category_percent: 80,
            ask_about_visits: true,
            min_visits: 8,
            same_time_percent: 80,
            same_time_hours: 2,
            tag: String::new(),
        }
    }
}
