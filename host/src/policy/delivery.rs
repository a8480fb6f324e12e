use super::{Candidate, verdict};
use crate::model::{Effect, Verdict, VerdictOutcome};

/// Keeps messages where a person can read them as long as nothing can deliver them under the
/// customer's own policy.
pub(super) fn judge(candidate: &Candidate<'_>) -> Option<Verdict> {
    let Effect::Message(_) = candidate.effect else {
        return None;
    };
    verdict(
        "delivery",
        VerdictOutcome::Defer { until: None },
        "This host has no channel that delivers messages; it is kept as proposed, and nobody was written to.",
    )
}
