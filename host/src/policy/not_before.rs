use super::verdict;
use crate::model::{MessageProposal, Timestamp, Verdict, VerdictOutcome};

/// Keeps a message from coming before it makes sense: a reminder is for the day before.
pub(super) fn judge(now: Timestamp, message: &MessageProposal) -> Option<Verdict> {
    let from = message.not_before.filter(|&from| from > now)?;
    verdict(
        "not-before",
        VerdictOutcome::Defer { until: Some(from) },
        format!("It is meant for {from} or later."),
    )
}
