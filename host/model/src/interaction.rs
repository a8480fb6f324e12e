use serde::{Deserialize, Serialize};

use super::{CustomerId, InteractionId, Json, Timestamp};

/// The interaction kinds of every host. Plugins add their own as `<plugin>/<kind>`.
pub const KINDS: [&str; 12] = [
    "visit",
    "purchase",
    "feedback",
    "complaint",
    "call",
    "message",
    "meeting",
    "note",
    "booking",
    "membership",
    "payment",
    "measurement",
];

/// A contact between a customer and the business. Append-only.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Interaction {
    pub id: InteractionId,
    pub customer: CustomerId,
    /// One of [`KINDS`], or a plugin's own `<plugin>/<kind>`.
    pub kind: String,
    pub direction: Direction,
    #[cfg_attr(feature = "schema", schema(value_type = String, format = DateTime))]
    pub occurred_at: Timestamp,
    /// The place or medium, such as `till`, `phone` or `web`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channel: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    /// Kind-specific members, such as a purchase's lines or a weigh-in's kilograms. Always an object.
    #[cfg_attr(feature = "schema", schema(value_type = Object))]
    pub data: Json,
}

/// The direction of an interaction.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// From the customer to the business.
    #[default]
    Inbound,
    /// From the business to the customer.
    Outbound,
    /// Within the business, such as a note.
    Internal,
}
