use super::{Candidate, Policy, PolicyView, causes_event, verdict};
use regulars_model::{Verdict, VerdictOutcome};

/// The maximum events that one run may cause, if its own event came from outside.
const FROM_OUTSIDE: usize = 10;
/// The maximum events that an event caused by plugins may cause in turn, by all plugins together. With the
/// maximum depth, it bounds the consequences of one event from outside: 10 × (2⁸ − 1) for each plugin.
const FROM_PLUGINS: usize = 2;

/// Prevents endless or exploding chains of plugins that trigger each other: denies the effect that would
/// cause one event too many in a chain, or for one cause.
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
