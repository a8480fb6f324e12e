use jiff::SignedDuration;

use super::{Candidate, Policy, PolicyView, verdict};
use regulars_model::{Effect, Timestamp, Verdict, VerdictOutcome};

/// Limits questions: one for each customer in a number of days, over all plugins.
pub(super) fn judge(
    policy: &Policy,
    now: Timestamp,
    view: &PolicyView<'_>,
    allowed: &[&Candidate<'_>],
    candidate: &Candidate<'_>,
) -> Option<Verdict> {
    let Effect::Ask(_) = candidate.effect else {
        return None;
    };
    if let Some(winner) = allowed
        .iter()
        .find(|other| matches!(other.effect, Effect::Ask(_)))
    {
        return verdict(
            "question",
            VerdictOutcome::Deny,
            format!(
                "{} asks a question at the same time and goes first.",
                winner.installation
            ),
        );
    }
    let days = policy.question_days;
    let Some(last) = view.desk.last_question_at else {
        return verdict(
            "question",
            VerdictOutcome::Allow,
            "Nothing was ever asked of this customer.",
        );
    };
    let again = last + SignedDuration::from_hours(24 * i64::from(days));
    if again <= now {
        return verdict(
            "question",
            VerdictOutcome::Allow,
            format!("The last question was {days} days ago or more."),
        );
    }
    verdict(
        "question",
        VerdictOutcome::Deny,
        format!(
            "This customer was asked something on {last}; the next question may come on {again} (one in {days} days)."
        ),
    )
}
