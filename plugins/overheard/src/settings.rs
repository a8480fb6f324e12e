use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::words::{some, words};

/// Who answers a remark, and by when.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Who owns a remark, unless its topic has an owner of its own.
    pub owner_role: String,
    /// Who owns the remarks of a topic: `{"hygiene": "facilities"}`.
    pub topic_roles: BTreeMap<String, String>,
    /// The owner answers within so many hours.
    #[schemars(range(min = 1, max = 2160))]
    pub sla_hours: u32,
    /// Words and phrases that make a remark urgent. Upper and lower case are one; only whole words
    /// count.
    pub urgent_words: Vec<String>,
    /// Who owns an urgent remark, whatever its topic.
    pub urgent_role: String,
    /// An urgent remark is answered within so many hours.
    #[schemars(range(min = 1, max = 2160))]
    pub urgent_hours: u32,
    /// Who is told what became of a remark of which nobody wrote down who heard it.
    pub desk_role: String,
    /// The one who heard it is told within so many hours.
    #[schemars(range(min = 1, max = 2160))]
    pub tell_hours: u32,
}

impl Default for Settings {
    fn default() -> Self {
        let urgent = [
            "allergy",
            "allergic",
            "sick",
            "ill",
            "injured",
            "injury",
            "hurt",
            "bleeding",
            "unsafe",
            "dangerous",
            "fire",
            "ambulance",
            "poisoning",
            "broken glass",
            "harassed",
            "threatened",
        ];
        Settings {
            owner_role: "owner".to_owned(),
            topic_roles: BTreeMap::new(),
            sla_hours: 48,
            urgent_words: urgent.map(str::to_owned).to_vec(),
            urgent_role: "manager".to_owned(),
            urgent_hours: 2,
            desk_role: "desk".to_owned(),
            tell_hours: 24,
        }
    }
}

impl Settings {
    /// The first urgent word in a text.
    pub fn urgent<'a>(&'a self, text: &str) -> Option<&'a str> {
        let text = words(text);
        let says = |phrase: &&String| {
            let phrase = words(phrase);
            !phrase.is_empty() && text.windows(phrase.len()).any(|it| it == phrase)
        };
        self.urgent_words.iter().find(says).map(String::as_str)
    }

    /// Who owns a remark on a topic.
    pub fn owner(&self, topic: Option<&str>) -> &str {
        let role = topic
            .and_then(|topic| self.topic_roles.get(topic))
            .unwrap_or(&self.owner_role);
        some(role).unwrap_or("owner")
    }
}
