use serde::{Deserialize, Serialize};

use super::{CustomerId, InteractionId, Json, Timestamp};

/// The interaction kinds that every host knows. A plugin adds its own as `<plugin>/<kind>`.
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

/// Something that passed between a customer and the business. Append-only.
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
    /// Where it passed: `till`, `phone`, `web`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channel: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    /// Kind-specific members: a purchase's lines, a weigh-in's kilograms. Always an object.
    #[cfg_attr(feature = "schema", schema(value_type = Object))]
    pub data: Json,
}

/// Who spoke.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// The customer to the business.
    #[default]
    Inbound,
    /// The business to the customer.
    Outbound,
    /// The business to itself: a note.
    Internal,
}
