use std::time::Duration;

use crate::model::{ContactKind, Message, Timestamp};

/// A delivery channel to customers.
pub trait Channel: Send + Sync + 'static {
    /// Returns the name by which plugins and customers choose the channel.
    fn name(&self) -> &str;

    /// Returns the kind of contact point that the channel needs, or `None` if it needs none.
    fn reaches(&self) -> Option<ContactKind>;

    /// Returns true if every message needs [`Envelope::page`] and [`Envelope::unsubscribe`]. A host without a
    /// public URL does not start with such a channel.
    fn needs_links(&self) -> bool {
        false
    }

    /// Returns the time limit of [`Channel::send`], at most two minutes. Default: one minute. A send that
    /// exceeds it counts as [`SendError::Unknown`] and is abandoned, so that it does not block other messages.
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
    /// Number of the attempt, from 1.
    pub attempt: u32,
    /// The contact point's value, if the channel needs one.
    pub to: Option<String>,
    /// The customer's name.
    pub name: Option<String>,
    /// The customer's language, as a BCP 47 tag.
    pub language: Option<String>,
    /// URL of the customer portal, if the host has a public URL.
    pub page: Option<String>,
    /// URL for one-click unsubscription from this contact point (RFC 8058).
    pub unsubscribe: Option<String>,
}

/// A successful delivery.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Accepted {
    /// The receiver's response, for the record. It must not contain an address.
    pub detail: Option<String>,
}

/// A failed or unconfirmed delivery. Details must not contain addresses, numbers or secrets.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// The contact point does not exist. No message is sent to it again.
    #[error("{0}")]
    NoSuchPoint(String),
    /// The receiver rejects this message permanently, or the channel cannot express it.
    #[error("{0}")]
    Permanent(String),
    /// The message was certainly not delivered. A retry may succeed.
    #[error("{0}")]
    Transient(String),
    /// The message may have been delivered: the response was lost or late. It is retried under the same id
    /// and by the same route, and counts as sent until its result is known.
    #[error("{0}")]
    Unknown(String),
}
