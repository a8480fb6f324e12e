use super::{Candidate, Policy, PolicyView, causes_event, verdict};
use crate::model::{Verdict, VerdictOutcome};

/// Keeps plugins from setting each other off without end: what would be one event too many in a
/// chain of causes is not done.
pub(super) fn judge(
    policy: &Policy,
    view: &PolicyView<'_>,
    candidate: &Candidate<'_>,
) -> Option<Verdict> {
    if !causes_event(candidate.effect) || view.depth < policy.max_depth {
        return None;
    }
    verdict(
        "chain",
        VerdictOutcome::Deny,
        format!(
            "It would be event number {} in a chain in which plugins set each other off; {} is the most. \
             Look at the causes: two plugins probably answer each other.",
            u32::from(view.depth) + 1,
            policy.max_depth
        ),
    )
}
