use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{ContactKind, CustomerId, InteractionId, Purpose, Timestamp};

/// A customer's decision about being contacted. Without an entry the consent is unknown, which never counts
/// as given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum ConsentState {
    Given,
    Withdrawn,
}

/// An entry of the append-only record of consents. The newest entry for a kind and a purpose holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Consent {
    pub customer: CustomerId,
    /// The kind of contact point that the consent covers.
    pub kind: ContactKind,
    pub purpose: Purpose,
    pub state: ConsentState,
    #[cfg_attr(feature = "schema", schema(value_type = String, format = DateTime))]
    pub at: Timestamp,
    /// The place of the decision: `own-page`, `staff`, `import` or the name of a form.
    pub source: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// A contact point that gets no more messages, for any customer. It is stored as a keyed hash, so that it
/// outlasts the erasure of the contact point itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suppression {
    pub kind: ContactKind,
    /// HMAC-SHA256 over the kind and the normalised value.
    pub hash: [u8; 32],
    pub reason: SuppressionReason,
    pub at: Timestamp,
    pub source: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum SuppressionReason {
    /// The customer used the unsubscribe link of a message.
    Unsubscribed,
    /// The recipient reported a message as spam.
    Complained,
    /// The customer asked for it.
    Requested,
    /// The customer's data was erased.
    Erased,
}

/// A customer's choice of channels and pauses. Level and topics are in [`Customer`](super::Customer).
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
    /// The wanted channels, by name. `None` means any.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(value_type = Option<Vec<String>>, max_items = 100))]
    pub channels: Option<BTreeSet<String>>,
}

/// A customer's complaint: an inbound interaction of the kind `complaint`. While it is open, or as long as
/// the policy says, the customer gets service messages only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Complaint {
    pub interaction: InteractionId,
    pub customer: CustomerId,
    /// The time of the complaint.
    #[cfg_attr(feature = "schema", schema(value_type = String, format = DateTime))]
    pub at: Timestamp,
    #[cfg_attr(feature = "schema", schema(value_type = Option<String>, format = DateTime))]
    pub closed_at: Option<Timestamp>,
    pub closed_by: Option<String>,
    /// The resolution.
    pub note: Option<String>,
}
