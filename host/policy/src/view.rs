//! The data that the rules read, as the store loads it: plain values, no storage types.

use std::collections::{BTreeMap, BTreeSet};

use regulars_model::*;

/// The state that the contact rules read beside the customer's record, loaded at one moment.
#[derive(Debug, Clone, Default)]
pub struct OutreachView {
    /// Counts the changes to this state. A decision holds while the version stays the same.
    pub version: u64,
    /// The topics that the customer chose.
    pub topics: BTreeSet<String>,
    pub paused_until: Option<Timestamp>,
    /// The names of the channels that the customer allows. `None` means any.
    pub channels: Option<BTreeSet<String>>,
    /// The contact points in the order in which they are tried.
    pub points: Vec<PointView>,
    /// The time of the newest open complaint.
    pub complaint_since: Option<Timestamp>,
    /// The messages that count in the rate windows, in any order: sent since [`Policy::since`](crate::Policy::since),
    /// being sent, queued, or possibly delivered. Bounced, failed, expired and cancelled messages do not count
    /// unless their delivery is unconfirmed.
    pub past: Vec<PastMessage>,
}

/// A contact point without its address or number.
#[derive(Debug, Clone)]
pub struct PointView {
    pub kind: ContactKind,
    /// As in [`Suppression::hash`].
    pub hash: [u8; 32],
    pub suppressed: Option<SuppressionReason>,
    /// True after a permanent bounce.
    pub bounced: bool,
    /// The customer's latest consent for each purpose, for this kind of contact point.
    pub consents: BTreeMap<Purpose, ConsentState>,
}

/// A message that counts in the rate windows.
#[derive(Debug, Clone)]
pub struct PastMessage {
    /// The time of sending, or the planned time.
    pub at: Timestamp,
    pub purpose: Purpose,
    pub channel: String,
    pub fingerprint: Fingerprint,
    pub plugin: InstallationId,
}

/// The state that the desk rules read.
#[derive(Debug, Clone, Default)]
pub struct DeskView {
    /// The time of the latest question at the desk, by any plugin.
    pub last_question_at: Option<Timestamp>,
    /// The group keys of open tasks, by plugin.
    pub open_groups: BTreeSet<(InstallationId, String)>,
    /// The dedupe keys of messages that are not denied, by plugin.
    pub message_keys: BTreeSet<(InstallationId, String)>,
}
