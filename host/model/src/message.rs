use serde::{Deserialize, Serialize};

use super::{
    Because, CustomerId, Decision, Fingerprint, InstallationId, MessageId, Purpose, RunId,
    Timestamp,
};

/// A message that a plugin proposed and no rule denied at once.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Message {
    pub id: MessageId,
    pub customer: CustomerId,
    pub plugin: InstallationId,
    pub run: RunId,
    pub purpose: Purpose,
    /// One of the topics that customers can choose.
    pub topic: Option<String>,
    pub subject: String,
    pub body: String,
    /// The channels in the plugin's order of preference.
    pub channels: Vec<String>,
    /// The benefit for the customer.
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
    /// The newest decision. A message is decided when it is proposed, and again when it is due.
    pub decision: Decision,
    /// The channel of the present or last attempt.
    pub channel: Option<String>,
    /// The time of the next attempt. While the message is being sent, the time at which another worker may
    /// take it. `None` in a final state.
    #[cfg_attr(feature = "schema", schema(value_type = Option<String>, format = DateTime))]
    pub due_at: Option<Timestamp>,
    /// The time of the first decision, from which the message waits. The event may have waited before.
    #[serde(skip)]
    #[cfg_attr(feature = "schema", schema(ignore))]
    pub decided_at: Timestamp,
    /// The number of attempts to send it.
    pub attempts: u32,
    #[cfg_attr(feature = "schema", schema(value_type = Option<String>, format = DateTime))]
    pub sent_at: Option<Timestamp>,
    /// The time of the last attempt with an unknown outcome. Such a message counts as sent, whatever its
    /// later state.
    #[cfg_attr(feature = "schema", schema(value_type = Option<String>, format = DateTime))]
    pub unconfirmed_at: Option<Timestamp>,
    /// The reason for the final state, or the result of the last attempt. Never contains an address.
    pub detail: Option<String>,
    /// The reason not to retry, if the customer reduced contact while the message was being sent.
    #[serde(skip)]
    #[cfg_attr(feature = "schema", schema(ignore))]
    pub cancel: Option<String>,
    /// The keyed hash of the recipient's contact point.
    #[serde(skip)]
    #[cfg_attr(feature = "schema", schema(ignore))]
    pub point: Option<[u8; 32]>,
    /// The fingerprint of the text, see `regulars_policy::fingerprint`.
    #[serde(skip, default)]
    #[cfg_attr(feature = "schema", schema(ignore))]
    pub fingerprint: Fingerprint,
    /// The time of the newest interaction by the customer that the message is based on.
    #[serde(skip)]
    #[cfg_attr(feature = "schema", schema(ignore))]
    pub cause_at: Option<Timestamp>,
}

/// The state of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "kebab-case")]
pub enum MessageState {
    /// Waits until it is due. The rules are applied again then.
    Queued,
    /// Being handed to its channel.
    Sending,
    /// The channel accepted it.
    Sent,
    /// The channel rejected it permanently, for example for an unknown address.
    Bounced,
    /// The channel failed, and no attempt is left.
    Failed,
    /// It lost its use before it could be sent.
    Expired,
    /// The customer, or staff on their behalf, reduced contact before it was sent.
    Cancelled,
    /// A rule denied it when it was due.
    Denied,
    /// Held out for the control group of an experiment.
    HeldOut,
}

impl MessageState {
    /// Returns true if the state never changes again.
    pub fn is_final(self) -> bool {
        !matches!(self, MessageState::Queued | MessageState::Sending)
    }
}
