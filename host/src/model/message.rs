use serde::{Deserialize, Serialize};

use super::{
    Because, CustomerId, Decision, Fingerprint, InstallationId, MessageId, Purpose, RunId,
    Timestamp,
};

/// Outreach that a plugin proposed and no rule refused at once.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Message {
    pub id: MessageId,
    pub customer: CustomerId,
    pub plugin: InstallationId,
    pub run: RunId,
    pub purpose: Purpose,
    /// What it is about, in the words in which customers choose topics.
    pub topic: Option<String>,
    pub subject: String,
    pub body: String,
    /// In the plugin's order of preference.
    pub channels: Vec<String>,
    /// What is in it for the customer.
    pub value: String,
    pub because: Because,
    #[cfg_attr(feature = "schema", schema(value_type = String, format = DateTime))]
    pub created_at: Timestamp,
    #[cfg_attr(feature = "schema", schema(value_type = Option<String>, format = DateTime))]
    pub not_before: Option<Timestamp>,
    #[cfg_attr(feature = "schema", schema(value_type = Option<String>, format = DateTime))]
    pub expires_at: Option<Timestamp>,
    pub dedupe_key: String,
    pub state: MessageState,
    /// The newest decision: made when it was proposed, and again when it is due.
    pub decision: Decision,
    /// The channel that it goes, or went, by.
    pub channel: Option<String>,
    /// When it is to be sent; where it is being sent, when somebody else may; none once it has come to an end.
    #[cfg_attr(feature = "schema", schema(value_type = Option<String>, format = DateTime))]
    pub due_at: Option<Timestamp>,
    /// When it was first decided: it waits from then on. An event may have waited before.
    #[serde(skip)]
    #[cfg_attr(feature = "schema", schema(ignore))]
    pub decided_at: Timestamp,
    /// How often it was handed to the channel.
    pub attempts: u32,
    #[cfg_attr(feature = "schema", schema(value_type = Option<String>, format = DateTime))]
    pub sent_at: Option<Timestamp>,
    /// When it was last handed over without word of whether it arrived. Until it is sent it counts as if it had,
    /// whatever becomes of it.
    #[cfg_attr(feature = "schema", schema(value_type = Option<String>, format = DateTime))]
    pub unconfirmed_at: Option<Timestamp>,
    /// Why it came to its end, or what the last attempt met; never an address.
    pub detail: Option<String>,
    /// Why it is not tried again, where the customer wanted less while it was being sent.
    #[serde(skip)]
    #[cfg_attr(feature = "schema", schema(ignore))]
    pub cancel: Option<String>,
    /// The keyed hash of the contact point that it goes to.
    #[serde(skip)]
    #[cfg_attr(feature = "schema", schema(ignore))]
    pub point: Option<[u8; 32]>,
    /// What it says, folded: see [`crate::policy::fingerprint`].
    #[serde(skip, default)]
    #[cfg_attr(feature = "schema", schema(ignore))]
    pub fingerprint: Fingerprint,
    /// When the newest interaction of the customer's own occurred that it rests on.
    #[serde(skip)]
    #[cfg_attr(feature = "schema", schema(ignore))]
    pub cause_at: Option<Timestamp>,
}

/// What has become of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum MessageState {
    /// To be sent when it is due, if the rules still allow it then.
    Queued,
    /// Being handed to its channel.
    Sending,
    /// The channel took it.
    Sent,
    /// The channel refused it for good: there is no such address, say.
    Bounced,
    /// The channel could not take it, and it was tried often enough.
    Failed,
    /// It was not useful any more before it could be sent.
    Expired,
    /// The customer, or somebody for them, wanted less before it was sent.
    Cancelled,
    /// Refused by a rule when it was due.
    Denied,
    /// Kept back to measure what would have happened anyway.
    HeldOut,
}

impl MessageState {
    /// Whether nothing more will become of it.
    pub fn is_final(self) -> bool {
        !matches!(self, MessageState::Queued | MessageState::Sending)
    }
}
