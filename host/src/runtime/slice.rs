use std::collections::BTreeMap;
use std::ops::Deref;
use std::sync::{Arc, OnceLock};

use jiff::civil::Date;
use serde::{Deserialize, Serialize, Serializer};

use super::abi::v0_1;
use crate::model::{Birthday, CustomerId, Grants, Interaction, Json, Level, Timestamp};

/// All that one plugin sees of the world in one run, already cut to what it was granted.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Slice {
    /// The event's time, or the action's.
    #[cfg_attr(feature = "schema", schema(value_type = String, format = DateTime))]
    pub now: Timestamp,
    /// `now` as a date where the customer is.
    #[cfg_attr(feature = "schema", schema(value_type = String, format = Date))]
    pub today: Date,
    /// The customer's IANA zone, else the business's.
    pub time_zone: String,
    /// What the plugin derives chance from. In JSON it is text: not every reader has 64 bits.
    #[serde(with = "number_as_text")]
    #[cfg_attr(feature = "schema", schema(value_type = String))]
    pub seed: u64,
    /// The installation's settings as JSON text, written as `serde_json` writes a value.
    #[serde(with = "text_as_json")]
    #[cfg_attr(feature = "schema", schema(value_type = Object))]
    pub settings: Arc<str>,
    /// What the plugin was granted; nothing in transcripts that are older than this.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schema(value_type = Grants))]
    pub grants: Arc<Grants>,
    /// None only in an action that is about no customer.
    pub customer: Option<CustomerSlice>,
    /// Newest first.
    #[cfg_attr(feature = "schema", schema(value_type = Vec<Interaction>))]
    pub history: Vec<Arc<Past>>,
    /// What the plugin remembered about this customer.
    #[cfg_attr(feature = "schema", schema(value_type = Object))]
    pub customer_memory: Arc<BTreeMap<String, Json>>,
    /// What the plugin remembered about itself.
    #[cfg_attr(feature = "schema", schema(value_type = Object))]
    pub plugin_memory: Arc<BTreeMap<String, Json>>,
}

impl Slice {
    /// Nothing at all: what a plugin that describes itself sees.
    pub(super) fn nothing() -> Arc<Slice> {
        Arc::new(Slice {
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

/// What a plugin may see of the customer; fields that were not granted are none or empty.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct CustomerSlice {
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

/// An interaction of the past. Its form in the contract is made once, when the first plugin asks
/// for it: share one `Past` between the slices of an event.
#[derive(Debug, Deserialize)]
#[serde(from = "Interaction")]
pub struct Past {
    interaction: Interaction,
    guest: OnceLock<Arc<v0_1::Interaction>>,
}

impl Past {
    /// Its form in the contract is not made yet.
    pub fn new(interaction: Interaction) -> Past {
        Past {
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

impl Deref for Past {
    type Target = Interaction;

    fn deref(&self) -> &Interaction {
        &self.interaction
    }
}

impl From<Interaction> for Past {
    fn from(interaction: Interaction) -> Past {
        Past::new(interaction)
    }
}

impl Serialize for Past {
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
            .map_err(|_| D::Error::custom("a number from 0 to 2⁶⁴ - 1 in quotes is expected"))
    }
}

mod text_as_json {
    use std::sync::Arc;

    use serde::ser::Error as _;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use crate::model::Json;

    pub fn serialize<S: Serializer>(text: &Arc<str>, serializer: S) -> Result<S::Ok, S::Error> {
        let json: Json = serde_json::from_str(text).map_err(S::Error::custom)?;
        json.serialize(serializer)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Arc<str>, D::Error> {
        Ok(Json::deserialize(deserializer)?.to_string().into())
    }
}
