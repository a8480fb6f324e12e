use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::{Effect, Timestamp};

/// An effect with the host's decision, as `explain` shows it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Proposal {
    pub effect: Effect,
    pub decision: Decision,
    /// The id of the resulting card, question, task or message. `None` if nothing resulted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub result: Option<uuid::Uuid>,
}

/// The host's decision about a proposal, with the verdict of every rule.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Decision {
    #[serde(flatten)]
    pub outcome: VerdictOutcome,
    pub verdicts: Vec<Verdict>,
    /// The route of a message that is allowed or deferred.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub route: Option<Route>,
}

/// A channel and contact point that reach a customer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Route {
    /// The channel's name.
    pub channel: String,
    /// The hash of the contact point, if the channel uses one; see `PointView` in `regulars-policy`.
    /// Never serialised.
    #[serde(skip)]
    pub point: Option<[u8; 32]>,
}

/// The verdict of one rule.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Verdict {
    /// The rule's name.
    #[cfg_attr(feature = "schema", schema(value_type = String))]
    pub rule: Cow<'static, str>,
    #[serde(flatten)]
    pub outcome: VerdictOutcome,
    /// An explanation that people can read. It says what would allow the proposal.
    #[cfg_attr(feature = "schema", schema(value_type = String))]
    pub detail: Cow<'static, str>,
    /// The channel that the verdict is about. `None` means all channels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<String>,
}

impl Verdict {
    /// Creates a verdict about all channels.
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
    /// Not yet. `until` is the earliest allowed time, or `None` if that depends on a person.
    Defer {
        until: Option<Timestamp>,
    },
    Deny,
    /// Held out for the control group of an experiment.
    HeldOut,
}
