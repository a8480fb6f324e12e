use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How the greeting behaves.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// How often the customer must have been in touch lately, so that the greeting is not the only
    /// time they hear from us.
    #[schemars(range(min = 1, max = 100))]
    pub min_contacts: u32,
    /// How many days "lately" is.
    #[schemars(range(min = 1, max = 365))]
    pub recent_days: u32,
    /// Also write to customers whose relationship level is medium, not only high.
    pub message_at_medium: bool,
    /// Who signs the message: the name of the business, or of a person.
    pub signature: String,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            min_contacts: 1,
            recent_days: 90,
            message_at_medium: false,
            signature: String::new(),
        }
    }
}
