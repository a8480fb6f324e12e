use super::{Candidate, Policy, PolicyView, causes_event, verdict};
use crate::model::{Verdict, VerdictOutcome};

/// Most events that a plugin causes with one run, where the event that it was called for came from outside.
const FROM_OUTSIDE: usize = 10;
/// Most that an event which plugins caused causes in turn, by all plugins together. With the longest chain,
/// it is the bound of what one event from outside can come to: 10 × (2⁸ − 1) for each plugin.
const FROM_PLUGINS: usize = 2;

/// Keeps plugins from setting each other off without end, and from becoming many on the way: what
/// would be one event too many in a chain of causes, or for one cause, is not done.
pub(super) fn judge(
    policy: &Policy,
    view: &PolicyView<'_>,
    allowed: &[&Candidate<'_>],
    candidate: &Candidate<'_>,
) -> Option<Verdict> {
    if !causes_event(candidate.effect) {
        return None;
    }
    if view.depth >= policy.max_depth {
        return verdict(
            "chain",
            VerdictOutcome::Deny,
            format!(
                "It would be event number {} in a chain in which plugins set each other off; {} is the most. \
                 Look at the causes: two plugins probably answer each other.",
                u32::from(view.depth) + 1,
                policy.max_depth
            ),
        );
    }
    let causing = allowed.iter().filter(|it| causes_event(it.effect));
    let detail = if view.depth == 0 {
        let its = causing.filter(|it| it.installation == candidate.installation);
        if its.count() < FROM_OUTSIDE {
            return None;
        }
        format!(
            "It would be one more than the {FROM_OUTSIDE} events that a plugin may cause with one run."
        )
    } else {
        if causing.count() < FROM_PLUGINS {
            return None;
        }
        format!(
            "It would be one more than the {FROM_PLUGINS} events that an event caused by plugins may cause \
             in turn. What happened outside may cause {FROM_OUTSIDE} for each plugin."
        )
    };
    verdict("chain", VerdictOutcome::Deny, detail)
}
