use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{Birthday, CustomerId, Timestamp};

/// A person with whom the business has a relationship.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Customer {
    pub id: CustomerId,
    /// The name that staff see.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub given_name: Option<String>,
    /// A BCP 47 tag, such as `de-CH`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub birthday: Option<Birthday>,
    /// An IANA time zone, such as `Europe/Berlin`. `None` means the business's time zone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<String>,
    pub level: Level,
    pub topics: BTreeSet<String>,
    pub tags: BTreeSet<String>,
    /// The start of the relationship.
    #[cfg_attr(feature = "schema", schema(value_type = String, format = DateTime))]
    pub since: Timestamp,
    /// The number of changes to this record. An update names it, to make sure that it overwrites no other
    /// change.
    pub version: u64,
}

impl Customer {
    /// Returns the customer's known names.
    pub fn names(&self) -> Vec<&str> {
        [self.display_name.as_deref(), self.given_name.as_deref()]
            .into_iter()
            .flatten()
            .collect()
    }
}

/// The amount of contact that a customer wants.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize,
)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Service only. The level of every new customer.
    #[default]
    Low,
    Medium,
    High,
}

impl Level {
    /// All levels, lowest first.
    pub const ALL: [Level; 3] = [Level::Low, Level::Medium, Level::High];

    /// Returns the JSON name.
    pub fn as_str(self) -> &'static str {
        match self {
            Level::Low => "low",
            Level::Medium => "medium",
            Level::High => "high",
        }
    }
}

/// Changes to a customer. An absent member keeps its value, a null member clears it.
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

/// Tells `null` from an absent member: serde alone reads both as `None`.
fn present<'de, T, D>(deserializer: D) -> Result<Option<Option<T>>, D::Error>
where
    T: Deserialize<'de>,
    D: serde::Deserializer<'de>,
{
    Option::<T>::deserialize(deserializer).map(Some)
}

/// An address to reach or recognise a customer by. Several customers may share one, such as a family's phone.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ContactPoint {
    pub kind: ContactKind,
    /// The e-mail address, phone number or external id, 1 to 320 characters.
    #[cfg_attr(feature = "schema", schema(min_length = 1, max_length = 320))]
    pub value: String,
    /// A label such as `work`, or the issuer of an external id, such as `membership-card`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(max_length = 200))]
    pub label: Option<String>,
}

impl ContactPoint {
    /// Creates a contact point without a label.
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
    /// The id of a membership card, a web shop or another system.
    External,
}

impl ContactKind {
    /// Returns the JSON name.
    pub fn as_str(self) -> &'static str {
        match self {
            ContactKind::Email => "email",
            ContactKind::Tel => "tel",
            ContactKind::External => "external",
        }
    }
}
