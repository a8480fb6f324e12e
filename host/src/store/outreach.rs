use std::collections::{BTreeMap, BTreeSet};

use crate::model::*;

/// What the contact policy looks at, beside the customer's own record: read at one moment, for a
/// customer about whom some proposal is a message.
#[derive(Debug, Clone, Default)]
pub struct OutreachView {
    /// Counts the changes to everything in here; what a decision rests on.
    pub version: u64,
    /// What the customer wants to hear about.
    pub topics: BTreeSet<String>,
    pub paused_until: Option<Timestamp>,
    /// The channels that the customer wants, by name; none for any.
    pub channels: Option<BTreeSet<String>>,
    /// In the order in which they are tried.
    pub points: Vec<PointView>,
    /// When the newest complaint that is still open was made.
    pub complaint_since: Option<Timestamp>,
    /// What was sent since [`Policy::since`](crate::policy::Policy::since), is being sent, or has its place
    /// kept, now or later; and what may have arrived, when it may have. Not what bounced, failed for good, expired
    /// or was cancelled without being handed over in doubt. In any order.
    pub past: Vec<PastMessage>,
}

/// A contact point, as much of it as rules may know: never the address or number itself.
#[derive(Debug, Clone)]
pub struct PointView {
    pub kind: ContactKind,
    /// As in [`Suppression::hash`].
    pub hash: [u8; 32],
    pub suppressed: Option<SuppressionReason>,
    /// Mail to it came back for good.
    pub bounced: bool,
    /// What this customer said last about each purpose, for this kind of contact point.
    pub consents: BTreeMap<Purpose, ConsentState>,
}

/// A message that counts: one that was sent, or has its place kept.
#[derive(Debug, Clone)]
pub struct PastMessage {
    /// When it was sent, or is going to be.
    pub at: Timestamp,
    pub purpose: Purpose,
    pub channel: String,
    pub fingerprint: Fingerprint,
    pub plugin: InstallationId,
}

/// A request for the [`OutreachView`] of a customer.
#[derive(Debug, Clone)]
pub struct OutreachRequest {
    pub customer: CustomerId,
    /// The start of the window in which messages count.
    pub since: Timestamp,
    /// A message that does not count.
    pub without: Option<MessageId>,
}
