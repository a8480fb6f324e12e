use std::time::Duration;

use crate::model::{ContactKind, Message, Timestamp};

/// A channel through which messages reach customers.
pub trait Channel: Send + Sync + 'static {
    /// The name that plugins and customers choose it by.
    fn name(&self) -> &str;

    /// The kind of contact point that it needs. `None` if it needs none.
    fn reaches(&self) -> Option<ContactKind>;

    /// Returns true if every message needs [`Envelope::page`] and [`Envelope::unsubscribe`]. A host without a public URL
    /// does not start with such a channel.
    fn needs_links(&self) -> bool {
        false
    }

    /// The time limit of [`Channel::send`]: a minute by default, and at most two. A send that takes longer counts as
    /// [`SendError::Unknown`] and is abandoned, so that it does not block others.
    fn time_limit(&self) -> Duration {
        Duration::from_secs(60)
    }

    /// Sends a message and returns its result. The call blocks: it runs on a thread of its own, and several
    /// run at once. A message can come again under the same id if its earlier result was not recorded.
    ///
    /// # Errors
    ///
    /// The variant of [`SendError`] decides about a retry.
    fn send(&self, envelope: &Envelope) -> Result<Accepted, SendError>;
}

/// A message with everything that its delivery needs.
#[derive(Debug, Clone)]
pub struct Envelope {
    pub message: Message,
    /// The host's time. Channels use it for all dates.
    pub now: Timestamp,
    /// The number of this attempt, from 1.
    pub attempt: u32,
    /// The value of the contact point, if the channel needs one.
    pub to: Option<String>,
    /// The customer's name.
    pub name: Option<String>,
    /// The customer's language, as a BCP 47 tag.
    pub language: Option<String>,
    /// The link to the customer's own page, if the host has a public URL.
    pub page: Option<String>,
    /// The URL at which a POST ends all messages to this contact point (RFC 8058).
    pub unsubscribe: Option<String>,
}

/// The channel accepted the message.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Accepted {
    /// The receiver's answer, for the record. It never holds an address.
    pub detail: Option<String>,
}

/// The channel did not accept the message, or the result is unknown. No detail may hold an address, a number or a
/// secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// The contact point does not exist. No message is sent to it again.
    #[error("{0}")]
    NoSuchPoint(String),
    /// The receiver refuses this message, or the channel cannot express it.
    #[error("{0}")]
    Permanent(String),
    /// The message was certainly not accepted; a retry may succeed.
    #[error("{0}")]
    Transient(String),
    /// The message may have been accepted: the answer was lost or late. It is sent again with the same id by the same
    /// route, and counts as sent until its result is known.
    #[error("{0}")]
    Unknown(String),
}
