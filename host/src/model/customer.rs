use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{Birthday, CustomerId, Timestamp};

/// A person the business deals with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Customer {
    pub id: CustomerId,
    /// How the person is called at the desk.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub given_name: Option<String>,
    /// BCP 47, such as `de-CH`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub birthday: Option<Birthday>,
    /// IANA time zone, such as `Europe/Berlin`; the business's where none is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<String>,
    pub level: Level,
    pub topics: BTreeSet<String>,
    pub tags: BTreeSet<String>,
    /// When the person became a customer.
    #[cfg_attr(feature = "schema", schema(value_type = String, format = DateTime))]
    pub since: Timestamp,
    /// Counts the changes to this record; what an update must name to be sure it overwrites nothing.
    pub version: u64,
}

impl Customer {
    /// What the customer is called.
    pub(crate) fn names(&self) -> Vec<&str> {
        [self.display_name.as_deref(), self.given_name.as_deref()]
            .into_iter()
            .flatten()
            .collect()
    }
}

/// How much contact a customer wants.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize,
)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Service only. Every new customer starts here.
    #[default]
    Low,
    Medium,
    High,
}

impl Level {
    /// All of them, lowest first.
    pub const ALL: [Level; 3] = [Level::Low, Level::Medium, Level::High];

    /// As in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Level::Low => "low",
            Level::Medium => "medium",
            Level::High => "high",
        }
    }
}

/// What changes in a customer: a member that is absent stays, one that is null is cleared.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields, default)]
pub struct CustomerPatch {
    #[serde(deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(value_type = Option<String>, max_length = 200))]
    pub display_name: Option<Option<String>>,
    #[serde(deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(value_type = Option<String>, max_length = 200))]
    pub given_name: Option<Option<String>>,
    #[serde(deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(value_type = Option<String>, max_length = 35))]
    pub language: Option<Option<String>>,
    #[serde(deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(value_type = Option<Birthday>))]
    pub birthday: Option<Option<Birthday>>,
    #[serde(deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(value_type = Option<String>))]
    pub time_zone: Option<Option<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub level: Option<Level>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(max_items = 100))]
    pub topics: Option<BTreeSet<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(max_items = 100))]
    pub tags: Option<BTreeSet<String>>,
}

/// Tells `null` from absent: serde alone reads both as `None`.
fn present<'de, T, D>(deserializer: D) -> Result<Option<Option<T>>, D::Error>
where
    T: Deserialize<'de>,
    D: serde::Deserializer<'de>,
{
    Option::<T>::deserialize(deserializer).map(Some)
}

/// A way to reach or recognise a customer. One point may belong to several customers: a family's phone.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ContactPoint {
    pub kind: ContactKind,
    /// The address, the number, or the external id, 1 to 320 characters.
    #[cfg_attr(feature = "schema", schema(min_length = 1, max_length = 320))]
    pub value: String,
    /// Which one it is: `work`, or for an external id who issued it: `membership-card`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(max_length = 200))]
    pub label: Option<String>,
}

impl ContactPoint {
    /// Without a label.
    pub fn new(kind: ContactKind, value: impl Into<String>) -> ContactPoint {
        ContactPoint {
            kind,
            value: value.into(),
            label: None,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum ContactKind {
    Email,
    Tel,
    /// A membership card, a web shop's id.
    External,
}

impl ContactKind {
    /// As in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            ContactKind::Email => "email",
            ContactKind::Tel => "tel",
            ContactKind::External => "external",
        }
    }
}
