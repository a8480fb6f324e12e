use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The customers a schedule fans out to: those that meet every condition. Empty is everyone.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Audience {
    /// The conditions, joined by *and*.
    pub all: Vec<Condition>,
}

/// One thing that must be so, on the schedule's day where the customer is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "is", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Condition {
    /// Their birthday is that day. 29 February is kept on 28 February in common years.
    BirthdayToday,
    /// Nothing inbound came from them for at least this many days, and something did before.
    Inactive {
        /// 1 or more.
        days: u32,
    },
    /// They carry the tag.
    Tagged {
        /// Exactly as it was given.
        tag: String,
    },
    /// Their relationship level is this one: `low`, `medium` or `high`.
    Level {
        /// One of the three.
        level: String,
    },
    /// They have at least one interaction of the kind.
    HasKind {
        /// `visit`, `purchase`, … or a plugin's own.
        kind: String,
    },
}
