use serde::{Deserialize, Serialize};

use super::{Because, CustomerId, Decision, InstallationId, MessageId, Purpose, RunId, Timestamp};

/// Outreach that a plugin proposed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "http", derive(utoipa::ToSchema))]
pub struct Message {
    pub id: MessageId,
    pub customer: CustomerId,
    pub plugin: InstallationId,
    pub run: RunId,
    pub purpose: Purpose,
    pub subject: String,
    pub body: String,
    pub channels: Vec<String>,
    /// What is in it for the customer.
    pub value: String,
    pub because: Because,
    pub created_at: Timestamp,
    pub not_before: Option<Timestamp>,
    pub expires_at: Option<Timestamp>,
    pub dedupe_key: String,
    pub state: MessageState,
    pub decision: Decision,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "http", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum MessageState {
    /// Stored with its reason and evidence. No channel delivers yet.
    Proposed,
    /// Refused by a rule.
    Denied,
}
