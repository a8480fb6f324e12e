use super::Candidate;
use regulars_model::{Decision, Effect, Verdict, VerdictOutcome};

/// Keeps a plugin's memory consistent with the decisions: if one of its suggestions, questions, messages or
/// tasks is denied, the memory entries of the same run are denied too. The plugin can then propose the same
/// again later.
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
