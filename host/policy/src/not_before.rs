use super::verdict;
use regulars_model::{MessageProposal, Timestamp, Verdict, VerdictOutcome};

/// Defers a message until it makes sense, such as a reminder until the day before.
pub(super) fn judge(now: Timestamp, message: &MessageProposal) -> Option<Verdict> {
    let from = message.not_before.filter(|&from| from > now)?;
    verdict(
        "not-before",
        VerdictOutcome::Defer { until: Some(from) },
        format!("It is meant for {from} or later."),
    )
}
