use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{ContactKind, CustomerId, InteractionId, Purpose, Timestamp};

/// What somebody said about being written to. Where nothing was said there is no row: that is unknown,
/// and never yes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum ConsentState {
    Given,
    Withdrawn,
}

/// An entry of the append-only record of consents; the newest one for a kind and a purpose holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Consent {
    pub customer: CustomerId,
    /// The kind of contact point that it is about.
    pub kind: ContactKind,
    pub purpose: Purpose,
    pub state: ConsentState,
    #[cfg_attr(feature = "schema", schema(value_type = String, format = DateTime))]
    pub at: Timestamp,
    /// Where it was said: `own-page`, `staff`, `import`, the name of a form.
    pub source: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// A contact point that nobody writes to any more, whoever's it is. It is kept as a keyed hash, so that
/// it outlasts the erasure of the contact point itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suppression {
    pub kind: ContactKind,
    /// HMAC-SHA256 over kind and normalised value.
    pub hash: [u8; 32],
    pub reason: SuppressionReason,
    pub at: Timestamp,
    pub source: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum SuppressionReason {
    /// By the link in a message.
    Unsubscribed,
    /// A message was reported as unwanted.
    Complained,
    /// Somebody asked not to be written to there.
    Requested,
    /// The customer's data was erased.
    Erased,
}

/// When and where a customer wants to hear from the business. Level and topics are in
/// [`Customer`](super::Customer).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields, default)]
pub struct Preferences {
    #[serde(
        deserialize_with = "super::instant",
        skip_serializing_if = "Option::is_none"
    )]
    #[cfg_attr(feature = "schema", schema(value_type = Option<String>, format = DateTime))]
    pub paused_until: Option<Timestamp>,
    /// The channels that the customer wants, by name; none for any.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(value_type = Option<Vec<String>>, max_items = 100))]
    pub channels: Option<BTreeSet<String>>,
}

/// A complaint of a customer's: an inbound interaction of the kind `complaint`. Until it is closed, or
/// for as long as the policy says, the customer is left alone but for service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Complaint {
    pub interaction: InteractionId,
    pub customer: CustomerId,
    /// When it was made.
    #[cfg_attr(feature = "schema", schema(value_type = String, format = DateTime))]
    pub at: Timestamp,
    #[cfg_attr(feature = "schema", schema(value_type = Option<String>, format = DateTime))]
    pub closed_at: Option<Timestamp>,
    pub closed_by: Option<String>,
    /// What was done about it.
    pub note: Option<String>,
}
