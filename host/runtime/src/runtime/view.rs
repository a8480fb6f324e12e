use std::collections::BTreeMap;
use std::ops::Deref;
use std::sync::{Arc, OnceLock};

use jiff::civil::Date;
use serde::{Deserialize, Serialize, Serializer};

use super::abi::v0_1;
use regulars_model::{Birthday, CustomerId, Grants, Interaction, Json, Level, Timestamp};

/// Everything that a plugin sees in one run, restricted to its grants.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct PluginView {
    /// The time of the event or action.
    #[cfg_attr(feature = "schema", schema(value_type = String, format = DateTime))]
    pub now: Timestamp,
    /// The customer's local date at `now`.
    #[cfg_attr(feature = "schema", schema(value_type = String, format = Date))]
    pub today: Date,
    /// The customer's IANA time zone, or else the business's.
    pub time_zone: String,
    /// The plugin's seed for pseudo-randomness. Text in JSON, because many parsers lack 64-bit integers.
    #[serde(with = "number_as_text")]
    #[cfg_attr(feature = "schema", schema(value_type = String))]
    pub seed: u64,
    /// The installation's settings as JSON text, in `serde_json`'s form.
    #[serde(with = "text_as_json")]
    #[cfg_attr(feature = "schema", schema(value_type = Object))]
    pub settings: Arc<str>,
    /// The installation's grants. Empty in older transcripts.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schema(value_type = Grants))]
    pub grants: Arc<Grants>,
    /// `None` only in an action without a customer.
    pub customer: Option<CustomerView>,
    /// The visible history, newest first.
    #[cfg_attr(feature = "schema", schema(value_type = Vec<Interaction>))]
    pub history: Vec<Arc<HistoryEntry>>,
    /// The plugin's memory of this customer.
    #[cfg_attr(feature = "schema", schema(value_type = Object))]
    pub customer_memory: Arc<BTreeMap<String, Json>>,
    /// The plugin's own memory.
    #[cfg_attr(feature = "schema", schema(value_type = Object))]
    pub plugin_memory: Arc<BTreeMap<String, Json>>,
}

impl PluginView {
    /// Returns an empty view, for `describe` and `migrate`.
    pub(super) fn nothing() -> Arc<PluginView> {
        Arc::new(PluginView {
            now: Timestamp::UNIX_EPOCH,
            today: Date::constant(1970, 1, 1),
            time_zone: "UTC".to_owned(),
            seed: 0,
            settings: Arc::from("{}"),
            grants: Arc::default(),
            customer: None,
            history: Vec::new(),
            customer_memory: Arc::default(),
            plugin_memory: Arc::default(),
        })
    }
}

/// The visible fields of a customer. Fields that were not granted are `None` or empty.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct CustomerView {
    pub id: CustomerId,
    pub display_name: Option<String>,
    pub given_name: Option<String>,
    pub language: Option<String>,
    pub birthday: Option<Birthday>,
    pub level: Level,
    pub topics: Vec<String>,
    pub tags: Vec<String>,
    #[cfg_attr(feature = "schema", schema(value_type = String, format = DateTime))]
    pub since: Timestamp,
}

/// A past interaction with its cached form in the contract, which the first plugin to read it creates. Share
/// one `HistoryEntry` between all views of an event.
#[derive(Debug, Deserialize)]
#[serde(from = "Interaction")]
pub struct HistoryEntry {
    interaction: Interaction,
    guest: OnceLock<Arc<v0_1::Interaction>>,
}

impl HistoryEntry {
    /// Creates an entry without the cached form.
    pub fn new(interaction: Interaction) -> HistoryEntry {
        HistoryEntry {
            interaction,
            guest: OnceLock::new(),
        }
    }

    pub(super) fn for_guest(&self) -> Arc<v0_1::Interaction> {
        self.guest
            .get_or_init(|| Arc::new(v0_1::interaction(&self.interaction)))
            .clone()
    }
}

impl Deref for HistoryEntry {
    type Target = Interaction;

    fn deref(&self) -> &Interaction {
        &self.interaction
    }
}

impl From<Interaction> for HistoryEntry {
    fn from(interaction: Interaction) -> HistoryEntry {
        HistoryEntry::new(interaction)
    }
}

impl Serialize for HistoryEntry {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.interaction.serialize(serializer)
    }
}

mod number_as_text {
    use serde::de::Error as _;
    use serde::{Deserialize, Deserializer, Serializer};

    pub fn serialize<S: Serializer>(number: &u64, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(number)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse()
            .map_err(|_| D::Error::custom("expected a number from 0 to 2⁶⁴ - 1 in quotes"))
    }
}

mod text_as_json {
    use std::sync::Arc;

    use serde::ser::Error as _;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use regulars_model::Json;

    pub fn serialize<S: Serializer>(text: &Arc<str>, serializer: S) -> Result<S::Ok, S::Error> {
        let json: Json = serde_json::from_str(text).map_err(S::Error::custom)?;
        json.serialize(serializer)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Arc<str>, D::Error> {
        Ok(Json::deserialize(deserializer)?.to_string().into())
    }
}
