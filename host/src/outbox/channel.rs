use std::time::Duration;

use crate::model::{ContactKind, Message, Timestamp};

/// A way by which messages reach customers.
pub trait Channel: Send + Sync + 'static {
    /// The name by which plugins and customers choose it.
    fn name(&self) -> &str;

    /// The kind of contact point that it reaches people by; none where it needs none.
    fn reaches(&self) -> Option<ContactKind>;

    /// Whether no message may go without [`Parcel::page`] and [`Parcel::unsubscribe`]: a host without a public
    /// address does not start with such a channel.
    fn needs_links(&self) -> bool {
        false
    }

    /// For how long the host waits for [`Channel::send`]: a minute, unless the channel knows better. What
    /// takes longer counts as [`Refusal::Unknown`] and goes on unheard, so that a channel which hangs holds
    /// up nobody. No more than two minutes.
    fn time_limit(&self) -> Duration {
        Duration::from_secs(60)
    }

    /// Hands a message over, and returns when it is known what came of it. It blocks: it is called on a thread
    /// of its own, several at once. The same message may come again under the same id, where it was not recorded
    /// what came of it before.
    ///
    /// # Errors
    /// [`Refusal`] says whether it is of use to try again.
    fn send(&self, parcel: &Parcel) -> Result<Taken, Refusal>;
}

/// A message with all that is needed to hand it over.
#[derive(Debug, Clone)]
pub struct Parcel {
    pub message: Message,
    /// The host's time. Whatever a channel dates, it dates by this.
    pub now: Timestamp,
    /// Which attempt this is, from 1.
    pub attempt: u32,
    /// The contact point's value, where the channel has a kind of contact point.
    pub to: Option<String>,
    /// How the customer is called.
    pub name: Option<String>,
    /// BCP 47.
    pub language: Option<String>,
    /// The customer's own page, where this host has an address on the web.
    pub page: Option<String>,
    /// Where a POST ends all messages to this contact point (RFC 8058).
    pub unsubscribe: Option<String>,
}

/// The channel took it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Taken {
    /// What the other side said, for the record: never an address.
    pub detail: Option<String>,
}

/// The channel did not take it, or nobody can tell. No detail may hold an address, a number or a secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Nothing is at this contact point, and never will be: it is not tried again, for no message.
    #[error("{0}")]
    NoSuchPoint(String),
    /// This message is not wanted there, or cannot be said that way.
    #[error("{0}")]
    Permanent(String),
    /// It was certainly not taken; another time it may be.
    #[error("{0}")]
    Transient(String),
    /// It may have been taken: the answer was lost, or did not come in time. It is handed over again under the
    /// same id and by the same way, and it counts as sent until it is known better.
    #[error("{0}")]
    Unknown(String),
}
