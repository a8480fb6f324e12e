use super::Candidate;
use crate::model::{Decision, Effect, Verdict, VerdictOutcome};

/// Keeps a plugin from believing that something was said which was not: where one of its
/// suggestions, questions, messages or tasks is denied, what it wanted to remember along with it is
/// not remembered, and it may propose the same again another time.
pub(super) fn withhold(candidates: &[Candidate<'_>], decisions: &mut [Decision]) {
    let denied: Vec<_> = candidates
        .iter()
        .zip(decisions.iter())
        .filter(|(candidate, decision)| {
            decision.outcome == VerdictOutcome::Deny && reaches_someone(candidate.effect)
        })
        .map(|(candidate, _)| candidate.installation)
        .collect();
    for (candidate, decision) in candidates.iter().zip(decisions) {
        let remembers = matches!(candidate.effect, Effect::Remember { .. });
        if remembers && denied.contains(&candidate.installation) {
            decision.outcome = VerdictOutcome::Deny;
            decision.verdicts.push(Verdict::new(
                "together",
                VerdictOutcome::Deny,
                "It is not remembered, since what was proposed with it was denied.",
            ));
        }
    }
}

fn reaches_someone(effect: &Effect) -> bool {
    matches!(
        effect,
        Effect::Suggest(_) | Effect::Ask(_) | Effect::Message(_) | Effect::Task(_)
    )
}
