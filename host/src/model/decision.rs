use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::{Effect, Timestamp};

/// An effect with the host's answer to it: what `explain` shows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Proposal {
    pub effect: Effect,
    pub decision: Decision,
    /// What came of it: the id of the card, question, task or message, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub result: Option<uuid::Uuid>,
}

/// The host's answer to a proposal, with every rule's verdict kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Decision {
    #[serde(flatten)]
    pub outcome: VerdictOutcome,
    pub verdicts: Vec<Verdict>,
    /// Where a message that is allowed or deferred goes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub route: Option<Route>,
}

/// A way to a customer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Route {
    /// The channel's name.
    pub channel: String,
    /// The hash of the contact point, where the channel has one; see
    /// [`PointView`](crate::store::PointView). It is never shown.
    #[serde(skip)]
    pub point: Option<[u8; 32]>,
}

/// What one rule said. Without failures, `Allow`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Verdict {
    /// The rule's name.
    #[cfg_attr(feature = "schema", schema(value_type = String))]
    pub rule: Cow<'static, str>,
    #[serde(flatten)]
    pub outcome: VerdictOutcome,
    /// In words a person can be shown; says what would allow it.
    #[cfg_attr(feature = "schema", schema(value_type = String))]
    pub detail: Cow<'static, str>,
    /// The channel that it speaks of; none where it speaks of all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<String>,
}

impl Verdict {
    /// A verdict that speaks of all channels.
    pub fn new(
        rule: &'static str,
        outcome: VerdictOutcome,
        detail: impl Into<Cow<'static, str>>,
    ) -> Verdict {
        Verdict {
            rule: Cow::Borrowed(rule),
            outcome,
            detail: detail.into(),
            channel: None,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(tag = "outcome", rename_all = "kebab-case")]
pub enum VerdictOutcome {
    Allow,
    /// Not now. `until` is the first instant at which it would be allowed, none where that depends
    /// on a person.
    Defer {
        until: Option<Timestamp>,
    },
    Deny,
    /// Kept back to measure what would have happened anyway.
    HeldOut,
}
