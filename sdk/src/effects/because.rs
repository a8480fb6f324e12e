use crate::{Because, InteractionId};

impl Because {
    /// Why, in words a person can be shown, and the interactions that show it: their ids, or the
    /// interactions themselves. The host refuses a proposal where either is empty, or where an
    /// interaction is not this customer's.
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
