use crate::{Because, InteractionId};

impl Because {
    /// Creates a reason that people can read, and its evidence: interactions or their ids. The host refuses a
    /// proposal if either is empty, or if an interaction is not this customer's.
    pub fn new<I: Into<InteractionId>>(
        reason: impl Into<String>,
        evidence: impl IntoIterator<Item = I>,
    ) -> Because {
        Because {
            reason: reason.into(),
            evidence: evidence.into_iter().map(Into::into).collect(),
        }
    }

    pub(crate) fn missing() -> Because {
        Because {
            reason: String::new(),
            evidence: Vec::new(),
        }
    }
}
