use std::collections::BTreeMap;
use std::ops::Deref;
use std::sync::{Arc, OnceLock};

use jiff::civil::Date;

use super::abi::v0_1;
use crate::model::{Birthday, CustomerId, Interaction, Json, Level, Timestamp};

/// All that one plugin sees of the world in one run, already cut to what it was granted.
#[derive(Debug, Clone)]
pub struct Slice {
    /// The event's time, or the action's.
    pub now: Timestamp,
    /// `now` as a date where the customer is.
    pub today: Date,
    /// The customer's IANA zone, else the business's.
    pub time_zone: String,
    /// What the plugin derives chance from.
    pub seed: u64,
    /// The installation's settings as JSON text.
    pub settings: Arc<str>,
    /// None only in an action that is about no customer.
    pub customer: Option<CustomerSlice>,
    /// Newest first.
    pub history: Vec<Arc<Past>>,
    /// What the plugin remembered about this customer.
    pub customer_memory: Arc<BTreeMap<String, Json>>,
    /// What the plugin remembered about itself.
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
            customer: None,
            history: Vec::new(),
            customer_memory: Arc::default(),
            plugin_memory: Arc::default(),
        })
    }
}

/// What a plugin may see of the customer; fields that were not granted are none or empty.
#[derive(Debug, Clone, PartialEq)]
pub struct CustomerSlice {
    pub id: CustomerId,
    pub display_name: Option<String>,
    pub given_name: Option<String>,
    pub language: Option<String>,
    pub birthday: Option<Birthday>,
    pub level: Level,
    pub topics: Vec<String>,
    pub tags: Vec<String>,
    pub since: Timestamp,
}

/// An interaction of the past. Its form in the contract is made once, when the first plugin asks
/// for it: share one `Past` between the slices of an event.
#[derive(Debug)]
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
