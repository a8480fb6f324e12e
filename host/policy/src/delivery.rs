use super::{Candidate, verdict};
use regulars_model::{Effect, Verdict, VerdictOutcome};

/// Denies a message without any known data about its customer.
pub(super) fn judge(candidate: &Candidate<'_>) -> Option<Verdict> {
    let Effect::Message(_) = candidate.effect else {
        return None;
    };
    verdict(
        "delivery",
        VerdictOutcome::Deny,
        "The customer that it is for is not there any more.",
    )
}
